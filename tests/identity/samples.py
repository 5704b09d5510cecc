"""Small samples of every design, and the textbook's variance written row by row: no cell, no package code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import Phase, settings
from hypothesis import strategies as st

from netralstat import Survey

KINDS = ("simple", "stratified", "clustered", "stratified clusters")

# Deterministic and small: the same samples on every machine, no database of failures.
settings.register_profile(
    "identity", max_examples=3, deadline=None, derandomize=True, database=None, phases=[Phase.generate]
)
PROFILE = settings.get_profile("identity")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Respondents in rows and the names of the columns that tell how they were drawn."""

    frame: pd.DataFrame
    stratum: str | None
    psu: str | None
    fpc: str | None

    def survey(self, frame: pd.DataFrame | None = None) -> Survey:
        rows = self.frame if frame is None else frame
        return Survey(rows, weight="w", stratum=self.stratum, psu=self.psu, fpc=self.fpc)


def draw(kind: str, fpc: bool, missing: bool, seed: int) -> Sample:
    """Two or three strata of two to five PSUs of two to seven persons, with unequal weights."""
    rng = np.random.default_rng(seed)
    stratified, clustered = "stratified" in kind, "cluster" in kind
    rows = []
    for stratum in range(rng.integers(2, 4)):
        for psu in range(rng.integers(2, 6)):
            shift = rng.normal(0, 1)
            for _ in range(rng.integers(2, 8)):
                rows.append((stratum, psu, shift + rng.normal()))
    frame = pd.DataFrame(rows, columns=["stratum", "psu", "x"])
    n = len(frame)
    frame["cluster"] = frame["stratum"] * 100 + frame["psu"]  # numbered across strata where there are none
    frame["w"] = rng.uniform(1, 20, n)
    frame["z"] = rng.gamma(3, 2, n) + 0.5
    frame["y"] = (rng.random(n) < 1 / (1 + np.exp(-frame["x"]))).astype(float)
    frame["g"] = rng.choice(["low", "middle", "high"], n)
    frame["d"] = rng.choice(["north", "south"], n)
    frame["e"] = rng.choice(["f", "m"], n)
    frame.loc[:5, "d"] = ["north", "south"] * 3  # both domains and all levels are there, answers vary
    frame.loc[:5, "g"] = ["low", "low", "middle", "middle", "high", "high"]
    frame.loc[:5, "e"] = ["f", "m", "m", "f", "f", "m"]
    frame.loc[:5, "y"] = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0]
    if missing:
        late = np.arange(n) > 5
        for item in ("y", "z", "g"):
            frame[item] = frame[item].where(~late | (rng.random(n) > 0.15))
    unit = "cluster" if clustered else None
    by = frame["stratum"] if stratified else pd.Series(0, index=frame.index)
    sampled = frame["cluster"].groupby(by).nunique() if clustered else by.value_counts()
    frame["population"] = by.map(sampled * 1.7 + 3).round()
    return Sample(
        frame=frame,
        stratum="stratum" if stratified else None,
        psu=unit,
        fpc="population" if fpc else None,
    )


@st.composite
def samples(draw_one: st.DrawFn) -> Sample:
    kind = draw_one(st.sampled_from(KINDS))
    return draw(kind, draw_one(st.booleans()), draw_one(st.booleans()), draw_one(st.integers(0, 10_000)))


def textbook_covariance(sample: Sample, u: np.ndarray) -> np.ndarray:
    """Σ_h (1 - f_h) n_h/(n_h - 1) Σ_i (u_hi - ū_h)(u_hi - ū_h)' over rows u (n, k): Lohr (2022), ch. 9."""
    frame = sample.frame.reset_index(drop=True)
    strata = frame[sample.stratum] if sample.stratum else pd.Series(0, index=frame.index)
    units = frame[sample.psu] if sample.psu else pd.Series(frame.index, index=frame.index)
    total = np.zeros((u.shape[1], u.shape[1]))
    for stratum in strata.unique():
        inside = (strata == stratum).to_numpy()
        sums = [u[inside & (units == unit).to_numpy()].sum(axis=0) for unit in units[inside].unique()]
        n = len(sums)
        centred = np.array(sums) - np.mean(sums, axis=0)
        f = n / frame.loc[inside, sample.fpc].iloc[0] if sample.fpc else 0.0
        total += (1 - f) * n / (n - 1) * centred.T @ centred
    return total


def df_of(sample: Sample, rows: pd.DataFrame) -> int:
    """PSUs (persons without them) minus strata among these rows."""
    units = rows[sample.psu].nunique() if sample.psu else len(rows)
    return units - (rows[sample.stratum].nunique() if sample.stratum else 1)


def textbook_mean(frame: pd.DataFrame, y: pd.Series, domain: np.ndarray) -> tuple[float, np.ndarray]:
    """Weighted mean of the rows of a domain that answered, and w·z of the linearised variable z."""
    w = frame["w"].to_numpy() * domain * y.notna().to_numpy()
    value = y.fillna(0).to_numpy(dtype=float)
    mean = (w * value).sum() / w.sum()
    return mean, w * (value - mean) / w.sum()


def textbook_total(frame: pd.DataFrame, y: pd.Series, domain: np.ndarray) -> tuple[float, np.ndarray]:
    u = frame["w"].to_numpy() * domain * y.fillna(0).to_numpy(dtype=float)
    return u.sum(), u


def textbook_ratio(
    frame: pd.DataFrame, y: pd.Series, x: pd.Series, domain: np.ndarray
) -> tuple[float, np.ndarray]:
    w = frame["w"].to_numpy() * domain * (y.notna() & x.notna()).to_numpy()
    top, bottom = y.fillna(0).to_numpy(dtype=float), x.fillna(0).to_numpy(dtype=float)
    ratio = (w * top).sum() / (w * bottom).sum()
    return ratio, w * (top - ratio * bottom) / (w * bottom).sum()
