# Change between two rounds of one survey in the same PSUs: with the covariance between the rounds, and as if they
# were independent; by rank, with a joint Wald test and Holm's adjustment.
#
# Made with  R 4.2.2, survey 4.5; seed 12 draws the second round.
# Data       data/asn_open_waves.csv, written here from data/asn_open.csv: own synthetic data, no real respondents.

source("golden.R")
need_survey()
seed <- 12

first <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
set.seed(seed)
second <- first
second$wave <- 2
first$wave <- 1
inclined <- plogis(qlogis(.05 + .85 * second$v_medsos) * .6 - .5)
second$v_medsos <- suppressWarnings(rbinom(nrow(second), 1, inclined)) # NA where the first answer is
second$w <- round(second$w * runif(nrow(second), .8, 1.2), 4)
rounds <- rbind(first, second)[, c("id", "prov", "kab", "w", "wave", "gol", "v_medsos")]
write_table(rounds, "data/asn_open_waves.csv")

options(survey.lonely.psu = "adjust")
shared <- svydesign(id = ~kab, strata = ~prov, weights = ~w, data = rounds)
apart <- svydesign(id = ~interaction(kab, wave), strata = ~interaction(prov, wave), weights = ~w, data = rounds)
by_wave <- function(design) svyby(~v_medsos, ~wave, design, svymean, na.rm = TRUE, covmat = TRUE)
later_minus_earlier <- function(by) svycontrast(by, c(`1` = -1, `2` = 1))

together <- by_wave(shared)
change <- later_minus_earlier(together)
case("change/national", "stacked rounds with the same PSU ids, and with PSUs and strata crossed with the round",
  p = as.vector(coef(together)), vcov = unname(vcov(together)), diff = as.vector(coef(change)),
  se_overlap = as.vector(SE(change)), se_independent = as.vector(SE(later_minus_earlier(by_wave(apart)))), rtol = 1e-7)

by_rank <- svyby(~v_medsos, ~gol + wave, shared, svymean, na.rm = TRUE, covmat = TRUE)
later <- cbind(-diag(3), diag(3))
difference <- as.vector(later %*% coef(by_rank))
covariance <- later %*% vcov(by_rank) %*% t(later)
se <- sqrt(diag(covariance))
wald <- as.numeric(difference %*% solve(covariance) %*% difference)
p_value <- 2 * pt(-abs(difference / se), degf(shared))
case("change/by_gol", "change per rank, joint Wald F with df = degf, p-values by p.adjust(\"holm\")",
  diff = difference, se = se, wald = wald, F = wald / 3, degf = degf(shared), p_holm = p.adjust(p_value, "holm"), rtol = 1e-6)

own <- function(file) list(file = file, origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")
write_cases("wave_change", "change between two rounds in the same PSUs", list(waves = own("data/asn_open_waves.csv")), seed = seed)
