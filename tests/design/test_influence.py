"""Influence by domain adds up to the same outer products as the matrix with all its columns."""

from __future__ import annotations

import numpy as np
import pytest

from netralstat.design.influence import Part, dense, gram, of_units, scaled, summed, totals


def random_parts(n: int, sizes: tuple[int, ...], m: int, seed: int) -> list[Part]:
    draw = np.random.default_rng(seed)
    parts = [
        Part(values=draw.normal(size=(n, m)), domain=draw.integers(-1, size, n), n_domains=size)
        for size in sizes
    ]
    return [*parts, dense(draw.normal(size=(n, 2)))]


def columns(parts: list[Part]) -> np.ndarray:
    """Every column written out, statistic by statistic, domains fastest."""
    blocks = []
    for part in parts:
        full = np.zeros((len(part.domain), part.values.shape[1], part.n_domains))
        for i, d in enumerate(part.domain):
            if d >= 0:
                full[i, :, d] = part.values[i]
        blocks.append(full.reshape(len(part.domain), -1))
    return np.hstack(blocks)


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize(
    ("sizes", "m"), [((4,), 3), ((3, 5), 2), ((300,), 1)], ids=["one partition", "two", "many domains"]
)
def test_gram_is_the_product_of_all_columns(sizes: tuple[int, ...], m: int, nested: bool) -> None:
    parts = random_parts(400, sizes, m, seed=1)
    unit = np.random.default_rng(2).integers(0, 50, 400)
    if nested:  # each unit lies in one domain of each part
        parts = [
            Part(values=p.values, domain=unit % p.n_domains, n_domains=p.n_domains) if i < len(sizes) else p
            for i, p in enumerate(parts)
        ]
    by_unit = np.zeros((50, sum(p.n_columns for p in parts)))
    np.add.at(by_unit, unit, columns(parts))
    rows, factor = summed(parts, unit, 50), np.random.default_rng(3).uniform(0.5, 2, 50)
    np.testing.assert_allclose(gram(rows), by_unit.T @ by_unit, 1e-10, 1e-10)
    np.testing.assert_allclose(totals(rows), by_unit.sum(axis=0), 1e-10, 1e-10)
    np.testing.assert_allclose(of_units(rows, np.array([7, 3])), by_unit[[7, 3]], 1e-10, 1e-12)
    weighted = by_unit * factor[:, None]
    np.testing.assert_allclose(gram(scaled(rows, factor)), weighted.T @ weighted, 1e-10, 1e-10)


@pytest.mark.long
def test_sparse_columns_and_units_beyond_a_table() -> None:
    """Few entries in many columns make a sparse product; many units by many domains are sorted."""
    n = 3_000
    draw = np.random.default_rng(4)
    part = Part(values=draw.normal(size=(n, 1)), domain=draw.integers(0, 2_500, n), n_domains=2_500)
    unit = draw.integers(0, 2_000, n)
    by_unit = np.zeros((2_000, 2_500))
    np.add.at(by_unit, (unit, part.domain), part.values[:, 0])
    np.testing.assert_allclose(gram(summed([part], unit, 2_000)), by_unit.T @ by_unit, 1e-10, 1e-10)
