"""How often 95 % intervals of a province's prevalence hold the truth, and how wide they are.

    .venv/bin/python benchmarks/coverage.py [--repeat 1000] [--seed 2024]

38 provinces of about 60 respondents in 2, 3, 5 or 20 PSUs each. The share of a PSU is drawn from a beta
distribution about the province's share, which gives each province a design effect: 2 everywhere, or 1 to 4
(as far as PSUs of a few persons allow), evenly on the log scale. Estimates, standard errors and n go through
the package's own interval functions. Tables go to stdout: coverage in percent and mean width, by method.

"moderated" is no method of the package: Wilson's interval with the design effect of the province and the
pooled one averaged by degrees of freedom, as if the pooled one had eight (Smyth 2004, with a fixed prior),
and t with as many and the province's own. It is here because a rule that lets design effects differ ought to
be compared.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from netralstat.estimate.intervals import Bounds, Interval, design_effects, pooled, proportion_interval

Floats = NDArray[np.float64]

PROVINCES, RESPONDENTS = 38, 60
PSUS = (2, 3, 5, 20)
SHARES = (0.05, 0.2, 0.5)
DEFFS: dict[str, Floats] = {
    "equal": np.full(PROVINCES, 2.0),
    "1 to 4": np.exp(np.linspace(0.0, np.log(4.0), PROVINCES)),
}
MOST_CORRELATED = 0.9  # of a PSU's persons, where few of them would need more for the design effect
PRIOR_DF = 8.0


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Provinces of `repeat` samples, flattened to shape (repeat × provinces,); `truth` is their share."""

    truth: Floats
    p: Floats
    std_error: Floats
    n: Floats
    domain_df: Floats
    design_df: Floats
    table: NDArray[np.int64]

    @property
    def srs_variance(self) -> Floats:
        """Variance that simple random sampling would give."""
        return self.p * (1 - self.p) / self.n


def draw(rng: np.random.Generator, repeat: int, n_psu: int, share: float, deff: Floats) -> Sample:
    """Sample every province `repeat` times; the variance is the linearised one of a ratio."""
    shape = (repeat, PROVINCES, n_psu)
    truth = np.broadcast_to(
        special.expit(special.logit(share) + 0.15 * np.linspace(-1.5, 1.5, PROVINCES)), shape[:2]
    )
    truth = rng.permuted(truth, axis=1)
    size = np.maximum(2, rng.poisson(RESPONDENTS / n_psu, shape))
    rho = np.clip((deff - 1) / (RESPONDENTS / n_psu - 1), 1e-9, MOST_CORRELATED)[:, None]
    persons = (1 - rho) / rho
    of_psu = rng.beta(truth[..., None] * persons, (1 - truth[..., None]) * persons, shape)
    yes = rng.binomial(size, of_psu)
    n = size.sum(axis=2)
    p = yes.sum(axis=2) / n
    residual = (yes - size * p[..., None]) / n[..., None]
    variance = n_psu / (n_psu - 1) * (residual**2).sum(axis=2)
    k = p.size
    return Sample(
        truth=truth.ravel(),
        p=p.ravel(),
        std_error=np.sqrt(variance).ravel(),
        n=n.ravel().astype(float),
        domain_df=np.full(k, n_psu - 1.0),
        design_df=np.full(k, PROVINCES * (n_psu - 1.0)),
        table=np.repeat(np.arange(repeat), PROVINCES),
    )


def method(name: Interval, df: str) -> Callable[[Sample], Bounds]:
    """A method of the package on the degrees of freedom of the domain or of the design."""
    return lambda s: proportion_interval(
        s.p, s.std_error, s.n, getattr(s, f"{df}_df"), method=name, group=s.table
    )


