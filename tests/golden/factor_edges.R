# Factor models at their edges: binary items and what their residuals are averaged over, an item that goes against
# the others, factors of two items each.
#
# Made with  R 4.2.2, lavaan 0.6-14. No seed: nothing is drawn.
# Data       data/asn_open.csv, its six Likert items, binary ones above 3; those who answered the items of a model:
#            own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages(library(lavaan))

people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
items <- paste0("lik", 1:6)
exact <- list(rel.tol = 1e-10)

named <- function(fit, column) {
  p <- parameterEstimates(fit)
  p <- p[!(p$op %in% c("~1", "~*~")), ]
  setNames(p[[column]], paste0(p$lhs, p$op, p$rhs))
}
measures <- function(fit, which) as.list(fitMeasures(fit)[which])

people[paste0("yes", 1:6)] <- lapply(people[items], function(x) as.integer(x > 3))
yes <- paste0("yes", 1:5)
binary <- cfa("A =~ yes1 + yes2 + yes3\nB =~ yes4 + yes5", data = people[complete.cases(people[yes]), ], ordered = yes,
  estimator = "WLSMV", control = exact)
case("binary", "cfa(ordered =, estimator = 'WLSMV')", est = named(binary, "est"), se = named(binary, "se"),
  fit = measures(binary, c("chisq", "df", "srmr", "crmr_nomean")), rtol = 1e-5)

against <- cfa("F =~ lik1 + lik2 + lik3 + lik6", data = people[complete.cases(people[c("lik1", "lik2", "lik3", "lik6")]), ],
  estimator = "MLR", sampling.weights = "w", sampling.weights.normalization = "total", control = exact)
case("against", "cfa(estimator = 'MLR', sampling.weights = 'w')", est = named(against, "est"), se = named(against, "se"),
  fit = measures(against, c("chisq", "df", "cfi", "srmr")), rtol = 1e-5)

pairs <- cfa("A =~ lik1 + lik2\nB =~ lik4 + lik5", data = people[complete.cases(people[c("lik1", "lik2", "lik4", "lik5")]), ],
  estimator = "ML", control = exact)
case("pairs", "cfa(estimator = 'ML')", est = named(pairs, "est"), se = named(pairs, "se"),
  fit = measures(pairs, c("chisq", "df", "cfi", "srmr", "aic", "bic")), rtol = 1e-5)

write_cases("factor_edges", "factor models of binary items, of an item against the others, of pairs of items",
  data = list(asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "lavaan")
