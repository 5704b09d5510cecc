"""The sampling designs of the goldens, as R's scripts declare them."""

from __future__ import annotations

from functools import cache

import pandas as pd
from golden.goldens import data

from netralstat import Survey

ONE_STAGE = ("dstrat", "dstrat_nofpc", "dclus1", "dclus1_nofpc", "dsrs")
TWO_STAGES = ("dclus2", "dclus2_wr")
DESIGNS = (*ONE_STAGE, *TWO_STAGES)


@cache
def survey(name: str) -> Survey:
    """One of R's designs on the api records, with the 0/1 columns that its calls make on the way."""
    if name in TWO_STAGES:
        frame = with_indicators(data("apiclus2"))
        if name == "dclus2":
            return Survey(frame, psu="dnum", ssu="snum", fpc=("fpc1", "fpc2"))
        return Survey(frame, weight="pw", psu="dnum")
    frames = {"dstrat": "apistrat", "dclus1": "apiclus1", "dsrs": "apisrs"}
    frame = with_indicators(data(frames[name.removesuffix("_nofpc")]))
    fpc = None if name.endswith("_nofpc") else "fpc"
    if name.startswith("dstrat"):
        return Survey(frame, weight="pw", stratum="stype", fpc=fpc)
    if name.startswith("dclus1"):
        return Survey(frame, weight="pw", psu="dnum", fpc=fpc)
    return Survey(frame, fpc=fpc)


def with_indicators(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the outcomes of R's calls: awards == "Yes", api00 < 450, sch.wide == "Yes"."""
    return frame.assign(
        known=frame["enroll"].notna().astype(int),
        award=(frame["awards"] == "Yes").astype(int),
        rare=(frame["api00"] < 450).astype(int),
        wide=(frame["sch_wide"] == "Yes").astype(int),
    )
