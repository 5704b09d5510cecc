# A civil-servant survey end to end: prevalence of five forms by province with intervals, raking to province, sex and
# rank, drivers and their marginal effects, a list experiment, ordinal and multinomial models, scale reliability.
#
# Made with  R 4.2.2, survey 4.5, svyVGAM 1.2; seed 20240214 draws the respondents, 20240215 the margins.
# Data       data/asn_open.csv and asn_open_raked.csv, written here by asn_open_data.R: own synthetic data, no real
#            respondents; the province codes are not BPS codes. Their hashes stand in the JSON.

source("golden.R")
need_survey()
source("asn_open_data.R")
seed <- 20240214

asn <- make_asn(seed)
write_table(asn, "data/asn_open.csv")
margins <- make_margins(asn, seed)

forms <- c("v_medsos", "v_kampanye", "v_simbol", "v_mobilisasi", "v_fasilitas")
for (v in c("prov", "gol", "sex")) asn[[v]] <- factor(asn[[v]])
asn$any <- as.integer(rowSums(asn[, forms], na.rm = TRUE) > 0)

options(survey.lonely.psu = "adjust")
base <- svydesign(id = ~kab, strata = ~prov, weights = ~w, data = asn)
raked <- rake(base, list(~prov, ~sex, ~gol), margins, control = list(maxit = 500, epsilon = 1e-7))
write_table(data.frame(id = asn$id, w_raked = as.vector(weights(raked))), "data/asn_open_raked.csv")

deff_kish <- function(w) length(w) * sum(w^2) / sum(w)^2
case("design", "options(survey.lonely.psu='adjust'); svydesign(id=~kab,strata=~prov,weights=~w)",
  degf = degf(base), nobs = nrow(asn), deff_kish = deff_kish(asn$w), deff_kish_raked = deff_kish(weights(raked)),
  w_raked = range(weights(raked)))

prevalence <- function(n, d) {
  for (v in forms) {
    item <- as.formula(paste0("~", v))
    national <- svymean(item, d, na.rm = TRUE, deff = TRUE)
    by <- svyby(item, ~prov, d, svymean, na.rm = TRUE, keep.names = FALSE, deff = TRUE)
    case(sprintf("%s/%s/prov", n, v), sprintf("svyby(~%s,~prov,%s,svymean,na.rm=TRUE,deff=TRUE)", v, n),
      nat = as.vector(coef(national)), nat_se = as.vector(SE(national)), nat_deff = as.vector(deff(national)),
      prov = as.character(by$prov), p = as.vector(coef(by)), se = as.vector(SE(by)), deff = as.vector(deff(by)),
      nresp = as.vector(table(asn$prov[!is.na(asn[[v]])])), rtol = 1e-5)
    for (method in c("logit", "beta", "wilson", "xlogit")) {
      name <- sprintf("%s/%s/nat_ci/%s", n, v, method)
      case_if_possible(name, {
        p <- svyciprop(as.formula(paste0("~I(", v, "==1)")), d, method = method, na.rm = TRUE)
        case(name, sprintf("svyciprop(%s==1,method='%s',na.rm=TRUE)", v, method), ci = as.vector(confint(p)), rtol = 1e-5)
      })
    }
  }
  by <- tryCatch(svyby(~v_medsos, ~ sex + gol, d, svymean, na.rm = TRUE, covmat = TRUE), error = function(e) NULL)
  if (is.null(by)) return(message("no cases ", n, "/medsos_sex_gol, contrast: svyby loses covmat with na.rm"))
  case(paste0(n, "/medsos_sex_gol"), "svyby(~v_medsos,~sex+gol,covmat=TRUE)",
    table = as.data.frame(by), vcov = unname(vcov(by)), rtol = 1e-5)
  difference <- svycontrast(by, list(PIII_LIII = c(0, 0, -1, 1, 0, 0)))
  case(paste0(n, "/contrast"), "difference of two domain prevalences with covariance: P.III - L.III",
    est = as.vector(coef(difference)), se = as.vector(SE(difference)), rtol = 1e-5)
}

# Weighted mean effect of moving `variable` from 0 to 1, by the delta method, the design matrix held fixed.
marginal_effect <- function(g, d, variable) {
  used <- c("any", "tekanan", "incumbent", "sex", "gol", "age", "mode")
  keep <- complete.cases(d$variables[, used])
  frame <- as.data.frame(d$variables[keep, used])
  w <- weights(d)[keep]
  at <- function(value) {
    frame[[variable]] <- value
    model.matrix(~ tekanan + incumbent + sex + gol + I(age / 10) + mode, frame)
  }
  X1 <- at(1)
  X0 <- at(0)
  p1 <- plogis(X1 %*% coef(g))
  p0 <- plogis(X0 %*% coef(g))
  gradient <- colSums(as.vector(w * p1 * (1 - p1)) * X1 - as.vector(w * p0 * (1 - p0)) * X0) / sum(w)
  c(est = sum(w * (p1 - p0)) / sum(w), se = sqrt(as.numeric(t(gradient) %*% vcov(g) %*% gradient)))
}

