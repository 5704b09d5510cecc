# Taylor-linearised estimates on the `api` samples, for seven designs.
#
# Made with  R 4.2.2, survey 4.5 (CompQuadForm for `lincom`). No seed: nothing is drawn.
# Data       data/apistrat.csv, apiclus1.csv, apiclus2.csv, apisrs.csv (api_data.R); their hashes stand in the JSON.

source("golden.R")
need_survey()
source("api_designs.R")

# The interval by profile likelihood is found by a search: looser than the closed forms.
interval_rtol <- function(method) if (method == "likelihood") 1e-5 else 1e-7
interval_methods <- c("logit", "likelihood", "asin", "beta", "mean", "xlogit", "wilson")

means_and_totals <- function(n, d) {
  case(paste0(n, "/degf"), design_calls[[n]], degf = degf(d), nobs = nrow(d$variables), sum_weights = sum(weights(d)))
  m <- svymean(~api00 + enroll + stype + sch.wide, d, na.rm = TRUE, deff = TRUE)
  case(paste0(n, "/svymean"), "svymean(~api00+enroll+stype+sch.wide,d,na.rm=TRUE,deff=TRUE)",
    estimate = coef(m), vcov = vcov(m), deff = as.vector(deff(m)), names = names(coef(m)),
    ci95 = confint(m), ci90_tdf = confint(m, level = .9, df = degf(d)))
  with_replacement <- svymean(~api00, d, deff = "replace")
  case(paste0(n, "/deff_replace"), "svymean(~api00,d,deff='replace')", deff = as.vector(deff(with_replacement)))
  t <- svytotal(~enroll + stype, d, na.rm = TRUE, deff = TRUE)
  case(paste0(n, "/svytotal"), "svytotal(~enroll+stype,d,na.rm=TRUE,deff=TRUE)",
    estimate = coef(t), vcov = vcov(t), deff = as.vector(deff(t)))
  r <- svyratio(~api.stu, ~enroll, d, na.rm = TRUE)
  case(paste0(n, "/svyratio"), "svyratio(~api.stu,~enroll,d,na.rm=TRUE)",
    estimate = as.vector(coef(r)), se = as.vector(SE(r)))
  v <- svyvar(~api00 + api99, d)
  case(paste0(n, "/svyvar"), "svyvar(~api00+api99,d)", var = as.matrix(v)[1:2, 1:2], se = as.vector(SE(v)))
}

domains <- function(n, d) {
  b <- svyby(~api00, ~stype + sch.wide, d, svymean, covmat = TRUE, vartype = c("se", "ci", "cv"), deff = TRUE)
  case(paste0(n, "/svyby_mean"),
    "svyby(~api00,~stype+sch.wide,d,svymean,covmat=TRUE,vartype=c('se','ci','cv'),deff=TRUE)",
    table = as.data.frame(b), vcov = vcov(b))
  p <- svyby(~I(sch.wide == "Yes"), ~stype, d, svyciprop, vartype = "ci", method = "logit")
  case(paste0(n, "/svyby_ciprop"), "svyby(~I(sch.wide=='Yes'),~stype,d,svyciprop,vartype='ci',method='logit')",
    table = setNames(as.data.frame(p), c("stype", "p", "ci_l", "ci_u")))
  part <- subset(d, comp.imp == "Yes" & stype != "H")
  m <- svymean(~api00, part)
  case(paste0(n, "/subset_mean"), "svymean(~api00,subset(d,comp.imp=='Yes'&stype!='H'))",
    estimate = coef(m), se = as.vector(SE(m)), degf = degf(part))
}

intervals <- function(n, d) {
  for (method in interval_methods) for (level in c(.95, .9)) {
    name <- paste0(n, "/svyciprop/", method, "/", level)
    case_if_possible(name, {
      p <- svyciprop(~I(awards == "Yes"), d, method = method, level = level)
      case(name, sprintf("svyciprop(~I(awards=='Yes'),d,method='%s',level=%s)", method, level),
        p = as.vector(p), ci = as.vector(confint(p)), rtol = interval_rtol(method))
    })
  }
  for (method in interval_methods) {
    name <- paste0(n, "/svyciprop_rare/", method)
    case_if_possible(name, {
      p <- svyciprop(~I(api00 < 450), d, method = method)
      case(name, sprintf("svyciprop(~I(api00<450),d,method='%s')", method),
        p = as.vector(p), ci = as.vector(confint(p)), rtol = interval_rtol(method))
    })
  }
}

tables <- function(n, d) {
  for (statistic in c("F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint", "wls-score")) {
    name <- paste0(n, "/svychisq/", statistic)
    case_if_possible(name, {
      x <- svychisq(~stype + awards, d, statistic = statistic)
      case(name, sprintf("svychisq(~stype+awards,d,statistic='%s')", statistic),
        statistic = unname(x$statistic), parameter = unname(x$parameter), p = unname(as.vector(x$p.value)), rtol = 1e-6)
    })
  }
}

