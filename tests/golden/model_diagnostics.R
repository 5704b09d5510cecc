# What referees ask of a model: variance inflation, the area under the ROC curve, Tjur's coefficient, mean residuals by
# tenths of the fitted probability, on the `api` samples and on the synthetic civil servants.
#
# Made with  R 4.2.2, survey 4.5, car 3.1-1, Hmisc 4.8-0. No seed: nothing is drawn.
# Data       data/api*.csv; data/asn_open.csv: own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages({
  library(car)
  library(Hmisc)
})
need_survey()

strict <- list(epsilon = 1e-14, maxit = 50)
asn <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
asn$any <- as.integer(rowSums(asn[, grep("^v_", names(asn))], na.rm = TRUE) > 0)
asn$unit <- paste(asn$prov, asn$kab)
strat <- read.csv("data/apistrat.csv")
clus1 <- read.csv("data/apiclus1.csv")
strat$wide <- as.integer(strat$sch_wide == "Yes")
clus1$wide <- as.integer(clus1$sch_wide == "Yes")
designs <- list(
  dstrat = list(svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat), wide ~ ell + meals + stype, api00 ~ ell + meals + mobility + stype),
  dclus1 = list(svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1), wide ~ ell + meals + stype, api00 ~ ell + meals + mobility + stype),
  asn = list(svydesign(id = ~unit, weights = ~w, data = asn), any ~ tekanan * incumbent + sex + gol + age + mode, age ~ tekanan + sex + gol))

# Archer & Lemeshow (2006), from svymean of the residuals in each group and their covariance.
mean_residual_test <- function(model, design, groups) {
  p <- fitted(model)
  w <- weights(design, "sampling")
  ordered <- order(p)
  limits <- vapply(seq_len(groups - 1) / groups, function(share) p[ordered][which(cumsum(w[ordered]) >= share * sum(w) - 1e-9 * sum(w))[1]], 1)
  design <- update(design, residual = model$y - p, fit = p, seen = model$y, tenth = factor(findInterval(p, limits + 1e-10)))
  m <- svyby(~residual, ~tenth, design, svymean, covmat = TRUE)
  g <- nrow(m)
  f <- degf(design)
  statistic <- (f - g + 2) / (f * g) * as.vector(coef(m) %*% solve(vcov(m), coef(m)))
  list(F = statistic, df_num = g - 1, df_den = f - g + 2, p = pf(statistic, g - 1, f - g + 2, lower.tail = FALSE),
    residual = unname(coef(m)), se = unname(SE(m)), size = as.vector(table(design$variables$tenth)),
    observed = unname(coef(svyby(~seen, ~tenth, design, svymean))), expected = unname(coef(svyby(~fit, ~tenth, design, svymean))))
}

for (name in names(designs)) {
  d <- designs[[name]][[1]]
  w <- weights(d, "sampling")
  for (family in c("logit", "probit", "cloglog")) {
    model <- suppressWarnings(svyglm(designs[[name]][[2]], d, family = quasibinomial(family), control = strict))
    p <- fitted(model)
    y <- model$y
    w <- weights(model$survey.design, "sampling")
    auc <- somers2(signif(p, 12), y, weights = w) # told apart at the sixteenth digit it takes ties for pairs
    case(sprintf("%s/%s", name, family), sprintf("svyglm(%s,quasibinomial(%s)); somers2; Tjur", deparse1(designs[[name]][[2]]), family),
      auc = unname(auc["C"]), tjur = weighted.mean(p[y == 1], w[y == 1]) - weighted.mean(p[y == 0], w[y == 0]),
      mcfadden = 1 - model$deviance / model$null.deviance,
      coxsnell = 1 - exp((model$deviance - model$null.deviance) / sum(model$prior.weights)), rtol = 1e-7)
    groups <- if (name == "dclus1") 5 else 10
    found <- mean_residual_test(model, model$survey.design, groups)
    do.call(case, c(list(sprintf("%s/%s/fit", name, family), sprintf("svyby(~residual,~tenth,svymean): F of Archer & Lemeshow (2006), %d groups", groups)), found, rtol = 1e-6))
    gvif <- suppressMessages(car::vif(model))
    case(sprintf("%s/%s/vif", name, family), "car::vif(svyglm)", terms = rownames(gvif), gvif = unname(gvif[, "GVIF"]), df = unname(gvif[, "Df"]), rtol = 1e-6)
  }
  model <- svyglm(designs[[name]][[3]], d)
  gvif <- suppressMessages(car::vif(model))
  case(sprintf("%s/linear", name), sprintf("svyglm(%s); car::vif", deparse1(designs[[name]][[3]])),
    dispersion = as.vector(svyvar(~left, update(model$survey.design, left = model$y - fitted(model)))),
    r_squared = 1 - model$deviance / model$null.deviance,
    terms = rownames(gvif), gvif = unname(gvif[, "GVIF"]), df = unname(gvif[, "Df"]), rtol = 1e-8)
}

write_cases("model_diagnostics",
  "variance inflation, weighted area under the ROC curve, Tjur's coefficient and the F-adjusted mean residual test of survey models",
  data = list(
    apistrat = list(file = "data/apistrat.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    apiclus1 = list(file = "data/apiclus1.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = c("survey", "car", "Hmisc"))
