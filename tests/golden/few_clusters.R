# Cluster-robust standard errors with Satterthwaite degrees of freedom, provinces as clusters, strata not used.
#
# Made with  R 4.2.2, clubSandwich 0.6.0. No seed: nothing is drawn.
# Data       data/asn_open.csv, its first ten provinces: own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages(library(clubSandwich))

people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
people$y <- rowSums(people[, c("v_kampanye", "v_mobilisasi", "v_fasilitas")])
people$sc <- people$lik1 + people$lik2
people <- people[as.integer(people$prov) <= 10, ]

for (weighted in c(FALSE, TRUE)) {
  model <- if (weighted) lm(sc ~ incumbent + sex + I(age / 10), data = people, weights = w) else lm(sc ~ incumbent + sex + I(age / 10), data = people)
  for (type in c("CR0", "CR1", "CR1S", "CR2", "CR3")) {
    found <- coef_test(model, vcov = type, cluster = people$prov, test = "Satterthwaite")
    case(sprintf("clubsandwich/%s/weighted=%s", type, weighted),
      sprintf("coef_test(lm(sc~incumbent+sex+I(age/10)%s),vcov='%s',cluster=prov,test='Satterthwaite')", if (weighted) ",weights=w" else "", type),
      names = rownames(found), beta = found$beta, se = found$SE, df = found$df_Satt, p = found$p_Satt, rtol = 1e-6)
  }
  joint <- Wald_test(model, constraints = constrain_zero(2:3), vcov = "CR2", cluster = people$prov, test = "HTZ")
  case(sprintf("clubsandwich/HTZ/weighted=%s", weighted), "Wald_test(constrain_zero(2:3),CR2,HTZ)",
    F = joint$Fstat, df_num = joint$df_num, df_denom = joint$df_denom, p = joint$p_val, rtol = 1e-6)
}
logit <- glm(I(y > 0) ~ incumbent + sex, data = people, family = binomial)
for (type in c("CR0", "CR2")) {
  found <- coef_test(logit, vcov = type, cluster = people$prov, test = "Satterthwaite")
  case(paste0("clubsandwich/logit/", type), sprintf("coef_test(glm(I(y>0)~incumbent+sex,binomial),vcov='%s',cluster=prov)", type),
    beta = found$beta, se = found$SE, df = found$df_Satt, rtol = 1e-5)
}

write_cases("few_clusters",
  "cluster-robust standard errors with Satterthwaite degrees of freedom; the first ten provinces are the clusters",
  data = list(asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "clubSandwich")