models <- function(n, d) {
  g <- svyglm(api00 ~ ell + meals + mobility, d)
  case(paste0(n, "/svyglm_gaussian"), "svyglm(api00~ell+meals+mobility,d)",
    coef = coef(g), vcov = vcov(g), df_resid = g$df.residual, summary = summary(g)$coefficients)
  for (family in c("quasibinomial", "binomial")) {
    name <- paste0(n, "/svyglm_", family)
    case_if_possible(name, {
      g <- suppressWarnings(svyglm(I(sch.wide == "Yes") ~ ell + meals + stype, d, family = get(family)()))
      wald <- regTermTest(g, ~stype)
      ratio <- tryCatch(regTermTest(g, ~stype, method = "LRT"), error = function(e) NULL)
      case(name, sprintf("svyglm(I(sch.wide=='Yes')~ell+meals+stype,d,family=%s())", family),
        coef = coef(g), vcov = vcov(g), summary = summary(g)$coefficients,
        dispersion = as.vector(summary(g)$dispersion),
        wald_F = as.vector(wald$Ftest), wald_df = wald$df, wald_ddf = wald$ddf, wald_p = as.vector(wald$p),
        lrt_p = as.vector(ratio$p), lrt_chisq = as.vector(ratio$chisq), lrt_lambda = as.vector(ratio$lambda),
        aic = tryCatch(as.vector(AIC(g)), error = function(e) NULL),
        nagelkerke = tryCatch(as.vector(psrsq(g, "Nagelkerke")), error = function(e) NULL),
        coxsnell = tryCatch(as.vector(psrsq(g, "Cox-Snell")), error = function(e) NULL), rtol = 1e-6)
    })
  }
  g <- svyglm(api.stu ~ ell + meals + offset(log(enroll)), subset(d, !is.na(enroll)), family = quasipoisson())
  case(paste0(n, "/svyglm_quasipoisson_offset"),
    "svyglm(api.stu~ell+meals+offset(log(enroll)),subset(d,!is.na(enroll)),family=quasipoisson())",
    coef = coef(g), vcov = vcov(g), rtol = 1e-6)
}

quantiles <- function(n, d) {
  rules <- c("math", "school", "shahvaish", paste0("hf", 1:9))
  for (rule in rules) for (interval in c("mean", "beta", "xlogit")) {
    name <- paste0(n, "/svyquantile/", rule, "/", interval)
    case_if_possible(name, {
      q <- svyquantile(~api00, d, c(.1, .5, .9), qrule = rule, interval.type = interval)
      case(name, sprintf("svyquantile(~api00,d,c(.1,.5,.9),qrule='%s',interval.type='%s')", rule, interval),
        table = q$api00[, 1:4])
    })
  }
}

tests_and_contrasts <- function(n, d) {
  t <- svyttest(api00 ~ comp.imp, d)
  case(paste0(n, "/svyttest"), "svyttest(api00~comp.imp,d)", t = unname(t$statistic), df = unname(t$parameter),
    p = as.vector(t$p.value), est = unname(t$estimate), ci = as.vector(t$conf.int))
  for (test in c("wilcoxon", "vanderWaerden", "median", "KruskalWallis")) {
    name <- paste0(n, "/svyranktest/", test)
    case_if_possible(name, {
      r <- svyranktest(api00 ~ comp.imp, d, test = test)
      case(name, sprintf("svyranktest(api00~comp.imp,d,test='%s')", test), stat = unname(r$statistic),
        param = unname(r$parameter), p = as.vector(r$p.value), est = unname(r$estimate))
    })
  }
  both <- svymean(~api00 + api99, d)
  linear <- svycontrast(both, list(diff = c(api00 = 1, api99 = -1)))
  ratio <- svycontrast(both, quote(log(api00 / api99)))
  case(paste0(n, "/svycontrast"), "linear api00-api99; nonlinear log(api00/api99)", lin = coef(linear),
    lin_se = as.vector(SE(linear)), non = as.vector(coef(ratio)), non_se = as.vector(SE(ratio)), rtol = 1e-6)
}

for (n in names(designs)) {
  d <- designs[[n]]
  for (part in list(means_and_totals, domains, intervals, tables, models, quantiles, tests_and_contrasts)) part(n, d)
}

write_cases("survey_api_linearised",
  "Means, totals, ratios, domains, intervals of proportions (7 methods), chi-square (7), generalised linear models, quantiles (12 rules x 3 intervals), tests and contrasts on the api samples, by Taylor linearisation",
  data = sapply(c("apistrat", "apiclus1", "apiclus2", "apisrs"), api_table, simplify = FALSE))
