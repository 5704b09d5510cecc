# What every golden script shares: collect cases, write them as JSON with full precision, write tables as CSV.
#
#   case(name, call, value = ..., rtol = 1e-8)    one call to R `survey` and what it returned
#   write_cases(id, about, data, packages)        <id>.json beside the scripts, a case a line
#   write_table(frame, file)                      a CSV whose doubles carry 17 digits; a dot in a name becomes "_"
#
# The numbers in this folder were made with R 4.2.2 and survey 4.5. Older versions lack the Wilson interval, the
# Bell-McCaffrey standard errors and some degrees of freedom, so they are refused. `Rscript <script> --try <folder>`
# runs with any version and writes into <folder>, to look at and not to keep.

suppressPackageStartupMessages({
  library(jsonlite)
  library(survey)
})
options(digits = 17, warn = 1, stringsAsFactors = FALSE)

arguments <- commandArgs(trailingOnly = TRUE)
trying <- length(arguments) == 2 && arguments[1] == "--try"
out <- if (trying) arguments[2] else "."

need_survey <- function(version = "4.5") {
  found <- packageVersion("survey")
  if (!trying && found < version) {
    stop(sprintf("these numbers need survey %s or newer; this machine has %s.\n  Do: install.packages(\"survey\")", version, found), call. = FALSE)
  }
}

cases <- list()

# R objects as JSON: names stay, a matrix becomes {rows, cols, values}, NA becomes null.
as_json <- function(x) {
  if (inherits(x, "Matrix")) x <- as.matrix(x)
  if (is.matrix(x)) return(list(rows = rownames(x), cols = colnames(x), values = unname(x)))
  if (is.data.frame(x)) return(lapply(as.list(x), function(column) if (is.factor(column)) as.character(column) else unname(column)))
  if (is.factor(x)) return(as.character(x))
  if (is.atomic(x) && !is.null(names(x))) return(as.list(x))
  if (is.atomic(x)) return(as.vector(x))
  if (is.list(x)) return(lapply(x, as_json))
  x
}

case <- function(name, call, ..., rtol = 1e-8, note = NULL) {
  entry <- c(list(name = name, call = call, rtol = rtol), if (!is.null(note)) list(note = note), list(expect = lapply(list(...), as_json)))
  cases[[length(cases) + 1]] <<- entry
  invisible(NULL)
}

# A call that this version of survey cannot do leaves no case, and says so.
case_if_possible <- function(name, expression) {
  tryCatch(expression, error = function(e) message("no case ", name, ": ", conditionMessage(e)))
}

version_of <- function(package) list(package = package, version = as.character(packageVersion(package)))

# `data` is a named list of list(file, origin, licence); the hash of each file is added here.
write_cases <- function(id, about, data, packages = "survey", seed = NULL, margins = NULL) {
  data <- lapply(data, function(d) {
    written <- file.path(out, d$file)
    c(d, list(sha256 = digest::digest(file = if (file.exists(written)) written else d$file, algo = "sha256")))
  })
  r <- list(package = "R", version = paste(R.version$major, R.version$minor, sep = "."))
  head <- list(id = id, about = about, made_with = c(list(r), lapply(packages, version_of)), seed = seed, data = data, margins = margins)
  json <- function(x) as.character(toJSON(x, digits = NA, auto_unbox = TRUE, na = "null", null = "null"))
  file <- file.path(out, paste0(id, ".json"))
  head <- sub("}$", "", json(head[!vapply(head, is.null, TRUE)]))
  writeLines(c(paste0(head, ',"cases":['), paste0(vapply(cases, json, ""), c(rep(",", length(cases) - 1), "")), "]}"), file)
  message(file, ": ", length(cases), " cases")
  cases <<- list()
}

write_table <- function(frame, file) {
  text <- vapply(frame, function(column) is.factor(column) || is.character(column), TRUE)
  frame[] <- lapply(frame, function(column) {
    if (is.factor(column)) return(as.character(column))
    if (is.double(column)) return(ifelse(is.na(column), NA, sub("^ +", "", formatC(column, digits = 17, format = "g"))))
    column
  })
  names(frame) <- gsub(".", "_", names(frame), fixed = TRUE)
  write.csv(frame, file.path(out, file), row.names = FALSE, na = "", quote = which(text))
}
