"""Collapsed strata: a stratum with a single PSU is joined to a neighbour, so that a variance can be told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netralstat.design.stages import Stage

Codes = NDArray[np.int64]


def collapsed(stage: Stage) -> tuple[Stage, int]:
    """The first stage with every lonely stratum joined to its neighbour, and how many strata were joined.

    A stratum is lonely with one PSU in the sample and more in the population. Its neighbour is the stratum
    beside it in the order of the strata's columns, of two the one that agrees in more of the leading
    columns, and of equals the later one: a choice that does not look at the answers. PSUs and population
    counts of joined strata add up.

    Formula      V_g = (1 - f_g) n_g/(n_g - 1) Σ_hi (u_hi - ū_g)(u_hi - ū_g)' over the strata h of group g
    Source       Rust & Kalton (1987), Hansen, Hurwitz & Madow (1953). It overstates V where joined strata
                 differ in their means.
    """
    alone = (stage.n == 1) & (stage.fpc > stage.n)
    if not alone.any() or stage.n_groups == 1:
        return stage, 0
    levels = np.stack([key.codes[stage.example] for key in stage.labels], axis=1)
    joined = np.arange(stage.n_groups)
    for h in np.flatnonzero(alone):
        neighbours = [i for i in (h + 1, h - 1) if 0 <= i < stage.n_groups]
        best = max(neighbours, key=lambda i, h=h: _agreement(levels[h], levels[i]))  # type: ignore[misc]
        low, high = sorted((joined[h], joined[best]))
        joined[joined == high] = low
    kept, group = np.unique(joined, return_inverse=True)
    group = group.reshape(-1).astype(np.int64)
    return (
        Stage(
            unit=stage.unit,
            group=group[stage.group],
            n=np.bincount(group, weights=stage.n).astype(float),
            fpc=np.bincount(group, weights=stage.fpc).astype(float),
            labels=stage.labels,
            example=stage.example[kept],
        ),
        stage.n_groups - len(kept),
    )


def _agreement(one: Codes, other: Codes) -> int:
    """How many leading columns two strata share."""
    differs = np.flatnonzero(one != other)
    return int(differs[0]) if len(differs) else len(one)