drivers <- function(n, d) {
  g <- svyglm(any ~ tekanan + incumbent + sex + gol + I(age / 10) + mode, d, family = quasibinomial())
  rank <- regTermTest(g, ~gol)
  case(paste0(n, "/drivers_logit"),
    "svyglm(any~tekanan+incumbent+sex+gol+I(age/10)+mode,quasibinomial) any = at least one v_* (NA as 0)",
    coef = coef(g), vcov = unname(vcov(g)), df = g$df.residual, or_ci = unname(exp(confint(g))),
    gol_F = as.vector(rank$Ftest), gol_p = as.vector(rank$p), rtol = 1e-5)
  case(paste0(n, "/ame_tekanan"),
    "weighted average marginal effect of tekanan 0->1 by delta method on vcov(g), X fixed",
    tekanan = marginal_effect(g, d, "tekanan"), incumbent = marginal_effect(g, d, "incumbent"), rtol = 1e-5)
  count <- svyglm(I(v_medsos + v_kampanye + v_simbol + v_mobilisasi + v_fasilitas) ~ tekanan + incumbent + gol, d,
    family = quasipoisson())
  case(paste0(n, "/count_poisson"), "svyglm(sum of v_* ~tekanan+incumbent+gol,quasipoisson), complete cases",
    coef = coef(count), se = as.vector(SE(count)), rtol = 1e-5)
  list_difference <- svyglm(list_y ~ list_treat, d)
  direct <- svymean(~direct, d)
  case(paste0(n, "/list_diff"), "svyglm(list_y~list_treat)", est = unname(coef(list_difference)[2]),
    se = unname(SE(list_difference)[2]), df = list_difference$df.residual, direct = as.vector(coef(direct)),
    direct_se = as.vector(SE(direct)), rtol = 1e-5)
  interaction <- svyglm(list_y ~ list_treat * tekanan, d)
  case(paste0(n, "/list_by_tekanan"), "svyglm(list_y~list_treat*tekanan)",
    coef = coef(interaction), vcov = unname(vcov(interaction)), rtol = 1e-5)
}

scales_and_tables <- function(n, d) {
  likert <- ~ lik1 + lik2 + lik3 + lik4 + lik5
  case(paste0(n, "/alpha"), "svycralpha(~lik1+..+lik5,na.rm=TRUE)",
    alpha = as.vector(svycralpha(likert, d, na.rm = TRUE)), rtol = 1e-5)
  case(paste0(n, "/likert_cov"), "svyvar(~lik1+...+lik5,na.rm=TRUE)",
    cov = unname(as.matrix(svyvar(likert, d, na.rm = TRUE))[1:5, 1:5]), rtol = 1e-5)
  x <- svychisq(~ v_medsos + mode, d)
  wald <- svychisq(~ gol + tekanan, d, statistic = "adjWald")
  case(paste0(n, "/chisq"), "svychisq(~v_medsos+mode) F; svychisq(~gol+tekanan,adjWald)",
    F = unname(x$statistic), par = unname(x$parameter), p = as.vector(x$p.value), W = unname(wald$statistic),
    Wp = as.vector(wald$p.value), rtol = 1e-5)
  case(paste0(n, "/age_quartiles"), "svyquantile(~age,c(.25,.5,.75))",
    q = unname(as.matrix(svyquantile(~age, d, c(.25, .5, .75))$age)), rtol = 1e-6)
}

designs <- list(base = base, raked = raked)
for (n in names(designs)) for (part in list(prevalence, drivers, scales_and_tables)) part(n, designs[[n]])

case_if_possible("two_stage", {
  stages <- svydesign(id = ~ kab + id, strata = ~prov, fpc = ~ kab_n + asn_n, weights = ~w, data = asn)
  m <- svymean(~ v_kampanye + any, stages)
  case("two_stage", "svydesign(id=~kab+id,strata=~prov,fpc=~kab_n+asn_n,weights=~w)",
    mean = as.vector(coef(m)), se = as.vector(SE(m)), rtol = 1e-6)
})
case_if_possible("base/olr_lik1", {
  o <- svyolr(factor(lik1) ~ tekanan + incumbent + sex, base)
  case("base/olr_lik1", "svyolr(factor(lik1)~tekanan+incumbent+sex)",
    coef = coef(o), zeta = o$zeta, se = sqrt(diag(vcov(o))), rtol = 1e-3)
})
case_if_possible("base/multinom_gol", {
  m <- svyVGAM::svy_vglm(gol ~ sex + I(age / 10) + incumbent, family = VGAM::multinomial(refLevel = "II"), design = base)
  case("base/multinom_gol", "svyVGAM::svy_vglm(gol~sex+I(age/10)+incumbent,multinomial(refLevel='II'))",
    coef = coef(m), se = sqrt(diag(vcov(m))), rtol = 1e-4)
})

own <- function(file) list(file = file, origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")
write_cases("asn_open",
  "A synthetic civil-servant survey end to end: prevalence by province with intervals, raking, drivers, marginal effects, list experiment, ordinal and multinomial models, scale reliability",
  data = list(asn = own("data/asn_open.csv"), raked_weight = own("data/asn_open_raked.csv")),
  packages = if (trying) "survey" else c("survey", "svyVGAM"), seed = seed, margins = lapply(margins, as_json))
