# Ordinal models, Bell-McCaffrey standard errors, scale reliability and direct standardisation on the `api` samples.
#
# Made with  R 4.2.2, survey 4.5. No seed: nothing is drawn.
# Data       data/apistrat.csv, apiclus1.csv, apiclus2.csv (api_data.R); their hashes stand in the JSON.

source("golden.R")
need_survey()
source("api_designs.R")

meal_breaks <- c(-1, 25, 50, 75, 100)

ordinal <- function(n, d) {
  d <- update(d, mealcat = as.ordered(cut(meals, meal_breaks, labels = FALSE)))
  for (method in c("logistic", "probit", "cloglog", "cauchit")) {
    name <- paste0(n, "/svyolr/", method)
    case_if_possible(name, {
      o <- svyolr(mealcat ~ avg.ed + mobility + stype, d, method = method)
      case(name, sprintf("svyolr(mealcat~avg.ed+mobility+stype,d,method='%s'); mealcat=cut(meals,c(-1,25,50,75,100))", method),
        coef = coef(o), zeta = o$zeta, se = sqrt(diag(vcov(o))), rtol = 1e-4,
        note = "svyolr's optimum is found by BFGS; compare to 1e-4, or check the score is zero")
    })
  }
}

small_sample <- function(n, d) {
  for (errors in c("linearized", "Bell-McCaffrey", "Bell-McCaffrey-2")) {
    name <- paste0(n, "/BM_gaussian/", errors)
    case_if_possible(name, {
      g <- svyglm(api00 ~ ell + meals + mobility, d, std.errors = errors, degf = TRUE)
      case(name, sprintf("svyglm(api00~ell+meals+mobility,d,std.errors='%s',degf=TRUE)", errors),
        coef = coef(g), vcov = vcov(g), se = sqrt(diag(vcov(g))), summary = summary(g)$coefficients,
        df_coef = if (!is.null(g$df.coef)) as.vector(g$df.coef) else NULL)
    })
    name <- paste0(n, "/BM_logit/", errors)
    case_if_possible(name, {
      g <- svyglm(I(sch.wide == "Yes") ~ ell + meals, d, family = quasibinomial(), std.errors = errors, degf = TRUE)
      case(name, sprintf("svyglm(I(sch.wide=='Yes')~ell+meals,d,family=quasibinomial(),std.errors='%s',degf=TRUE)", errors),
        coef = coef(g), se = sqrt(diag(vcov(g))), summary = summary(g)$coefficients)
    })
  }
}

scales_and_standards <- function(n, d) {
  alpha <- svycralpha(~ell + mobility + meals + not.hsg, d)
  case(paste0(n, "/svycralpha"), "svycralpha(~ell+mobility+meals+not.hsg,d)", alpha = as.vector(alpha))
  standard <- svystandardize(d, by = ~stype, over = ~sch.wide, population = c(.5, .3, .2))
  case(paste0(n, "/svystandardize"),
    "svystandardize(d,by=~stype,over=~sch.wide,population=c(.5,.3,.2)) levels E,H,M; svyby(~api00,~sch.wide,.,svymean)",
    table = as.data.frame(svyby(~api00, ~sch.wide, standard, svymean)))
  p <- svypredmeans(svyglm(api00 ~ ell, d), ~stype)
  case(paste0(n, "/svypredmeans"), "svypredmeans(svyglm(api00~ell,d),~stype)",
    est = coef(p), se = as.vector(SE(p)), vcov = vcov(p))
}

for (n in c("dstrat", "dclus1", "dclus2")) {
  for (part in list(ordinal, small_sample, scales_and_standards)) part(n, designs[[n]])
}

write_cases("survey_api_models",
  "svyolr links, Bell-McCaffrey small-sample standard errors, design-based alpha, direct standardisation",
  data = sapply(c("apistrat", "apiclus1", "apiclus2"), api_table, simplify = FALSE))
