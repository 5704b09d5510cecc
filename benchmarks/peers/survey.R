# Does one work with R's survey:  Rscript survey.R FOLDER WORK REPEAT LIMIT COLUMNS
#
# Columns are raw numbers in FOLDER/columns, named column.<kind><bytes> (i: integer, f: double). Every run makes
# its design anew. The JSON lines on stdout are described in ../stopwatch.py.
suppressPackageStartupMessages(library(survey))
argument <- commandArgs(TRUE)
folder <- argument[1]
work <- argument[2]
repeats <- as.integer(argument[3])
limit <- as.numeric(argument[4])
columns <- strsplit(argument[5], ",")[[1]]

covariates <- c("sex", "age", "rank", "position", "educ", "motive", "pressure", "clarity", "incumbent")
modalities <- c("mod_online", "mod_field")
raked <- c("province", "sex", "age", "rank")
n_replicates <- 500

# Memory in MB as Linux tells it; elsewhere NA, which becomes null.
memory <- function(what) {
  if (!file.exists("/proc/self/status")) return(NA)
  line <- grep(paste0("^", what, ":"), readLines(sprintf("/proc/%d/status", Sys.getpid())), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) * 1024 / 1e6
}
reset_peak <- function() {
  invisible(gc(FALSE))
  path <- sprintf("/proc/%d/clear_refs", Sys.getpid())
  if (file.exists(path)) cat("5", file = path)
}
number <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
tell <- function(...) {
  cat(sprintf(...), "\n", sep = "")
  flush(stdout())
}

read_column <- function(name) {
  path <- Sys.glob(file.path(folder, "columns", paste0(name, ".[if][0-9]")))
  stopifnot(length(path) == 1)
  kind <- sub(".*[.]", "", path)
  size <- as.integer(substring(kind, 2))
  what <- if (startsWith(kind, "f")) "double" else "integer"
  readBin(path, what, n = file.size(path) / size, size = size, endian = "little")
}
people <- as.data.frame(lapply(setNames(columns, columns), read_column))
for (name in intersect(c("province", "district", covariates), columns)) people[[name]] <- factor(people[[name]])
items <- grep("^(mod|form)_", columns, value = TRUE)

known <- read.csv(file.path(folder, "margins.csv"))
population <- lapply(raked, function(item) {
  of_item <- known[known$item == item, ]
  setNames(data.frame(factor(of_item$level), of_item$population), c(item, "Freq"))
})

design <- function() svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = people)
by <- function(domain) svyby(reformulate(items), reformulate(domain), design(), svymean)
works <- list(
  a = function() by("province"),
  b = function() by("province"),
  c = function() svyglm(reformulate(covariates, "mod_online"), design(), family = quasibinomial()),
  d = function() rake(design(), lapply(raked, reformulate), population, control = list(maxit = 100, epsilon = 1e-6)),
  e = function() {
    set.seed(1)
    replicated <- as.svrepdesign(design(), type = "subbootstrap", replicates = n_replicates)
    svyby(reformulate(items), ~province, replicated, svymean)
  },
  f = function() svychisq(~ mod_online + province, design(), statistic = "F"),
  g = function() by("district"),
  s = function() by("province")
)
sums <- function(x) c(sum(coef(x)), sum(SE(x)))
answers <- list(
  a = sums, b = sums, c = sums, g = sums, s = sums,
  d = function(x) coef(svymean(~mod_online, x)),
  e = function(x) sum(coef(x)),
  f = function(x) x$statistic
)

reset_peak()
loaded <- memory("VmHWM")
tell('{"version": "%s", "load_ms": %.1f}', packageVersion("survey"), 1e3 * proc.time()[[3]])
timed <- function(f, base) {
  for (run in 0:repeats) {
    invisible(gc(FALSE))
    tell('{"base": %s, "begun": %.6f}', base, as.numeric(Sys.time()))
    start <- proc.time()[[3]]
    result <- f()
    end <- proc.time()[[3]]
    tell(
      '{"base": %s, "run": %d, "ms": %.3f, "peak_mb": %s}',
      base, run, 1e3 * (end - start), number(memory("VmHWM") - loaded)
    )
    if (end + (end - start) > limit) break
  }
  result
}
if (work == "g") invisible(timed(works$a, "true"))
answer <- answers[[work]](timed(works[[work]], "false"))
tell('{"answer": [%s]}', paste(number(unname(answer)), collapse = ", "))
