# Cases of a register for each estimated person, and compositions: functions of prevalences, by survey::svycontrast.
#
# Made with  R 4.2.2, survey 4.1-1 (means, their covariances and contrasts are those of 4.5). No seed: nothing is drawn.
# Data       data/api*.csv; data/asn_open.csv: own synthetic data, no real respondents.

source("golden.R")

options(survey.lonely.psu = "adjust")
strat <- read.csv("data/apistrat.csv")
clus1 <- read.csv("data/apiclus1.csv")
asn <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
for (one in c("strat", "clus1")) {
  table <- get(one)
  table$wide <- as.integer(table$sch_wide == "Yes")
  table$award <- as.integer(table$awards == "Yes")
  table$rare <- as.integer(table$api00 < 450)
  assign(one, table)
}
designs <- list(
  dstrat = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  dclus1 = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1),
  asn = svydesign(id = ~kab, strata = ~prov, weights = ~w, nest = TRUE, data = asn))
numbers <- function(x) {
  v <- vcov(x)
  list(estimate = unname(as.vector(coef(x))), vcov = unname(as.matrix(v)[, , drop = FALSE]))
}
expressions <- function(texts) lapply(texts, function(text) parse(text = text)[[1]])

# Cases 40, 7, 12 of populations 4000, 800, 1000 at levels E, H, M; 60 of 6000 as a whole.
for (name in c("dstrat", "dclus1")) {
  by <- svyby(~wide, ~stype, designs[[name]], svymean, covmat = TRUE)
  ratio <- svycontrast(by, expressions(c(E = "40 / (4000 * E)", H = "7 / (800 * H)", M = "12 / (1000 * M)")))
  do.call(case, c(list(paste0(name, "/by_type"), "svycontrast(svyby(~wide, ~stype, svymean, covmat = TRUE), quote(c / (N * p)))"),
    numbers(ratio), rtol = 1e-10))
  whole <- svycontrast(svymean(~wide, designs[[name]]), quote(60 / (6000 * wide)))
  case(paste0(name, "/whole"), "svycontrast(svymean(~wide), quote(60 / (6000 * wide)))",
    estimate = as.vector(coef(whole)), se = as.vector(SE(whole)), rtol = 1e-10)
}
by <- svyby(~v_medsos, ~gol, subset(designs$asn, !is.na(v_medsos)), svymean, covmat = TRUE)
levels <- names(coef(by))
ratio <- svycontrast(by, expressions(sprintf("%d / (%d * `%s`)", c(31, 0, 5), c(900, 2000, 700), levels)))
do.call(case, c(list("asn/by_gol", "cases 31, 0, 5 of 900, 2000, 700 by gol", levels = levels), numbers(ratio), rtol = 1e-10))

composed <- c("wide / (wide + award + rare)", "award / (wide + award + rare)", "rare / (wide + award + rare)")
for (name in c("dstrat", "dclus1")) {
  shares <- svycontrast(svymean(~ wide + award + rare, designs[[name]]), expressions(composed))
  do.call(case, c(list(paste0(name, "/composition"), "svycontrast(svymean(~ wide + award + rare), quote(wide / (wide + award + rare)), …)"),
    numbers(shares), rtol = 1e-10))
}
totals <- svycontrast(svytotal(~ wide + award + rare, designs$dclus1), expressions(composed))
do.call(case, c(list("dclus1/composition_of_totals", "the same of svytotal"), numbers(totals), rtol = 1e-10))

api <- function(file) list(file = file, origin = "R survey data(api)", licence = "GPL-2 | GPL-3")
own <- function(file) list(file = file, origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")
write_cases("case_ratios", "cases of a register for each estimated person, and compositions",
  list(apistrat = api("data/apistrat.csv"), apiclus1 = api("data/apiclus1.csv"), asn_open = own("data/asn_open.csv")), packages = "survey")
