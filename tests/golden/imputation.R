# Rubin's rules on completed surveys: R's `mice` completes the stratified schools, `survey` fits them, `mitools`, `mice` and
# `mitml` pool. And what `mice` draws: means of imputed answers over 120 imputations, which other draws must come near.
#
# Made with  R 4.2.2, survey 4.1-1, mice 3.15.0, mitools 2.4, mitml 0.4-4. Seeds: 20261122 (holes), 1 and 2 (mice).
# Data       data/apistrat.csv; data/apistrat_holes.csv and data/apistrat_completed.csv are written here.

source("golden.R")
suppressPackageStartupMessages({
  library(mice)
  library(mitools)
  library(mitml)
})

strat <- read.csv("data/apistrat.csv")
strat$award <- as.integer(strat$awards == "Yes")
strat$size <- as.character(cut(strat$enroll, c(0, 400, 700, Inf), labels = c("small", "medium", "large")))
kept <- strat[, c("pw", "fpc", "stype", "api99", "api00", "ell", "meals", "award", "size")]

# Holes at random given api99: the lower it was, the more is missing.
set.seed(20261122)
low <- plogis(-1.2 - as.vector(scale(kept$api99)))
holes <- kept
for (name in c("meals", "award", "size")) holes[[name]][runif(nrow(holes)) < low] <- NA
write_table(holes, "data/apistrat_holes.csv")

complete_with <- function(m, methods, seed) {
  frame <- transform(holes[, c("stype", "api99", "api00", "ell", "meals", "award", "size")],
    stype = factor(stype), award = factor(award), size = factor(size))
  how <- make.method(frame)
  how[names(methods)] <- methods
  mice(frame, m = m, maxit = 10, method = how, seed = seed, printFlag = FALSE)
}

# ---- pooling -------------------------------------------------------------------------------------------------
m <- 6
drawn <- complete_with(m, c(meals = "pmm", award = "logreg", size = "polyreg"), 1)
completed <- do.call(rbind, lapply(seq_len(m), function(k) {
  one <- complete(drawn, k)
  data.frame(imputation = k, pw = kept$pw, fpc = kept$fpc, stype = as.character(one$stype), api99 = one$api99, api00 = one$api00,
    ell = one$ell, meals = one$meals, award = as.integer(as.character(one$award)), size = as.character(one$size))
}))
write_table(completed, "data/apistrat_completed.csv")
completed <- read.csv(file.path(out, "data/apistrat_completed.csv"))
designs <- lapply(seq_len(m), function(k) svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = completed[completed$imputation == k, ]))

pool_case <- function(name, call, estimates, covariances, dfcom, ..., rtol = 1e-7) {
  combined <- MIcombine(estimates, covariances, df.complete = dfcom)
  single <- lapply(seq_along(coef(combined)), function(j) {
    pool.scalar(vapply(estimates, `[`, 1, j), vapply(covariances, function(v) v[j, j], 1), n = dfcom + 1, k = 1)
  })
  case(name, call, coef = coef(combined), se = sqrt(diag(vcov(combined))), vcov = vcov(combined),
    df = vapply(single, `[[`, 1, "df"), fmi = vapply(single, `[[`, 1, "fmi"), riv = vapply(single, `[[`, 1, "r"), dfcom = dfcom, ..., rtol = rtol)
}

joint <- function(estimates, covariances, terms, dfcom) {
  k <- length(estimates[[1]])
  names_of <- names(estimates[[1]])
  uhat <- array(unlist(covariances), c(k, k, length(covariances)), dimnames = list(names_of, names_of, NULL))
  qhat <- matrix(unlist(estimates), k, dimnames = list(names_of, NULL))
  as.list(testConstraints(qhat = qhat, uhat = uhat, constraints = paste0("`", terms, "`"), method = "D1", df.com = dfcom)$test[1, ])
}

models <- list(
  linear = list(api00 ~ meals + size + award, gaussian(), c("sizemedium", "sizesmall")),
  logit = list(award ~ meals + ell + size, quasibinomial(), c("sizemedium", "sizesmall")),
  complete = list(api00 ~ ell + api99, gaussian(), c("ell", "api99")))
for (name in names(models)) {
  fits <- lapply(designs, function(d) svyglm(models[[name]][[1]], d, family = models[[name]][[2]]))
  estimates <- lapply(fits, coef)
  covariances <- lapply(fits, vcov)
  dfcom <- fits[[1]]$df.residual
  if (name == "complete") {
    case("complete", "svyglm(api00~ell+api99): nothing was missing", coef = estimates[[1]], vcov = covariances[[1]], dfcom = dfcom, rtol = 1e-10)
    next
  }
  test <- joint(estimates, covariances, models[[name]][[3]], dfcom)
  # R names the other levels against "large", the first in the alphabet, as netralstat does.
  pool_case(name, sprintf("MIcombine(svyglm(%s)); pool.scalar; testConstraints(D1)", deparse1(models[[name]][[1]])), estimates, covariances, dfcom,
    D1 = unname(unlist(test)[1:4]))
}

means <- lapply(designs, function(d) svymean(~meals + award, d))
pool_case("mean", "MIcombine(svymean(~meals+award))", lapply(means, coef), lapply(means, vcov), degf(designs[[1]]))
for (name in c("meals", "award")) {
  by <- lapply(designs, function(d) svyby(as.formula(paste0("~", name)), ~stype, d, svymean, covmat = TRUE))
  pool_case(paste0("mean/", name, "/stype"), sprintf("MIcombine(svyby(~%s,~stype,svymean))", name), lapply(by, coef), lapply(by, vcov), degf(designs[[1]]))
}
sizes <- lapply(designs, function(d) svymean(~size, d))
pool_case("prevalence/size", "MIcombine(svymean(~size))", lapply(sizes, coef), lapply(sizes, vcov), degf(designs[[1]]))

# ---- what is drawn ---------------------------------------------------------------------------------------------
many <- 120
for (number in c("pmm", "norm")) {
  drawn <- complete_with(many, c(meals = number, award = "logreg", size = "polyreg"), 2)
  share <- function(level) colMeans(as.matrix(drawn$imp$size) == level)
  imputed <- list(meals = colMeans(drawn$imp$meals), award = colMeans(as.matrix(drawn$imp$award) == "1"), small = share("small"), large = share("large"))
  # What other draws say of the models, not of the answers: the slope of completed data.
  slope <- vapply(seq_len(many), function(k) coef(lm(api00 ~ meals + size, complete(drawn, k)))[["meals"]], 1)
  case(paste0("drawn/", number), sprintf("mice(m=120,maxit=10,method=%s,logreg,polyreg)", number),
    mean = vapply(imputed, mean, 1), sd = vapply(imputed, sd, 1), slope = mean(slope), slope_sd = sd(slope), rtol = 0.1,
    note = "draws of another stream: the tolerance is Monte-Carlo error, which the test states")
}

write_cases("imputation",
  "Rubin's rules on survey fits of completed data, Barnard-Rubin df, D1 with Reiter's df; means of what mice draws",
  data = list(
    apistrat = list(file = "data/apistrat.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    holes = list(file = "data/apistrat_holes.csv", origin = "R survey data(api), answers left out here", licence = "GPL-2 | GPL-3"),
    completed = list(file = "data/apistrat_completed.csv", origin = "R survey data(api), completed by mice", licence = "GPL-2 | GPL-3")),
  packages = c("survey", "mice", "mitools", "mitml"))
