# Secondary suppression of a table of respondents: the cells that R's GaussSuppression hides besides the small ones.
#
# Made with  R 4.2.2, GaussSuppression. No seed: nothing is drawn.
# Data       data/asn_open.csv: own synthetic data, no real respondents.

source("golden.R")
suppressPackageStartupMessages(library(GaussSuppression))

people <- read.csv("data/asn_open.csv", colClasses = c(prov = "character"))
table <- as.data.frame(xtabs(~ prov + gol, people), responseName = "freq", stringsAsFactors = FALSE)

for (most in c(3, 5, 9)) {
  found <- suppressMessages(SuppressSmallCounts(
    table, dimVar = c("prov", "gol"), freqVar = "freq", maxN = most, protectZeros = FALSE, printInc = FALSE
  ))
  case(
    sprintf("table_prov_gol/maxN%d", most),
    sprintf("SuppressSmallCounts(prov x gol with margins, maxN = %d, protectZeros = FALSE)", most),
    prov = found$prov, gol = found$gol, freq = found$freq,
    primary = found$primary, suppressed = found$suppressed,
    note = "the pattern is not unique: any will do that protects every primary cell and is not much larger"
  )
}
write_cases(
  "suppression_tables",
  "secondary suppression of respondents by province and grade: small cells, and a pattern that protects them",
  data = list(asn = list(file = "data/asn_open.csv", origin = "made here: synthetic, no real respondents", licence = "MIT, as the project")),
  packages = "GaussSuppression")
