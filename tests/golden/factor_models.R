# Factor models: one and two factors of six Likert items, by maximum likelihood with normal, Satorra-Bentler and
# cluster-robust weighted standard errors; ordered items by WLSMV; invariance between groups of provinces.
#
# Made with  R 4.2.2, lavaan 0.6-14. No seed: nothing is drawn.
# Data       data/asn_open.csv, its six Likert items, the sixth (worded against the others) scored 6 - lik6; those who
#            answered all six: own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages(library(lavaan))

people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
people$lik6r <- 6 - people$lik6
people <- people[complete.cases(people[, c(paste0("lik", 1:5), "lik6r")]), ]
people$island <- ifelse(people$prov <= "13", "a_west", ifelse(people$prov <= "26", "b_middle", "c_east"))
people <- people[order(people$island), ]
items <- c(paste0("lik", 1:5), "lik6r")
one <- "F =~ lik1 + lik2 + lik3 + lik4 + lik5 + lik6r"
two <- "A =~ lik1 + lik2 + lik3\nB =~ lik4 + lik5 + lik6r"
exact <- list(rel.tol = 1e-10)

# Parameters by name, in the words of lavaan: "A=~lik1".
named <- function(fit, column = "est", standardized = FALSE) {
  p <- if (standardized) standardizedSolution(fit) else parameterEstimates(fit)
  p <- p[!(p$op == "~1" & p$lhs %in% lavNames(fit, "lv")) & p$op != "~*~", ]
  if (standardized && column == "est") column <- "est.std"
  setNames(p[[column]], paste0(p$lhs, p$op, p$rhs))
}
measures <- function(fit, which) as.list(fitMeasures(fit)[which])
plain <- c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "aic", "bic")
robust <- c("chisq.scaled", "chisq.scaling.factor", "pvalue.scaled", "cfi.robust", "tli.robust", "rmsea.robust", "rmsea.ci.lower.robust", "rmsea.ci.upper.robust")
shifted <- c("chisq", "chisq.scaled", "df", "pvalue.scaled", "cfi.scaled", "tli.scaled", "rmsea.scaled", "rmsea.ci.upper.scaled")

for (m in c("one", "two")) {
  ml <- cfa(get(m), data = people, estimator = "ML", control = exact)
  case(paste0(m, "/ml"), "cfa(estimator = 'ML')", est = named(ml), se = named(ml, "se"), std = named(ml, "est", TRUE),
    std_se = named(ml, "se", TRUE), fit = measures(ml, plain), rtol = 1e-5)
  mlm <- cfa(get(m), data = people, estimator = "MLM", control = exact)
  case(paste0(m, "/mlm"), "cfa(estimator = 'MLM')", se = named(mlm, "se"), std_se = named(mlm, "se", TRUE), fit = measures(mlm, robust), rtol = 1e-5)
  weighted <- cfa(get(m), data = people, estimator = "MLR", sampling.weights = "w", cluster = "kab", control = exact)
  case(paste0(m, "/weighted_clusters"), "cfa(estimator = 'MLR', sampling.weights = 'w', cluster = 'kab')", est = named(weighted),
    se = named(weighted, "se"), std_se = named(weighted, "se", TRUE), rtol = 1e-5)
  ordered <- cfa(get(m), data = people, ordered = items, estimator = "WLSMV", std.lv = TRUE, control = exact)
  case(paste0(m, "/ordered"), "cfa(ordered =, estimator = 'WLSMV', std.lv = TRUE)", est = named(ordered), se = named(ordered, "se"),
    fit = measures(ordered, shifted), rtol = 1e-5, note = "lavaan takes n - 1 for n in chi-squared of least squares")
}

# Binary items, weighted: tetrachoric correlations and their two-step estimates.
people[paste0("yes", 1:6)] <- lapply(people[items], function(x) as.integer(x > 3))
yes <- paste0("yes", 1:6)
case("tetrachoric", "lavCor(ordered =)", r = unclass(lavCor(people[yes], ordered = yes)), rtol = 1e-6)
ordered <- cfa(one, data = people, ordered = items, estimator = "WLSMV", std.lv = TRUE, sampling.weights = "w", control = exact)
case("one/ordered_weighted", "cfa(ordered =, estimator = 'WLSMV', std.lv = TRUE, sampling.weights = 'w')", est = named(ordered), se = named(ordered, "se"),
  r = unclass(lavInspect(ordered, "sampstat")$cov), fit = measures(ordered, shifted), rtol = 1e-5)

equal <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"), strict = c("loadings", "intercepts", "residuals"))
fitted <- lapply(equal, function(what) cfa(one, data = people, group = "island", estimator = "MLM", control = exact, group.equal = what))
of <- lapply(fitted, function(fit) measures(fit, c("chisq", "df", "chisq.scaled", "cfi.robust", "tli.robust", "rmsea.robust", "srmr", "aic", "bic")))
test <- function(method) lapply(2:4, function(i) as.list(unlist(as.data.frame(lavTestLRT(fitted[[i - 1]], fitted[[i]], method = method))[2, c("Chisq diff", "Df diff", "Pr(>Chisq)")])))
p <- parameterEstimates(fitted$scalar)
p <- p[p$op == "~1" & p$lhs == "F" & p$group > 1, ]
case("one/invariance", "cfa(group = 'island', estimator = 'MLM', group.equal =); lavTestLRT(method = 'satorra.bentler.2010')", fit = of,
  difference = test("satorra.bentler.2010"), mean = p$est, mean_se = p$se, mean_of = paste(p$lhs, p$group), rtol = 1e-5)

write_cases("factor_models", "factor models of six Likert items: normal, robust, weighted, ordered; invariance between islands",
  data = list(asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "lavaan")
