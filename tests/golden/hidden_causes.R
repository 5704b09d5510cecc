# Sensitivity of an association to hidden causes: robustness values, benchmarks and E-values.
#
# Made with  R 4.2.2, sensemakr 0.1.6, EValue 4.1.4. No seed: nothing is drawn.
# Data       sensemakr's data(darfur), Hazlett (2020), GPL-3, which is not kept here.

source("golden.R")
suppressPackageStartupMessages({
  library(sensemakr)
  library(EValue)
})
data(darfur)

model <- lm(peacefactor ~ directlyharmed + age + farmer_dar + herder_dar + pastvoted + hhsize_darfur + female + village, data = darfur)
found <- sensemakr(model, treatment = "directlyharmed", benchmark_covariates = "female", kd = 1:3)
one <- found$sensitivity_stats
case("darfur/sensemakr", "sensemakr(lm(peacefactor~directlyharmed+...+village),benchmark female kd=1:3)",
  est = one$estimate, se = one$se, t = one$t_statistic, r2yd_x = one$r2yd.x, rv = one$rv_q, rv_a = one$rv_qa, f2 = one$f2yd.x,
  dof = one$dof, bounds = found$bounds, rtol = 1e-6)
case("adjusted", "adjusted_estimate etc. from summary numbers",
  adj = adjusted_estimate(estimate = .097, se = .023, dof = 783, r2dz.x = .1, r2yz.dx = .2),
  adj_se = adjusted_se(se = .023, dof = 783, r2dz.x = .1, r2yz.dx = .2),
  rv = as.vector(robustness_value(t_statistic = 4.18, dof = 783, alpha = 1)),
  rv_a = as.vector(robustness_value(t_statistic = 4.18, dof = 783, alpha = .05)),
  pr2 = partial_r2(t_statistic = 4.18, dof = 783))

of <- function(name, call, e) case(name, call, point = unname(e["RR", ]), evalue = unname(e["E-values", ]))
quiet <- suppressMessages
of("evalue/RR", "evalues.RR(2.3,1.4,3.8)", quiet(evalues.RR(2.3, 1.4, 3.8)))
of("evalue/RR_protect", "evalues.RR(.6,.4,.9)", quiet(evalues.RR(.6, .4, .9)))
of("evalue/OR_common", "evalues.OR(1.8,1.2,2.7,rare=FALSE)", quiet(evalues.OR(1.8, 1.2, 2.7, rare = FALSE)))
of("evalue/OR_rare", "evalues.OR(1.8,1.2,2.7,rare=TRUE)", quiet(evalues.OR(1.8, 1.2, 2.7, rare = TRUE)))
of("evalue/RR_cross", "evalues.RR(1.3,.9,1.9)", quiet(evalues.RR(1.3, .9, 1.9)))
rd <- evalues.RD(60, 140, 30, 170, alpha = .05) # by a grid of bias factors 0.0001 apart
case("evalue/RD", "evalues.RD(n11=60,n10=140,n01=30,n00=170)", est = rd$est.Evalue, lower = rd$lower.Evalue, rtol = 1e-3)

write_cases("hidden_causes", "robustness values, benchmarks and adjusted estimates of a linear model; E-values",
  data = structure(list(), names = character()), packages = c("sensemakr", "EValue"))
