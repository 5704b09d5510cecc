# Strata with one PSU: every option of R `survey`, with and without fpc and the adjustment in domains.
#
# Made with  R 4.2.2, survey 4.5; seed 11 draws the 60 rows. Stratum 7 has 1 sampled PSU of 6, stratum 8 has 1 of 1.
# Data       data/lonely.csv, written here: own synthetic data. Its hash stands in the JSON.

source("golden.R")
need_survey()

set.seed(11)
lonely <- data.frame(h = rep(1:8, c(10, 12, 9, 8, 7, 12, 1, 1)), psu = NA, x = NA, y = NA, w = NA, dom = NA)
lonely$psu <- c(
  rep(1:5, each = 2), rep(6:9, each = 3), rep(10:12, each = 3), rep(13:14, each = 4), rep(15:16, c(3, 4)),
  rep(17:20, each = 3), 21, 22
)
lonely$w <- round(runif(60, 5, 40), 2)
lonely$y <- rbinom(60, 1, .35)
lonely$x <- round(rnorm(60, 50, 10), 3)
lonely$dom <- ifelse(lonely$psu %in% c(1, 2, 6, 10, 13, 15, 17, 21), "a", "b")
psus <- c(`1` = 20, `2` = 30, `3` = 15, `4` = 12, `5` = 10, `6` = 25, `7` = 6, `8` = 1)
lonely$N <- psus[as.character(lonely$h)]
write_table(lonely, "data/lonely.csv")

measure <- function(fpc) {
  d <- if (fpc) {
    svydesign(id = ~psu, strata = ~h, weights = ~w, fpc = ~N, data = lonely)
  } else {
    svydesign(id = ~psu, strata = ~h, weights = ~w, data = lonely)
  }
  part <- subset(d, dom == "a")
  m <- svymean(~ y + x, d)
  in_part <- svymean(~ y + x, part)
  list(
    mean = coef(m), se = as.vector(SE(m)), total_se = as.vector(SE(svytotal(~y, d))),
    dom_mean = coef(in_part), dom_se = as.vector(SE(in_part)), by_se = as.vector(SE(svyby(~y, ~dom, d, svymean))),
    glm_se = as.vector(SE(svyglm(y ~ x, d, family = quasibinomial()))), degf = degf(d), dom_degf = degf(part)
  )
}

for (fpc in c(FALSE, TRUE)) for (option in c("fail", "remove", "certainty", "adjust", "average")) for (adjust in c(FALSE, TRUE)) {
  options(survey.lonely.psu = option, survey.adjust.domain.lonely = adjust)
  call <- sprintf("options(survey.lonely.psu='%s',survey.adjust.domain.lonely=%s); svydesign(id=~psu,strata=~h,weights=~w%s)",
    option, adjust, if (fpc) ",fpc=~N" else "")
  name <- sprintf("lonely/%s/fpc=%s/adjust.domain=%s", option, fpc, adjust)
  measured <- tryCatch(measure(fpc), error = function(e) list(error = conditionMessage(e)))
  do.call(case, c(list(name, call), measured))
}

write_cases("survey_lonely_psu", "Single-PSU strata: every option, with and without fpc and domain adjustment", seed = 11,
  data = list(lonely = list(file = "data/lonely.csv", origin = "made here, seed 11", licence = "MIT, as the project")))
