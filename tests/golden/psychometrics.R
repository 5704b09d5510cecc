# How consistent a scale is: alpha, Guttman's bounds, omega of one factor, and what a single factor holds of the items.
#
# Made with  R 4.2.2, psych 2.2.9. No seed: nothing is drawn. psych::guttman looks at all halves of six items.
# Data       data/asn_open.csv, its six Likert items, the sixth (worded against the others) scored 6 - lik6; those who
#            answered all six: own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages(library(psych))

people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
items <- people[, paste0("lik", 1:5)]
items$lik6r <- 6 - people$lik6
items <- items[complete.cases(items), ]

a <- suppressWarnings(psych::alpha(items, check.keys = FALSE))
case("asn6/alpha", "psych::alpha",
  raw = a$total$raw_alpha, std = a$total$std.alpha, G6 = a$total[["G6(smc)"]], avg_r = a$total$average_r,
  median_r = a$total$median_r, ase = a$total$ase, drop_alpha = a$alpha.drop$raw_alpha,
  item_r_drop = a$item.stats$r.drop, item_r_cor = a$item.stats$r.cor, rtol = 1e-6)
g <- psych::guttman(items)
case("asn6/lambda", "psych::guttman", l1 = g$lambda.1, l2 = g$lambda.2, l3 = g$lambda.3, l4 = g$lambda.4, l6 = g$lambda.6, rtol = 1e-5)
o <- suppressWarnings(suppressMessages(psych::omega(items, nfactors = 1, plot = FALSE)))
case("asn6/omega1", "psych::omega(nfactors=1) minres", omega_tot = o$omega.tot, rtol = 1e-4)
r <- cor(items)
eigenvalues <- eigen(r)$values
case("asn6/harman", "eigen(cor()); psych::fa(nfactors=1); KMO; cortest.bartlett",
  pc1 = eigenvalues[1] / sum(eigenvalues), eig = eigenvalues, fa1 = sum(psych::fa(items, 1)$loadings^2) / ncol(items),
  kmo = unname(KMO(items)$MSA), bartlett = unname(cortest.bartlett(r, n = nrow(items))$chisq), rtol = 1e-4)

write_cases("psychometrics",
  "a scale of six Likert items: alpha, Guttman's bounds, omega of one minres factor, share of a single factor",
  data = list(asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "psych")
