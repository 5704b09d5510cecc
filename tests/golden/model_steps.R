# Models beside each other: blocks entered in steps with tests of the change, the importance of terms over all subsets of
# them, several outcomes on the same terms with one covariance, and a correlation without what a marker shares.
#
# Made with  R 4.2.2, survey 4.1-1: regTermTest(method = "Wald", "LRT"), anova.svyglm and psrsq are those of 4.5. No seed:
#            nothing is drawn. General dominance is brute force: svyglm on every subset, averaged over every order.
# Data       data/api*.csv; data/asn_open.csv: own synthetic data, no real respondents.

source("golden.R")

strict <- list(epsilon = 1e-14, maxit = 100)
asn <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
asn$any <- as.integer(rowSums(asn[, grep("^v_", names(asn))], na.rm = TRUE) > 0)
asn$forms <- rowSums(asn[, grep("^v_", names(asn))], na.rm = TRUE)
asn$seen <- as.integer(asn$lik1 >= 4)
asn$unit <- paste(asn$prov, asn$kab)
needed <- c("any", "forms", "seen", "tekanan", "incumbent", "sex", "gol", "age", "lik1", "lik2", "lik3")
asn <- asn[complete.cases(asn[, needed]), ]
strat <- read.csv("data/apistrat.csv")
clus1 <- read.csv("data/apiclus1.csv")
strat$wide <- as.integer(strat$sch_wide == "Yes")
clus1$wide <- as.integer(clus1$sch_wide == "Yes")
strat$award <- as.integer(strat$awards == "Yes")
clus1$award <- as.integer(clus1$awards == "Yes")
designs <- list(
  dstrat = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  dclus1 = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1),
  asn = svydesign(id = ~unit, weights = ~w, data = asn))
families <- list(logit = quasibinomial("logit"), probit = quasibinomial("probit"), cloglog = quasibinomial("cloglog"),
  linear = gaussian(), poisson = quasipoisson())

# ---- steps
blocks <- list(
  dstrat = c("ell", "meals + stype", "mobility"),
  dclus1 = c("ell", "meals + stype", "mobility"),
  asn = c("sex + age", "tekanan + incumbent", "gol", "tekanan:incumbent"))
outcomes <- list(
  dstrat = c(logit = "wide", probit = "wide", cloglog = "wide", linear = "api00", poisson = "enroll"),
  dclus1 = c(logit = "wide", probit = "wide", cloglog = "wide", linear = "api00", poisson = "api00"),
  asn = c(logit = "any", probit = "any", cloglog = "any", linear = "age", poisson = "forms"))

for (name in names(designs)) for (family in names(families)) {
  if (name == "asn" && family == "linear") next
  design <- designs[[name]]
  link <- families[[family]]
  outcome <- outcomes[[name]][[family]]
  entered <- character()
  before <- svyglm(as.formula(paste(outcome, "~ 1")), design, family = link, control = strict)
  for (step in seq_along(blocks[[name]])) {
    block <- blocks[[name]][step]
    entered <- c(entered, block)
    formula <- as.formula(paste(outcome, "~", paste(entered, collapse = " + ")))
    model <- suppressWarnings(svyglm(formula, design, family = link, control = strict))
    added <- as.formula(paste("~", block))
    wald <- regTermTest(model, added, method = "Wald")
    lrt <- suppressWarnings(regTermTest(model, added, method = "LRT"))
    nested <- suppressWarnings(anova(before, model, method = "LRT"))
    stopifnot(all.equal(as.vector(nested$chisq), as.vector(lrt$chisq), tolerance = 1e-6))
    rough <- suppressWarnings(regTermTest(model, added, method = "LRT", lrt.approximation = "satterthwaite"))
    case(sprintf("steps/%s/%s/%d", name, family, step),
      sprintf("regTermTest(svyglm(%s),%s,method=\"Wald\"|\"LRT\"); anova(svyglm,svyglm)", deparse1(formula), deparse1(added)),
      F = as.vector(wald$Ftest), df = wald$df, ddf = wald$ddf, p = as.vector(wald$p), chisq = as.vector(lrt$chisq),
      p_lrt = as.vector(lrt$p), p_satterthwaite = as.vector(rough$p), lambda = sort(Re(lrt$lambda), decreasing = TRUE),
      anova_p = as.vector(nested$p),
      cox_snell = if (family == "linear") NA else as.vector(psrsq(model, "Cox-Snell")),
      nagelkerke = if (family == "linear") NA else as.vector(psrsq(model, "Nagelkerke")), rtol = 1e-6)
    before <- model
  }
}

