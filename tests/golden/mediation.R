# Natural direct and indirect effects of survey models, by hand: svyglm of outcome and mediator, standardised over the
# weighted sample; a linear mediator under a logit outcome by Gauss-Hermite quadrature; standard errors by jackknife.
#
# Made with  R 4.2.2, survey 4.1-1 (svyglm, withReplicates; the numbers do not depend on the version). No seed: nothing
#            is drawn. R's package mediation is not used: it simulates, and has no weights of a design.
# Data       data/asn_open.csv: own synthetic data, no real respondents; provinces with two districts or more.

source("golden.R")

strict <- list(epsilon = 1e-14, maxit = 100)
people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
districts <- tapply(people$kab, people$prov, function(kab) length(unique(kab)))
people <- people[districts[people$prov] > 1, ]
people$sc <- people$lik1 + people$lik2
people$acts <- people$v_kampanye + people$v_mobilisasi + people$v_fasilitas + people$v_simbol

# Nodes and weights of the normal distribution from the eigenvectors of its recurrence (Golub & Welsch 1969).
normal <- function(k) {
  j <- matrix(0, k, k)
  j[cbind(1:(k - 1), 2:k)] <- j[cbind(2:k, 1:(k - 1))] <- sqrt(1:(k - 1))
  e <- eigen(j, symmetric = TRUE)
  list(nodes = e$values, weights = e$vectors[1, ]^2)
}
rule <- normal(60)

# E[Y(t, M(s))] for (0,0), (0,1), (1,0), (1,1), each over the rows of `d` with weights `w`.
four_means <- function(d, w, y, m, outcome, mediator, treatment, families, values = c(0, 1)) {
  d$.w <- w / mean(w) # as svyglm has them: glm starts near 0 and 1 where weights are large, and may run away
  link <- list(linear = gaussian(), logit = quasibinomial("logit"), probit = quasibinomial("probit"), poisson = quasipoisson())
  fit_y <- suppressWarnings(glm(outcome, link[[families[1]]], d, weights = .w, control = strict))
  fit_m <- suppressWarnings(glm(mediator, link[[families[2]]], d, weights = .w, control = strict))
  moved <- function(t) {
    n <- d
    n[[treatment]] <- if (is.factor(d[[treatment]])) factor(values[t + 1], levels(d[[treatment]])) else values[t + 1]
    n
  }
  eta <- lapply(0:1, function(t) sapply(0:1, function(value) {
    n <- moved(t)
    n[[m]] <- value
    predict(fit_y, n)
  }))
  at <- function(t, value) link[[families[1]]]$linkinv(eta[[t + 1]][, 1] + (eta[[t + 1]][, 2] - eta[[t + 1]][, 1]) * value)
  of_mediator <- function(s) predict(fit_m, moved(s), type = "response")
  sigma <- sqrt(weighted.mean((d[[m]] - fitted(fit_m))^2, w))
  one <- function(t, s) {
    mu <- of_mediator(s)
    each <- if (families[2] != "linear") {
      mu * at(t, 1) + (1 - mu) * at(t, 0)
    } else if (families[1] == "linear") {
      at(t, mu)
    } else {
      rowSums(sapply(seq_along(rule$nodes), function(k) rule$weights[k] * at(t, mu + sigma * rule$nodes[k])))
    }
    weighted.mean(each, w)
  }
  c(one(0, 0), one(0, 1), one(1, 0), one(1, 1))
}

effects <- function(e) {
  indirect <- c(treated = e[4] - e[3], control = e[2] - e[1])
  direct <- c(treated = e[4] - e[2], control = e[3] - e[1])
  total <- e[4] - e[1]
  c(indirect = mean(indirect), indirect_treated = indirect[["treated"]], indirect_control = indirect[["control"]],
    direct = mean(direct), direct_treated = direct[["treated"]], direct_control = direct[["control"]],
    total = total, proportion = mean(indirect) / total)
}

