# Replicate designs on the `api` samples: jackknife, bootstraps with their factors written out, calibrated replicates.
#
# Made with  R 4.2.2, survey 4.5. Seeds 20240214 (two bootstraps of apiclus1) and 7 (multistage, apiclus2).
# Data       data/apistrat.csv, apiclus1.csv, apiclus2.csv (api_data.R); their hashes stand in the JSON. Factors are
#            drawn from R's stream: data/apiclus1_bootstrap_factors.csv, apiclus1_subbootstrap_factors.csv and
#            apiclus2_mrb_factors.csv, a row a school and a column a replicate. They are written here, not kept.

source("golden.R")
need_survey()
data(api)

clus1 <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1)
clus1_fpc <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1, fpc = ~fpc)
clus2 <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, data = apistrat)
strat_fpc <- svydesign(id = ~1, strata = ~stype, weights = ~pw, data = apistrat, fpc = ~fpc)

put <- function(name, call, r, rtol = 1e-6) {
  m <- svymean(~ api00 + enroll, r, na.rm = TRUE)
  t <- svytotal(~enroll, r, na.rm = TRUE)
  b <- svyby(~api00, ~stype, r, svymean, covmat = TRUE)
  g <- svyglm(I(sch.wide == "Yes") ~ ell + meals, r, family = quasibinomial())
  q <- svyquantile(~api00, r, c(.25, .5))
  v <- svyratio(~api.stu, ~enroll, r, na.rm = TRUE)
  interval <- function(...) as.vector(confint(svyciprop(~ I(awards == "Yes"), r, ...)))
  case(name, call, degf = degf(r), mean = coef(m), vcov = vcov(m), total = as.vector(coef(t)), total_se = as.vector(SE(t)),
    by = coef(b), by_vcov = vcov(b), glm = coef(g), glm_se = as.vector(SE(g)), quant = as.matrix(q$api00),
    ratio_se = as.vector(SE(v)), scale = r$scale, rscales = r$rscales, ci_logit = interval(),
    ci_beta = interval(method = "beta"), rtol = rtol)
}

for (mse in c(FALSE, TRUE)) {
  put(paste0("apiclus1/JK1/mse", mse), sprintf("as.svrepdesign(svydesign(id=~dnum,weights=~pw),type='JK1',mse=%s)", mse),
    as.svrepdesign(clus1, type = "JK1", mse = mse))
  put(paste0("apiclus1_fpc/JK1/mse", mse), "same with fpc (fpc enters scale)", as.svrepdesign(clus1_fpc, type = "JK1", mse = mse))
  put(paste0("apistrat/JKn/mse", mse), "as.svrepdesign(svydesign(id=~1,strata=~stype,weights=~pw,data=apistrat),type='JKn')",
    as.svrepdesign(strat, type = "JKn", mse = mse))
}
put("apistrat_fpc/JKn", "as.svrepdesign(dstrat,type='JKn') with fpc", as.svrepdesign(strat_fpc, type = "JKn"))

write_factors <- function(r, file) {
  factors <- as.data.frame(as.matrix(weights(r, "replication")))
  names(factors) <- sprintf("w%03d", seq_len(ncol(factors)))
  write_table(factors, file)
}
for (type in c("subbootstrap", "bootstrap")) {
  set.seed(20240214)
  r <- as.svrepdesign(clus1, type = type, replicates = 60)
  file <- sprintf("data/apiclus1_%s_factors.csv", type)
  write_factors(r, file)
  put(paste0("apiclus1/", type), sprintf(
    "svrepdesign(weights=~pw,repweights=<%s>,type='bootstrap',combined.weights=FALSE,scale,rscales below)", file), r)
}
set.seed(7)
r <- as.svrepdesign(clus2, type = "mrbbootstrap", replicates = 50)
write_factors(r, "data/apiclus2_mrb_factors.csv")
put("apiclus2/mrbbootstrap", "replicate factors in data/apiclus2_mrb_factors.csv", r)

jackknife <- as.svrepdesign(clus1, type = "JK1")
stypes <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
sch_wides <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
put("apiclus1/JK1/calibrate_linear", "calibrate(as.svrepdesign(..JK1),~stype,pop): each replicate re-calibrated",
  calibrate(jackknife, ~stype, c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018)))
put("apiclus1/JK1/rake", "rake(as.svrepdesign(..JK1),...)",
  rake(jackknife, list(~stype, ~sch.wide), list(stypes, sch_wides), control = list(maxit = 200, epsilon = 1e-9)), rtol = 1e-5)
put("apiclus1/JK1/postStratify", "postStratify", postStratify(jackknife, ~stype, stypes))

api_table <- function(name) {
  list(file = paste0("data/", name, ".csv"),
    origin = "R package survey, data(api); California Academic Performance Index 2000, California Department of Education",
    licence = "public administrative records, redistributed in survey")
}
write_cases("survey_replicates",
  "JK1, JKn, bootstraps with replicate factors written out, mse TRUE and FALSE, replicates calibrated again",
  data = sapply(c("apistrat", "apiclus1", "apiclus2"), api_table, simplify = FALSE),
  margins = list(stype = as_json(stypes), sch_wide = as_json(sch_wides)))