# ---- importance: the mean gain over all orders in which terms may enter
orders <- function(x) if (length(x) < 2) list(x) else do.call(c, lapply(seq_along(x), function(i) lapply(orders(x[-i]), function(rest) c(x[i], rest))))
importance <- function(name, outcome, terms, family, measure) {
  design <- designs[[name]]
  worth <- function(some) {
    formula <- as.formula(paste(outcome, "~", if (length(some)) paste(some, collapse = " + ") else "1"))
    model <- suppressWarnings(svyglm(formula, design, family = families[[family]], control = strict))
    if (!length(some)) return(0)
    w <- weights(design, "sampling")
    p <- fitted(model)
    y <- model$y
    switch(measure, mcfadden = , r2 = 1 - model$deviance / model$null.deviance, nagelkerke = as.vector(psrsq(model, "Nagelkerke")),
      cox_snell = as.vector(psrsq(model, "Cox-Snell")), tjur = weighted.mean(p[y == 1], w[y == 1]) - weighted.mean(p[y == 0], w[y == 0]))
  }
  known <- new.env()
  value <- function(some) {
    key <- paste(c("~", sort(some)), collapse = " ")
    if (is.null(known[[key]])) known[[key]] <- worth(some)
    known[[key]]
  }
  every <- orders(terms)
  gains <- vapply(every, function(order) {
    gain <- diff(c(0, vapply(seq_along(order), function(i) value(order[1:i]), 1)))
    gain[match(terms, order)]
  }, numeric(length(terms)))
  place <- vapply(every, function(order) match(terms, order), integer(length(terms)))
  conditional <- t(vapply(seq_along(terms), function(i) tapply(gains[i, ], place[i, ], mean), numeric(length(terms))))
  rownames(conditional) <- terms
  colnames(conditional) <- seq_along(terms) - 1
  list(share = setNames(rowMeans(gains), terms), full = value(terms), alone = setNames(vapply(terms, value, 1), terms), conditional = conditional)
}
asked <- list(
  list("dstrat", "wide", c("ell", "meals", "stype"), "logit", "nagelkerke"),
  list("dstrat", "wide", c("ell", "meals", "stype"), "probit", "tjur"),
  list("dstrat", "wide", c("ell", "meals", "stype"), "cloglog", "mcfadden"),
  list("dclus1", "api00", c("ell", "meals", "stype", "mobility"), "linear", "r2"),
  list("dstrat", "enroll", c("ell", "meals", "stype"), "poisson", "r2"),
  list("asn", "any", c("tekanan", "incumbent", "sex", "gol", "age"), "logit", "mcfadden"),
  list("asn", "any", c("tekanan", "incumbent", "sex", "gol", "age"), "logit", "tjur"),
  list("asn", "forms", c("tekanan", "incumbent", "sex", "gol"), "poisson", "cox_snell"))
for (one in asked) {
  found <- do.call(importance, one)
  do.call(case, c(list(sprintf("importance/%s/%s/%s", one[[1]], one[[4]], one[[5]]),
    sprintf("svyglm(%s ~ subsets of %s), gains averaged over every order", one[[2]], paste(one[[3]], collapse = ", "))), found, rtol = 1e-7))
}

# ---- several outcomes: influence of both models beside each other, one covariance
influence_of <- function(model, design) {
  x <- model.matrix(model)
  (x * (residuals(model, "working") * model$weights)) %*% model$naive.cov
}
together <- function(name, outcomes, terms, family, tested) {
  design <- designs[[name]]
  models <- lapply(outcomes, function(y) svyglm(as.formula(paste(y, "~", terms)), design, family = families[[family]], control = strict))
  every <- do.call(cbind, lapply(models, influence_of, design = design))
  labels <- unlist(Map(function(y, m) paste0(y, ": ", names(coef(m))), outcomes, models))
  v <- svyrecvar(every, design$cluster, design$strata, design$fpc, postStrata = design$postStrata)
  dimnames(v) <- list(labels, labels)
  for (m in seq_along(models)) {
    at <- seq_along(coef(models[[m]])) + (m - 1) * length(coef(models[[m]]))
    stopifnot(all.equal(unname(v[at, at]), unname(vcov(models[[m]])), tolerance = 1e-7))
  }
  b <- unlist(lapply(models, coef))
  at <- which(sub("^.*: ", "", labels) %in% tested)
  statistic <- as.vector(b[at] %*% solve(v[at, at], b[at])) / length(at)
  p <- do.call(cbind, lapply(models, function(m) summary(m)$coefficients[, 4]))
  holm <- t(apply(p, 1, p.adjust, method = "holm"))
  bh <- t(apply(p, 1, p.adjust, method = "BH"))
  colnames(p) <- colnames(holm) <- colnames(bh) <- outcomes
  case(sprintf("outcomes/%s/%s", name, family), sprintf("svyglm(%s ~ %s); svyrecvar(all influences); p.adjust", paste(outcomes, collapse = "|"), terms),
    coef = setNames(b, labels), covariance = v, F = statistic, df = length(at), p = p, holm = holm, bh = bh,
    ddf = models[[1]]$df.residual, joint_p = pf(statistic, length(at), models[[1]]$df.residual, lower.tail = FALSE), rtol = 1e-6)
}
together("dstrat", c("wide", "award"), "ell + meals + stype", "logit", c("stypeH", "stypeM"))
together("dclus1", c("api00", "api99", "enroll"), "ell + meals", "linear", "ell")
together("asn", c("any", "seen"), "tekanan + incumbent + sex", "logit", "tekanan")

# ---- marker: Lindell & Whitney (2001), with the second smallest positive correlation of the marker
people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
people <- people[complete.cases(people[, c(paste0("lik", 1:6), "age")]), ]
marked <- function(items, marker) {
  r <- cor(people[, c(items, marker)])
  with_marker <- r[items, marker]
  rm <- unname(sort(with_marker[with_marker > 0])[2])
  pairs <- t(combn(items, 2))
  plain <- r[pairs]
  adjusted <- (plain - rm) / (1 - rm)
  case(sprintf("marker/%d", length(items)), sprintf("r = cor(%s), (r - rm)/(1 - rm), rm the second smallest positive with %s", paste(items, collapse = ", "), marker),
    r = plain, rm = rm, adj = adjusted, z = adjusted / sqrt((1 - adjusted^2) / (nrow(people) - 3)), size = nrow(people), rtol = 1e-10)
}
marked(c("lik1", "lik2"), "age")
marked(paste0("lik", 1:5), "age")

write_cases("model_steps",
  "blocks of terms entered in steps, dominance over all subsets of terms, several outcomes with one covariance, a marker variable",
  data = list(
    apistrat = list(file = "data/apistrat.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    apiclus1 = list(file = "data/apiclus1.csv", origin = "R survey data(api)", licence = "GPL-2 | GPL-3"),
    asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")))
