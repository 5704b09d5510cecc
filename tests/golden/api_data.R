# The `api` records as CSV: California's public schools, Academic Performance Index 2000.
#
# Origin   R package survey, data(api); California Department of Education. Public administrative records.
# Made by  R 4.2.2, survey 4.1-1 (Debian r-cran-survey; the records are the same in 4.5). No seed.
#
# Only the columns that the goldens and the second wave use are kept: the PSU numbers where they are the design, no
# names of schools, districts or counties and no school codes. A dot in a column name becomes "_": sch.wide -> sch_wide.

source("golden.R")
data(api)

kept <- c(
  "stype", "api00", "api99", "sch.wide", "comp.imp", "both", "awards", "meals", "ell", "mobility",
  "not.hsg", "avg.ed", "enroll", "api.stu", "pw"
)

write_table(apistrat[c(kept, "fpc")], "data/apistrat.csv")
write_table(apiclus1[c("dnum", kept, "fpc")], "data/apiclus1.csv")
write_table(apiclus2[c("dnum", "snum", kept, "fpc1", "fpc2")], "data/apiclus2.csv")
write_table(apisrs[c(kept, "fpc")], "data/apisrs.csv")

# The second wave: a questionnaire's columns, with a row number of our own (tests/waves/README.md).
asked <- c(
  "stype", "api00", "api99", "sch.wide", "comp.imp", "both", "awards", "meals", "ell", "mobility", "enroll", "pw", "fpc"
)
if (!trying) {
  write_table(data.frame(school = seq_len(nrow(apistrat)), apistrat[asked]), "../waves/api/data/apistrat.csv")
  write_table(data.frame(school = seq_len(nrow(apiclus1)), dnum = apiclus1$dnum, apiclus1[asked]), "../waves/api-clusters/data/apiclus1.csv")
}
