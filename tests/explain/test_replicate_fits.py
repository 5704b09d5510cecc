"""Models fitted again in every replicate equal those that statsmodels fits from the start."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from netralstat.errors import EstimationError
from netralstat.explain.replicate_fits import refit

FAMILIES = {
    "logit": families.Binomial(),
    "linear": families.Gaussian(),
    "poisson": families.Poisson(),
}


def sample(family: str, m: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    x = np.column_stack([np.ones(m), rng.normal(size=m), rng.integers(0, 2, m)])
    eta = x @ [-0.3, 0.8, 0.5]
    y = {
        "logit": lambda: (rng.random(m) < 1 / (1 + np.exp(-eta))).astype(float),
        "linear": lambda: eta + rng.normal(size=m),
        "poisson": lambda: rng.poisson(np.exp(eta)).astype(float),
    }[family]()
    weights = rng.uniform(1, 5, m) * rng.multinomial(m, np.full(m, 1 / m), 30)
    return x, y, weights


def fitted(x: np.ndarray, y: np.ndarray, w: np.ndarray, family: str) -> np.ndarray:
    return GLM(y, x, family=FAMILIES[family], var_weights=w).fit(tol=1e-14, maxiter=200).params


@pytest.mark.parametrize("family", FAMILIES)
def test_each_replicate_is_the_fit_with_its_weights(family: str) -> None:
    x, y, weights = sample(family)
    beta = fitted(x, y, np.ones(len(y)), family)
    found = refit(x, y, lambda start, stop: weights[start:stop], 30, beta, family, "y ~ x + z")
    expected = [fitted(x, y, w, family) for w in weights]
    np.testing.assert_allclose(found, expected, 1e-8, 1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_where_it_starts_does_not_matter(family: str) -> None:
    # So far off, the second derivative at the start does not serve, and replicates are fitted anew.
    x, y, weights = sample(family)
    beta = fitted(x, y, np.ones(len(y)), family)
    near, far = (
        refit(x, y, lambda start, stop: weights[start:stop], 30, at, family, "y ~ x + z")
        for at in (beta, beta + 1.0)
    )
    np.testing.assert_allclose(far, near, 1e-8, 1e-9)


def test_blocks_of_replicates_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, weights = sample("logit")
    whole, parts = (
        refit(x, y, lambda start, stop: weights[start:stop], 30, np.zeros(3), "logit", "y ~ x + z")
        for _ in (0, monkeypatch.setattr("netralstat.explain.replicate_fits.BLOCK_BYTES", 8 * 200 * 7))
    )
    np.testing.assert_allclose(parts, whole, 1e-12)


def test_a_replicate_without_a_level_is_refused() -> None:
    x, y, weights = sample("logit")
    weights[[4, 9]] *= 1 - x[:, 2]
    with pytest.raises(EstimationError) as told:
        refit(x, y, lambda start, stop: weights[start:stop], 30, np.zeros(3), "logit", "y ~ x + z")
    assert told.value.fact == "2 of 30 replicates do not determine every coefficient"
    assert told.value.where == "y ~ x + z"
    assert "merge levels" in str(told.value.do)


def test_a_replicate_with_a_separated_outcome_is_refused() -> None:
    x, y, weights = sample("logit")
    weights[7] *= y == (x[:, 2] > 0)
    with pytest.raises(EstimationError, match="the outcome is separated in 1 of 30 replicates"):
        refit(x, y, lambda start, stop: weights[start:stop], 30, np.zeros(3), "logit", "y ~ x + z")
