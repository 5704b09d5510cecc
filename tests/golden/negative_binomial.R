# Counts that vary more than Poisson's: coefficients and dispersion of MASS::glm.nb with the survey's weights, and the
# design's covariance of (beta, log alpha) from svytotal of the influence of each person: scores and Hessian are
# numerical derivatives of dnbinom, not formulas.
#
# Made with  R 4.2.2, survey 4.1-1, MASS 7.3-58.2. No seed: nothing is drawn.
# Data       data/api*.csv; data/asn_open.csv: own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages(library(MASS))

asn <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
asn$years <- asn$age - 22
options(survey.lonely.psu = "adjust")
strat <- read.csv("data/apistrat.csv")
clus1 <- read.csv("data/apiclus1.csv")
clus2 <- read.csv("data/apiclus2.csv")
designs <- list(
  dstrat = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  dclus1 = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1),
  dclus2 = svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = clus2),
  asn = svydesign(id = ~kab, strata = ~prov, weights = ~w, nest = TRUE, data = asn))

# Derivatives by Richardson's extrapolation of central differences: error of the sixth power of the step.
slope <- function(f, step) {
  d <- function(h) (f(h) - f(-h)) / (2 * h)
  a <- c(list(d(step)), list(d(step / 2)), list(d(step / 4)))
  b <- list((4 * a[[2]] - a[[1]]) / 3, (4 * a[[3]] - a[[2]]) / 3)
  (16 * b[[2]] - b[[1]]) / 15
}

one <- function(name, design, formula) {
  whole <- design$variables
  asked <- complete.cases(whole[, all.vars(formula)])
  frame <- whole[asked, ]
  w <- weights(design, "sampling")[asked]
  frame$relative <- w / mean(w)
  model <- glm.nb(formula, frame, weights = relative, control = glm.control(epsilon = 1e-10, maxit = 100))
  x <- model.matrix(model)
  y <- model$y
  given <- if (is.null(model$offset)) 0 else model$offset
  scale <- apply(abs(x), 2, max)
  each <- function(par) dnbinom(y, size = exp(-par[length(par)]), mu = exp(as.vector(x %*% par[-length(par)]) + given), log = TRUE)
  k <- ncol(x) + 1
  step <- c(1e-2 / scale, 1e-2)
  moved <- function(par, j) function(h) { par[j] <- par[j] + h; par }
  scores <- function(par) vapply(seq_len(k), function(j) slope(function(h) each(moved(par, j)(h)), step[j]), numeric(length(y)))
  par <- c(coef(model), -log(model$theta))
  # glm.nb stops at a relative change: Newton's steps on to the maximum.
  for (pass in 1:6) {
    gradient <- colSums(frame$relative * scores(par))
    hessian <- vapply(seq_len(k), function(j) slope(function(h) colSums(frame$relative * scores(moved(par, j)(h))), step[j]), numeric(k))
    hessian <- (hessian + t(hessian)) / 2
    par <- par - solve(hessian, gradient)
  }
  influence <- matrix(0, nrow(whole), k) # who lacks an answer leaves the sums, not the variance
  influence[asked, ] <- scores(par) %*% solve(-hessian * mean(w))
  v <- as.matrix(vcov(svytotal(influence, design)))[, ]
  names(par) <- c(names(coef(model)), "lnalpha")
  dimnames(v) <- list(names(par), names(par))
  case(name, sprintf("glm.nb(%s, weights = w / mean(w)); svytotal(scores %%*%% solve(-hessian))", deparse1(formula)),
    coef = par, theta = exp(-par[["lnalpha"]]), glm_nb = coef(model), glm_nb_theta = model$theta, vcov = v, rtol = 1e-7)
}

one("dstrat/mobility", designs$dstrat, mobility ~ ell + meals + stype)
one("dclus1/mobility", designs$dclus1, mobility ~ ell + meals + stype)
one("dclus2/students", designs$dclus2, api_stu ~ ell + meals + offset(log(enroll)))
one("asn/years", designs$asn, years ~ tekanan * incumbent + gol)

write_cases("negative_binomial",
  "negative binomial models of survey counts: coefficients, dispersion and their joint design-based covariance",
  data = list(
    apistrat = list(file = "data/apistrat.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    apiclus1 = list(file = "data/apiclus1.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    apiclus2 = list(file = "data/apiclus2.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = c("survey", "MASS"))
