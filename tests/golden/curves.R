# Curves in models: stats::poly and splines::ns in survey's svyglm, their joint tests, predictions along and beyond the
# curve, and average slopes by numerical differentiation of the predictions.
#
# Made with  R 4.2.2, survey 4.1-1 (models are those of 4.5). No seed: nothing is drawn.
# Data       data/api*.csv; data/asn_open.csv: own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages(library(splines))

strict <- list(epsilon = 1e-15, maxit = 100)
options(survey.lonely.psu = "adjust")
asn <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
asn$any <- as.integer(rowSums(asn[, grep("^v_", names(asn))], na.rm = TRUE) > 0)
strat <- read.csv("data/apistrat.csv")
clus1 <- read.csv("data/apiclus1.csv")
strat$wide <- as.integer(strat$sch_wide == "Yes")
clus1$wide <- as.integer(clus1$sch_wide == "Yes")
dstrat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
dclus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1)
# A basis stands on the respondents of the model: those who lack the pressure they were under are not among them.
asked <- !is.na(asn$tekanan)
inner <- ns(asn$age[asked], df = 4)
asn$curve <- ns(asn$age, knots = attr(inner, "knots"), Boundary.knots = attr(inner, "Boundary.knots"))
asn$bent <- predict(poly(asn$age[asked], 3), asn$age)
dasn <- svydesign(id = ~kab, strata = ~prov, weights = ~w, nest = TRUE, data = asn)

one <- function(name, formula, design, family, terms, note = NULL) {
  model <- suppressWarnings(svyglm(formula, design, family = family, control = strict))
  v <- vcov(model)
  attributes(v) <- attributes(v)[c("dim", "dimnames")]
  tests <- vapply(terms, function(term) {
    found <- regTermTest(model, term, method = "Wald")
    c(found$Ftest, found$df, found$ddf, found$p)
  }, numeric(4))
  case(name, sprintf("svyglm(%s, %s); regTermTest", deparse1(formula), family$family), coef = coef(model), vcov = v,
    tests = as.vector(tests), df = model$df.residual, rtol = 1e-7, note = note)
  model
}

# The mean over respondents of the derivative of the predictions by one covariate, and its error with covariates held.
slope <- function(name, model, variable, step) {
  frame <- model$survey.design$variables
  w <- weights(model$survey.design, "sampling")
  shifted <- function(by) { frame[[variable]] <- frame[[variable]] + by; frame }
  mean_at <- function(beta, by) {
    x <- model.matrix(delete.response(terms(model)), shifted(by), xlev = model$xlevels)
    weighted.mean(model$family$linkinv(as.vector(x %*% beta)), w)
  }
  central <- function(f, h) (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
  along <- function(beta) central(function(by) mean_at(beta, by), step)
  b <- coef(model)
  gradient <- vapply(seq_along(b), function(j) {
    central(function(h) along(replace(b, j, b[j] + h)), 1e-3 * sqrt(vcov(model)[j, j]))
  }, 1)
  case(name, sprintf("numerical derivative of weighted.mean(predict(svyglm)) by %s", variable), effect = along(b),
    se = sqrt(as.vector(gradient %*% vcov(model) %*% gradient)), rtol = 1e-5,
    note = "differences of differences")
}

# predict.svyglm makes the basis anew from the new data; the terms of the model remember it.
predictions <- function(name, model, variable, at) {
  x <- model.matrix(delete.response(terms(model)), setNames(data.frame(at), variable))
  eta <- as.vector(x %*% coef(model))
  error <- sqrt(rowSums((x %*% vcov(model)) * x)) * abs(model$family$mu.eta(eta))
  case(name, sprintf("model.matrix(terms(svyglm), %s) %%*%% coef", variable), at = at, est = model$family$linkinv(eta), se = unname(error),
    naive = as.vector(suppressWarnings(predict(model, setNames(data.frame(at), variable), type = "response"))), rtol = 1e-7)
}

for (name in c("dstrat", "dclus1")) {
  d <- get(name)
  model <- one(sprintf("%s/poly_linear", name), api00 ~ poly(ell, 2) + meals, d, gaussian(), "poly(ell, 2)")
  model <- one(sprintf("%s/spline_logit", name), wide ~ ns(ell, df = 4) + stype, d, quasibinomial(), c("ns(ell, df = 4)", "stype"))
  slope(sprintf("%s/spline_logit/slope", name), model, "ell", 1e-2)
  model <- one(sprintf("%s/poly_poisson", name), mobility ~ poly(meals, 3), d, quasipoisson(), "poly(meals, 3)")
  slope(sprintf("%s/poly_poisson/slope", name), model, "meals", 1e-2)
  predictions(sprintf("%s/poly_poisson/predict", name), model, "meals", c(-10, 0, 33.3, 50, 100, 120))
  for (df in 1:6) {
    model <- one(sprintf("%s/spline_%d", name, df), as.formula(sprintf("api00 ~ ns(meals, df = %d)", df)), d, gaussian(), sprintf("ns(meals, df = %d)", df))
    predictions(sprintf("%s/spline_%d/predict", name, df), model, "meals", c(-10, 0, 33.3, 50, 100, 120))
  }
}
model <- one("dstrat/by_type", api00 ~ poly(ell, 2) * stype, dstrat, gaussian(), "poly(ell, 2):stype")
model <- one("dstrat/within_type", api00 ~ stype + ns(ell, df = 3):stype, dstrat, gaussian(), "stype:ns(ell, df = 3)")
model <- one("dstrat/by_number", api00 ~ poly(ell, 2) * meals, dstrat, gaussian(), "poly(ell, 2):meals")
slope("dstrat/by_number/slope", model, "ell", 1e-2)
model <- one("asn/spline", any ~ curve + tekanan + gol, dasn, quasibinomial(), c("curve", "gol"), note = "knots at the quantiles of those with an answer to tekanan")
model <- one("asn/poly", any ~ bent + tekanan * sex, dasn, quasibinomial(), "bent", note = "orthogonal over those with an answer to tekanan")

write_cases("curves",
  "orthogonal polynomials and natural splines in survey models: coefficients, covariance, joint tests, predictions, average slopes",
  data = list(
    apistrat = list(file = "data/apistrat.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    apiclus1 = list(file = "data/apiclus1.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "survey")
