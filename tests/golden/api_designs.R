# The seven designs on the `api` records that the golden scripts share, and where their data come from.

data(api)

designs <- list(
  dstrat = svydesign(id = ~1, strata = ~stype, weights = ~pw, data = apistrat, fpc = ~fpc),
  dstrat_nofpc = svydesign(id = ~1, strata = ~stype, weights = ~pw, data = apistrat),
  dclus1 = svydesign(id = ~dnum, weights = ~pw, data = apiclus1, fpc = ~fpc),
  dclus1_nofpc = svydesign(id = ~dnum, weights = ~pw, data = apiclus1),
  dclus2 = svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2),
  dclus2_wr = svydesign(id = ~dnum, weights = ~pw, data = apiclus2),
  dsrs = svydesign(id = ~1, fpc = ~fpc, data = apisrs)
)

design_calls <- c(
  dstrat = "svydesign(id=~1,strata=~stype,weights=~pw,data=apistrat,fpc=~fpc)",
  dstrat_nofpc = "svydesign(id=~1,strata=~stype,weights=~pw,data=apistrat)",
  dclus1 = "svydesign(id=~dnum,weights=~pw,data=apiclus1,fpc=~fpc)",
  dclus1_nofpc = "svydesign(id=~dnum,weights=~pw,data=apiclus1)",
  dclus2 = "svydesign(id=~dnum+snum,fpc=~fpc1+fpc2,data=apiclus2)",
  dclus2_wr = "svydesign(id=~dnum,weights=~pw,data=apiclus2)",
  dsrs = "svydesign(id=~1,fpc=~fpc,data=apisrs)"
)

api_table <- function(name) {
  list(
    file = paste0("data/", name, ".csv"),
    origin = "R package survey, data(api); California Academic Performance Index 2000, California Department of Education",
    licence = "public administrative records, redistributed in survey"
  )
}
