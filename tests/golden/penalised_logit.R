# Firth's penalised logit: on the synthetic civil servants, on the api samples, and on small tables that are separated.
#
# Made with  R 4.2.2, brglm2 0.9. No seed: nothing is drawn.
# Data       data/asn_open.csv: own synthetic data, no real respondents; data/api*.csv.

source("golden.R")
suppressPackageStartupMessages(library(brglm2))

# "AS_mean" of a logit is the maximum of the likelihood with Jeffreys' prior (Firth 1993); weights have the mean one.
penalised <- function(name, formula, data, w) {
  data$tilde <- w / mean(w)
  fit <- suppressWarnings(glm(formula, family = binomial, data = data, weights = tilde, method = "brglmFit",
    type = "AS_mean", control = list(epsilon = 1e-13, maxit = 10000, slowit = 0.5)))
  stopifnot(fit$converged)
  case(name, sprintf("glm(%s,binomial,weights=w/mean(w),method='brglmFit',type='AS_mean')", deparse1(formula)),
    coef = coef(fit), vcov = vcov(fit), fitted = mean(fitted(fit)), rtol = 1e-7)
}

people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
people$any <- as.integer(rowSums(people[, grep("^v_", names(people))], na.rm = TRUE) > 0)
people$decades <- people$age / 10
people <- people[!is.na(people$tekanan), ]
penalised("asn/plain", any ~ tekanan + incumbent + sex + gol + decades, people, rep(1, nrow(people)))
penalised("asn/weighted", any ~ tekanan + incumbent + sex + gol + decades, people, people$w)
# A level that never has the outcome, and one of a product that always has it.
few <- people[as.integer(people$prov) <= 12, ]
few$never <- ifelse(few$gol == "IV", 0L, few$any)
few$always <- ifelse(few$gol == "II" & few$sex == "L", 1L, few$any)
penalised("asn/never", never ~ tekanan + gol + sex, few, few$w)
penalised("asn/always", always ~ gol * sex, few, few$w)

strat <- read.csv("data/apistrat.csv")
strat$wide <- as.integer(strat$sch_wide == "Yes")
strat$top <- as.integer(strat$api00 > 800 & strat$stype != "H") # never a high school
penalised("dstrat/wide", wide ~ ell + meals + stype, strat, strat$pw)
penalised("dstrat/top", top ~ meals + stype, strat, strat$pw)
clus1 <- read.csv("data/apiclus1.csv")
clus1$line <- as.integer(clus1$ell + clus1$meals > 60) # told by two terms together
penalised("dclus1/line", line ~ ell + meals, clus1, clus1$pw)

write_cases("penalised_logit",
  "Firth's penalised logit, weighted, with and without separation",
  data = list(
    apistrat = list(file = "data/apistrat.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    apiclus1 = list(file = "data/apiclus1.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "brglm2")