def moderated(s: Sample) -> Bounds:
    """Design effects drawn towards the pooled one, which alone counts at 0 and 1."""
    common = pooled(s.p, s.std_error, s.n, s.design_df, s.table)
    own = design_effects(s.std_error**2, s.srs_variance, np.full(len(s.p), -1))
    known = np.where(np.isnan(own), 0.0, s.domain_df)
    deff = (PRIOR_DF * common.deff + known * np.nan_to_num(own)) / (PRIOR_DF + known)
    drawn = pooled(s.p, np.sqrt(deff * s.srs_variance), s.n, PRIOR_DF + s.domain_df, np.full(len(s.p), -1))
    return Bounds(
        low=np.where(common.boundary, common.low, drawn.low),
        high=np.where(common.boundary, common.high, drawn.high),
        boundary=common.boundary,
    )


METHODS: dict[str, Callable[[Sample], Bounds]] = {
    "wald": method("wald", "design"),
    "logit": method("logit", "design"),
    "logit, domain df": method("logit", "domain"),
    "beta": method("beta", "design"),
    "beta, domain df": method("beta", "domain"),
    "wilson": method("wilson", "design"),
    "wilson, domain df": method("wilson", "domain"),
    "likelihood": method("likelihood", "design"),
    "pooled": method("pooled", "design"),
    "moderated": moderated,
}


def measured(s: Sample, bounds: Bounds, high_deff: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Coverage of all provinces, of those with the highest design effects, and mean width."""
    held = (bounds.low <= s.truth) & (s.truth <= bounds.high)
    width = np.clip(bounds.high, 0, 1) - np.clip(bounds.low, 0, 1)
    most = np.tile(high_deff, len(s.p) // PROVINCES)
    return float(held.mean()), float(held[most].mean()), float(width.mean())


def summarise(found: dict[str, list[tuple[float, float, float]]]) -> None:
    """Print each method's lowest and highest coverage by number of PSUs, as docs/methods.md has them."""
    of_psus = np.tile(np.repeat(PSUS, len(SHARES)), len(DEFFS))
    uneven = np.arange(len(of_psus)) >= len(of_psus) - len(PSUS) * len(SHARES)
    heads = [*(f"{n_psu} PSUs" for n_psu in PSUS), "lowest, high deff", "width"]
    print(f"\n| method | {' | '.join(heads)} |")
    print("|" + " --- |" * (1 + len(heads)))
    for name, rows in found.items():
        coverage, high_deff, width = (np.array(column) for column in zip(*rows, strict=True))
        cells = []
        for n_psu in PSUS:
            here = 100 * coverage[of_psus == n_psu]
            cells.append(f"{here.min():.0f}–{here.max():.0f}")
        print(f"| {name} | {' | '.join(cells)} | {100 * high_deff[uneven].min():.0f} | {width.mean():.3f} |")


def main() -> None:
    """Print a table for each pattern of design effects, and the range of each method's coverage."""
    parser = argparse.ArgumentParser(description="Coverage and width of intervals for provinces.")
    parser.add_argument("--repeat", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2024)
    arguments = parser.parse_args()
    start = time.perf_counter()
    rng = np.random.default_rng(arguments.seed)
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in METHODS}
    for pattern, deff in DEFFS.items():
        highest = deff >= np.quantile(deff, 0.75)
        print(f"\nDesign effects {pattern}: coverage %, mean width\n")
        print(f"| PSUs | share | deff | {' | '.join(METHODS)} |")
        print("|" + " --- |" * (3 + len(METHODS)))
        for n_psu in PSUS:
            for share in SHARES:
                sample = draw(rng, arguments.repeat, n_psu, share, deff)
                pooled_deff = float((sample.std_error**2).sum() / sample.srs_variance.sum())
                cells = []
                for name, of in METHODS.items():
                    found[name].append(measured(sample, of(sample), highest))
                    cells.append(f"{100 * found[name][-1][0]:.1f} {found[name][-1][2]:.3f}")
                print(f"| {n_psu} | {share} | {pooled_deff:.2f} | {' | '.join(cells)} |", flush=True)
    summarise(found)
    took = time.perf_counter() - start
    print(f"\n{arguments.repeat} samples a setting, seed {arguments.seed}: {took:.0f} s")


if __name__ == "__main__":
    main()
