# Poststratification, calibration (linear, raking, logit; bounded), raking and trimming on the `api` samples, and the
# linearised standard errors after them.
#
# Made with  R 4.2.2, survey 4.5. No seed: nothing is drawn.
# Data       data/apistrat.csv, apiclus1.csv, apiclus2.csv (api_data.R); their hashes stand in the JSON.

source("golden.R")
need_survey()
source("api_designs.R")

by_stype <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018)
by_stype_api99 <- c(by_stype, api99 = 3914069)
stypes <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
sch_wides <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))

put <- function(name, call, d, ..., rtol = 1e-8) {
  m <- svymean(~api00 + I(sch.wide == "Yes"), d)
  t <- svytotal(~enroll, d, na.rm = TRUE)
  b <- svyby(~api00, ~stype, d, svymean)
  w <- weights(d)
  case(name, call, mean = coef(m), mean_se = as.vector(SE(m)), total = as.vector(coef(t)), total_se = as.vector(SE(t)),
    by = as.vector(coef(b)), by_se = as.vector(SE(b)), w_sum = sum(w), w_min = min(w), w_max = max(w),
    w_head = as.vector(w[1:10]), w_ss = sum(w^2), ..., rtol = rtol)
}

for (n in c("dclus1", "dstrat", "dclus2")) {
  d <- designs[[n]]
  id <- function(case) paste0(n, "/", case)
  iterated <- function(f, ...) calibrate(d, ~stype + api99, by_stype_api99, calfun = f, epsilon = 1e-10, ...)

  put(id("none"), n, d)
  put(id("postStratify"), "postStratify(d,~stype,E4421/H755/M1018)", postStratify(d, ~stype, stypes))
  put(id("calibrate_linear_stype"), "calibrate(d,~stype,c(6194,H755,M1018))", calibrate(d, ~stype, by_stype))
  put(id("calibrate_linear_stype_api99"), "calibrate(d,~stype+api99,c(6194,755,1018,3914069))",
    calibrate(d, ~stype + api99, by_stype_api99))
  put(id("calibrate_raking_stype_api99"), "calibrate(d,~stype+api99,pop,calfun='raking')",
    iterated("raking", maxit = 200), rtol = 1e-6)
  case_if_possible(id("calibrate_logit_bounds"),
    put(id("calibrate_logit_bounds"), "calibrate(d,~stype+api99,pop,calfun='logit',bounds=c(.6,1.6))",
      iterated("logit", bounds = c(.6, 1.6), maxit = 500), rtol = 1e-6))
  case_if_possible(id("calibrate_linear_bounds"),
    put(id("calibrate_linear_bounds"), "calibrate(d,~stype+api99,pop,calfun='linear',bounds=c(.7,1.5))",
      iterated("linear", bounds = c(.7, 1.5), maxit = 500), rtol = 1e-6))

  raked <- rake(d, list(~stype, ~sch.wide), list(stypes, sch_wides), control = list(maxit = 100, epsilon = 1e-9))
  put(id("rake"), "rake(d,list(~stype,~sch.wide),list(popst,No1072/Yes5122)),control maxit100 epsilon1e-9", raked, rtol = 1e-6)
  bounds <- quantile(weights(raked), c(.02, .9))
  put(id("rake_trim"), "trimWeights(rake(d,...),lower=q.02,upper=q.90)",
    trimWeights(raked, lower = bounds[1], upper = bounds[2]), bounds = as.vector(bounds))
  put(id("rake_trim_strict"), "trimWeights(...,strict=TRUE)",
    trimWeights(raked, lower = bounds[1], upper = bounds[2], strict = TRUE))

  g <- svyglm(api00 ~ ell + meals, calibrate(d, ~stype + api99, by_stype_api99))
  case(id("svyglm_after_calibrate"), "svyglm(api00~ell+meals,calibrate(d,~stype+api99,pop))",
    coef = coef(g), vcov = vcov(g), df = g$df.residual)
  x <- svychisq(~comp.imp + awards, raked)
  case(id("svychisq_after_rake"), "svychisq(~comp.imp+awards,rake(...))",
    F = unname(x$statistic), par = unname(x$parameter), p = as.vector(x$p.value), rtol = 1e-6)
  interval <- function(method) as.vector(confint(svyciprop(~I(awards == "Yes"), raked, method = method)))
  case(id("svyciprop_after_rake"), "svyciprop(~I(awards=='Yes'),rake(...),'logit'|'beta'|'xlogit')",
    logit = interval("logit"), beta = interval("beta"), xlogit = interval("xlogit"), rtol = 1e-6)
}

put("dclus2/calibrate_aggregate1", "calibrate(dclus2,~stype,pop,aggregate.stage=1) equal weights within PSU",
  calibrate(designs$dclus2, ~stype, by_stype, aggregate.stage = 1))
put("dstrat/calibrate_separate_ratio", "calibrate(d,~stype-1+stype:api99,c(4421,755,1018,2785000,470000,640000))",
  calibrate(designs$dstrat_nofpc, ~ stype - 1 + stype:api99, c(4421, 755, 1018, 2785000, 470000, 640000)))

write_cases("survey_calibration",
  "Poststratification, linear, raking and logit calibration with bounds, rake, trimming; standard errors after calibration, in domains, models and chi-square",
  data = sapply(c("apistrat", "apiclus1", "apiclus2"), api_table, simplify = FALSE),
  margins = list(stype = as_json(stypes), sch_wide = as_json(sch_wides), totals = as_json(by_stype_api99)))
