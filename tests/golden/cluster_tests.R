# Tests of several coefficients by Hotelling's T-squared of few clusters (HTZ), provinces as clusters.
#
# Made with  R 4.2.2, clubSandwich 0.5.8. No seed: nothing is drawn.
# Data       data/asn_open.csv, its first provinces: own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages(library(clubSandwich))

people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
people$sc <- people$lik1 + people$lik2
people$region <- c("west", "middle", "east")[1 + as.integer(people$prov) %% 3]

# In words: 2:3 is a factor of individuals (gol), 6:7 one of whole clusters (region), 2:7 all but the intercept.
sets <- list(gol = 2:3, region = 6:7, all = 2:7, sex = 5)
for (clusters in c(8, 20)) {
  few <- people[as.integer(people$prov) <= clusters, ]
  for (weighted in c(FALSE, TRUE)) {
    model <- if (weighted) lm(sc ~ gol + age + sex + region, data = few, weights = w) else lm(sc ~ gol + age + sex + region, data = few)
    for (set in names(sets)) {
      found <- Wald_test(model, constraints = constrain_zero(sets[[set]]), vcov = "CR2", cluster = few$prov, test = "HTZ")
      case(sprintf("htz/%d/weighted=%s/%s", clusters, weighted, set),
        sprintf("Wald_test(lm(sc~gol+age+sex+region%s),constrain_zero(%s),vcov='CR2',cluster=prov,test='HTZ')", if (weighted) ",weights=w" else "", set),
        F = found$Fstat, df_num = found$df_num, df_denom = found$df_denom, p = found$p_val, rtol = 1e-8)
    }
  }
}

write_cases("cluster_tests",
  "tests of several coefficients by Hotelling's T-squared of few clusters; the first provinces are the clusters",
  data = list(asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "clubSandwich")
