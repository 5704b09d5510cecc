# A small synthetic survey of civil servants: no real people, no real provinces' figures.
#
# 38 provinces, one to four sampled districts (kab) in each, three provinces with a single one; five forms of violation
# (v_*), pressure from above (tekanan), a list experiment (list_treat, list_y), six Likert items, 3 % of answers missing.

make_asn <- function(seed, n_provinces = 38, n_mean = 60, n_lonely = 3) {
  set.seed(seed)
  provinces <- sprintf("%02d", seq_len(n_provinces))
  sampled <- sample(2:4, n_provinces, TRUE, c(.5, .3, .2))
  if (n_lonely > 0) sampled[sample(n_provinces, n_lonely)] <- 1
  in_province <- pmax(sampled, round(sampled * runif(n_provinces, 1.5, 5)))
  province_effect <- rnorm(n_provinces, 0, .35)
  rows <- list()
  kab <- 0
  for (i in seq_len(n_provinces)) for (k in seq_len(sampled[i])) {
    kab <- kab + 1
    n <- max(6, round(n_mean / sampled[i] * runif(1, .6, 1.4)))
    kab_effect <- rnorm(1, 0, .3)
    incumbent <- rbinom(1, 1, .55)
    n_asn <- round(runif(1, 1500, 9000))
    f <- data.frame(
      prov = provinces[i], kab = kab, kab_n = in_province[i], asn_n = n_asn, incumbent = incumbent,
      sex = sample(c("L", "P"), n, TRUE, c(.48, .52)), gol = sample(c("II", "III", "IV"), n, TRUE, c(.2, .6, .2)),
      age = pmin(58, pmax(22, round(rnorm(n, 42, 9)))), mode = sample(c("daring", "tatap_muka"), n, TRUE, c(.7, .3))
    )
    f$w <- round(in_province[i] / sampled[i] * n_asn / n * exp(rnorm(n, 0, .15)), 4)
    f$tekanan <- rbinom(n, 1, plogis(-.6 + .8 * incumbent + kab_effect))
    f$latent <- rnorm(n)
    acts <- function(level) {
      rbinom(n, 1, plogis(level + province_effect[i] + kab_effect + .9 * f$tekanan + .3 * incumbent - .25 * (f$gol == "IV") + .3 * f$latent))
    }
    f$v_medsos <- acts(-1.2)
    f$v_kampanye <- acts(-2.6)
    f$v_simbol <- acts(-1.9)
    f$v_mobilisasi <- acts(-3.2)
    f$v_fasilitas <- acts(-3.6)
    f$direct <- rbinom(n, 1, plogis(-2.4 + .5 * f$tekanan))
    truth <- rbinom(n, 1, plogis(-1.1 + .7 * f$tekanan + .3 * incumbent))
    f$list_treat <- rbinom(n, 1, .5)
    f$list_y <- rbinom(n, 1, .6) + rbinom(n, 1, .35) + rbinom(n, 1, .5) + rbinom(n, 1, .15) + f$list_treat * truth
    for (j in 1:6) {
      noise <- rnorm(n, c(.2, -.1, 0, .3, -.3, 0)[j], .8)
      f[[paste0("lik", j)]] <- pmin(5L, pmax(1L, as.integer(round(3 + c(.9, .8, .7, .6, .8, -.7)[j] * f$latent + noise))))
    }
    f$latent <- NULL
    rows[[kab]] <- f
  }
  asn <- do.call(rbind, rows)
  asn$id <- seq_len(nrow(asn))
  for (v in c("v_medsos", "v_simbol", "tekanan", "lik3")) asn[[v]][sample(nrow(asn), round(.03 * nrow(asn)))] <- NA
  asn[, c("id", setdiff(names(asn), "id"))]
}

# Population margins for raking: province totals moved by up to 15 %, sex and rank (gol) by fixed shares.
make_margins <- function(asn, seed) {
  total <- sum(asn$w)
  prov <- aggregate(w ~ prov, asn, sum)
  set.seed(seed + 1)
  prov$Freq <- round(prov$w * runif(nrow(prov), .85, 1.15))
  prov$Freq <- round(prov$Freq * (total / sum(prov$Freq)))
  n <- sum(prov$Freq)
  men <- round(n * .46)
  ranks <- c(round(n * .18), round(n * .58))
  list(
    prov = prov[, c("prov", "Freq")],
    sex = data.frame(sex = c("L", "P"), Freq = c(men, n - men)),
    gol = data.frame(gol = c("II", "III", "IV"), Freq = c(ranks, n - sum(ranks)))
  )
}