ask <- function(name, y, m, treatment, covariates, families, interaction = FALSE, values = c(0, 1)) {
  d <- people[complete.cases(people[, c(y, m, treatment, covariates)]), ]
  if (is.character(d[[treatment]])) d[[treatment]] <- factor(d[[treatment]])
  outcome <- reformulate(c(treatment, m, covariates, if (interaction) paste0(treatment, ":", m)), y)
  mediator <- reformulate(c(treatment, covariates), m)
  # All respondents stay in the design, so that every replicate leaves out a district of the whole sample.
  people$.there <- complete.cases(people[, c(y, m, treatment, covariates)])
  design <- svydesign(id = ~kab, strata = ~prov, weights = ~w, data = people)
  jackknife <- as.svrepdesign(design, type = "JKn")
  asked <- function(w, data) {
    w <- w[data$.there]
    effects(four_means(d, w, y, m, outcome, mediator, treatment, families, values))
  }
  found <- withReplicates(jackknife, asked, return.replicates = TRUE)
  stopifnot(!anyNA(found$replicates)) # svrVar would leave them out
  message(name)
  case(name, sprintf("%s; %s; families %s; withReplicates(JKn)", deparse1(outcome), deparse1(mediator), paste(families, collapse = ", ")),
    persons = nrow(d), effects = setNames(as.vector(found$theta), names(asked(weights(design), people))), se = unname(sqrt(diag(attr(found$theta, "var")))), rtol = 1e-7)
}

x <- c("sex", "gol", "age")
ask("linear", "lik4", "sc", "incumbent", x, c("linear", "linear"))
ask("linear/interaction", "lik4", "sc", "incumbent", x, c("linear", "linear"), interaction = TRUE)
ask("linear/levels", "lik4", "sc", "gol", c("sex", "age"), c("linear", "linear"), values = c("II", "IV"))
ask("logit-linear", "v_medsos", "sc", "tekanan", x, c("logit", "linear"))
ask("logit-linear/interaction", "v_medsos", "sc", "tekanan", x, c("logit", "linear"), interaction = TRUE)
ask("probit-linear", "v_medsos", "sc", "tekanan", x, c("probit", "linear"))
ask("poisson-linear", "acts", "sc", "tekanan", x, c("poisson", "linear"))
ask("logit-logit", "v_medsos", "tekanan", "incumbent", x, c("logit", "logit"))
ask("logit-logit/interaction", "v_medsos", "tekanan", "incumbent", x, c("logit", "logit"), interaction = TRUE)
ask("linear-probit/ages", "sc", "tekanan", "age", c("sex", "gol"), c("linear", "probit"), values = c(30, 50))

# The product of two coefficients: Sobel's variance with the covariance of both models, from their joint scores by district.
d <- people[complete.cases(people[, c("lik4", "sc", "incumbent", x)]), ]
design <- subset(svydesign(id = ~kab, strata = ~prov, weights = ~w, data = people), complete.cases(people[, c("lik4", "sc", "incumbent", x)]))
of_outcome <- svyglm(lik4 ~ incumbent + sc + sex + gol + age, design)
of_mediator <- svyglm(sc ~ incumbent + sex + gol + age, design)
gamma <- coef(of_outcome)[["sc"]]
alpha <- coef(of_mediator)[["incumbent"]]
scores <- function(model, name) {
  z <- model.matrix(model)
  (z * (model$y - fitted(model)) * d$w) %*% solve(crossprod(z, z * d$w))[, name]
}
everybody <- matrix(0, nrow(people), 2)
everybody[complete.cases(people[, c("lik4", "sc", "incumbent", x)]), ] <- cbind(scores(of_outcome, "sc"), scores(of_mediator, "incumbent"))
v <- vcov(svytotal(everybody / people$w, svydesign(id = ~kab, strata = ~prov, weights = ~w, data = people)))
case("sobel", "svyglm(influence = TRUE) of both models; delta method of alpha * gamma",
  product = alpha * gamma, se = as.vector(sqrt(c(alpha, gamma) %*% v %*% c(alpha, gamma))),
  separate = sqrt(alpha^2 * vcov(of_outcome)["sc", "sc"] + gamma^2 * vcov(of_mediator)["incumbent", "incumbent"]),
  v = matrix(as.vector(v), 2, 2, dimnames = list(c("gamma", "alpha"), c("gamma", "alpha"))), rtol = 1e-7)

write_cases("mediation",
  "natural direct and indirect effects of survey models by hand, jackknife of districts; Sobel's variance of a product",
  data = list(asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "survey")
