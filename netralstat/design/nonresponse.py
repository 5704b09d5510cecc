"""Nonresponse: the weight of selected persons who did not answer goes to those who did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.response_propensity import Propensity, fit_propensity
from netralstat.design.weights import joined_names
from netralstat.errors import DesignError, UsageError, did_you_mean

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Use = Literal["classes", "inverse"]

# Fewest respondents of a class (Kalton & Flores-Cervantes 2003: 20 to 30 are usual).
FEWEST = 20
# Five classes remove over nine tenths of the bias that a propensity explains (Cochran 1968).
CLASSES = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NonresponseAdjustment:
    """Weights of the respondents after those of nonrespondents went to them.

    Parameters
    ----------
    factors, weights : of each respondent, by the index of the sample file: what multiplies the weight, and
        the product.
    classes : DataFrame, a row a class: `label`, `n_sample`, `n_responded`, `response_rate` (weighted) and
        `factor` (the mean, where it is each person's own).
    n_sample, n_responded : persons selected, and respondents among them.
    smallest, largest : extremes of the factors.
    merged : labels of classes that had too few respondents, and were merged with others.
    deff_before, deff_after : Kish's design effect of the respondents' weights.
    propensity : the model of response, where there is one.
    """

    factors: pd.Series[float]
    weights: pd.Series[float]
    classes: pd.DataFrame
    n_sample: int
    n_responded: int
    smallest: float
    largest: float
    merged: tuple[str, ...]
    deff_before: float
    deff_after: float
    propensity: Propensity | None = None


def adjust_by_cells(
    sample: pd.DataFrame,
    *,
    responded: str,
    cells: Sequence[str],
    weight: str | None = None,
    fewest: int = FEWEST,
    largest: float | None = None,
) -> NonresponseAdjustment:
    """Weights that respondents bear for the nonrespondents of their own class.

    Parameters
    ----------
    sample : one row a person selected, respondents and nonrespondents.
    responded : column of 0/1 or true/false.
    cells : columns known of everybody, whose crossing makes the classes.
    weight : column of base weights; without it everybody counts once.
    fewest : a class with fewer respondents is merged with the one whose response rate is nearest.
    largest : so is one with a larger factor.

    Raises
    ------
    DesignError
        A column is absent or has missing values, weights are negative, `responded` is not 0/1, or nobody
        responded.

    Formula      a_c = Σ_{i in c} w_i / Σ_{i in c, responded} w_i
    Source       Oh & Scheuren (1983); Kalton & Flores-Cervantes (2003); methods.md "Nonresponse".
    """
    if not cells:
        raise UsageError("no column was named", where="cells", do="name a column known of the whole sample")
    w, answered = _sample(sample, responded, weight, cells)
    _require_rule(fewest, largest)
    names = joined_names(sample, list(cells))
    code, labels = pd.factorize(names, sort=True)
    classes = _merge(_Classes.of(code, list(labels), w, answered), fewest, largest, ordered=False)
    return _adjusted(sample, w, answered, classes, classes.factor[classes.of_person], None)


def adjust_by_propensity(
    sample: pd.DataFrame,
    *,
    responded: str,
    covariates: Sequence[str],
    weight: str | None = None,
    use: Use = "classes",
    classes: int = CLASSES,
    fewest: int = FEWEST,
    largest: float | None = None,
) -> NonresponseAdjustment:
    """Weights from a model of who responds.

    Parameters
    ----------
    sample, responded, weight : as in `adjust_by_cells`.
    covariates : columns known of everybody; numbers enter as they are, other columns level by level.
    use : "classes" sorts the sample by its propensity into `classes` of about equal size and adjusts by
        these; "inverse" divides each respondent's weight by the propensity.
    fewest, largest : with "classes", neighbouring classes are merged until each has that many respondents
        and no larger factor. With "inverse" the factors are as the model makes them; see `Survey.trim`.

    Raises
    ------
    DesignError
        As in `adjust_by_cells`, or the model has no maximum, or collinear covariates.

    Formula      logit p_i = x_i'β by weighted maximum likelihood;   a_i = 1 / p_i, or that of the class
    Source       Little (1986); Rosenbaum & Rubin (1983); methods.md "Nonresponse".
    """
    if use not in ("classes", "inverse"):
        raise UsageError(
            f'use = "{use}" is not known',
            where="use",
            do=f'choose "classes" or "inverse".{did_you_mean(use, ["classes", "inverse"])}',
        )
    if classes < 2:
        raise UsageError(f"classes = {classes} is below 2", where="classes", do=f"take {CLASSES}, as usual")
    if not covariates:
        raise UsageError("no covariate was named", where="covariates", do="name a column known of everybody")
    w, answered = _sample(sample, responded, weight, covariates)
    _require_rule(fewest, largest)
    fitted = fit_propensity(sample, list(covariates), w, answered)
    if use == "inverse":
        one = _Classes.of(np.zeros(len(sample), dtype=np.int64), ["all"], w, answered)
        return _adjusted(sample, w, answered, one, 1 / fitted.propensity, fitted)
    code = _equal_classes(fitted.propensity, classes)
    labels = [f"class {k + 1}" for k in range(int(code.max()) + 1)]
    merged = _merge(_Classes.of(code, labels, w, answered), fewest, largest, ordered=True)
    return _adjusted(sample, w, answered, merged, merged.factor[merged.of_person], fitted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Classes:
    """Adjustment classes: sums over their members, (k,), and the class of each person, (n,).

    `parts` are the labels of the classes that each was merged from.
    """

    of_person: Codes
    parts: list[list[str]]
    n: Floats
    n_responded: Floats
    w: Floats
    w_responded: Floats

    @classmethod
    def of(cls, code: Codes, labels: list[str], w: Floats, answered: NDArray[np.bool_]) -> _Classes:
        def added(values: Floats) -> Floats:
            return np.bincount(code, weights=values, minlength=len(labels)).astype(float)

        return cls(
            of_person=code.astype(np.int64),
            parts=[[label] for label in labels],
            n=added(np.ones(len(w))),
            n_responded=added(answered.astype(float)),
            w=added(w),
            w_responded=added(w * answered),
        )

    @property
    def rate(self) -> Floats:
        """Weighted response rates; 0 where nobody has a weight."""
        return self.w_responded / np.where(self.w > 0, self.w, 1.0)

    @property
    def factor(self) -> Floats:
        """Weight of the sample over that of the respondents; inf where nobody responded."""
        return np.where(
            self.w_responded > 0, self.w / np.where(self.w_responded > 0, self.w_responded, 1.0), np.inf
        )

    def joined(self, i: int, j: int) -> _Classes:
        """The same with class j in class i, i < j."""

        def merged(values: Floats) -> Floats:
            found = values.copy()
            found[i] += found[j]
            return np.delete(found, j)

        place = np.arange(len(self.n))
        place[j] = i
        place[j + 1 :] -= 1
        parts = [list(part) for part in self.parts]
        parts[i] += parts.pop(j)
        return _Classes(
            of_person=place[self.of_person],
            parts=parts,
            n=merged(self.n),
            n_responded=merged(self.n_responded),
            w=merged(self.w),
            w_responded=merged(self.w_responded),
        )


def _merge(classes: _Classes, fewest: int, largest: float | None, *, ordered: bool) -> _Classes:
    """Merge the class with the fewest respondents, while it breaks a rule, with that of the nearest rate.

    `ordered` classes join a neighbour only.
    """
    limit = np.inf if largest is None else largest
    while len(classes.n) > 1:
        broken = (classes.n_responded < fewest) | (classes.factor > limit)
        if not broken.any():
            break
        i = int(np.flatnonzero(broken)[np.argmin(classes.n_responded[broken])])
        distance = np.abs(classes.rate - classes.rate[i])
        distance[i] = np.inf
        if ordered:
            distance[np.abs(np.arange(len(distance)) - i) > 1] = np.inf
        j = int(np.argmin(distance))
        classes = classes.joined(min(i, j), max(i, j))
    _require_kept(classes, fewest, limit)
    return classes


def _require_kept(classes: _Classes, fewest: int, limit: float) -> None:
    """Refuse a rule that the whole sample as one class still breaks."""
    if len(classes.n) > 1:
        return
    if classes.n_responded[0] < fewest:
        raise DesignError(
            f"{classes.n_responded[0]:,.0f} of the whole sample responded, and a class needs {fewest:,}",
            where="nonresponse, fewest",
            do="lower it, knowing that factors of small classes vary much",
        )
    if classes.factor[0] > limit:
        raise DesignError(
            f"the whole sample needs a factor of {classes.factor[0]:.3g}, above the largest of {limit:.3g}",
            where="nonresponse, largest",
            do="raise it, or trim the weights afterwards",
        )


def _equal_classes(propensity: Floats, n_classes: int) -> Codes:
    """Classes of about equal size by rank; persons of one propensity stay together."""
    _, code, count = np.unique(propensity, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2
    wanted = np.minimum(np.floor(n_classes * middle / len(propensity)), n_classes - 1)
    _, of_distinct = np.unique(wanted, return_inverse=True)
    return of_distinct.reshape(-1)[code.reshape(-1)].astype(np.int64)


def _adjusted(
    sample: pd.DataFrame,
    w: Floats,
    answered: NDArray[np.bool_],
    classes: _Classes,
    factor: Floats,
    propensity: Propensity | None,
) -> NonresponseAdjustment:
    factors = pd.Series(factor[answered], index=sample.index[answered], name="factor")
    before = w[answered]
    after = before * factor[answered]
    weights = pd.Series(after, index=factors.index, name="weight")
    own = np.bincount(classes.of_person[answered], weights=factors.to_numpy(), minlength=len(classes.n))
    table = pd.DataFrame(
        {
            "label": [" + ".join(part) for part in classes.parts],
            "n_sample": classes.n.astype(int),
            "n_responded": classes.n_responded.astype(int),
            "response_rate": classes.rate,
            "factor": own / classes.n_responded,
        }
    )
    return NonresponseAdjustment(
        factors=factors,
        weights=weights,
        classes=table,
        n_sample=len(sample),
        n_responded=int(answered.sum()),
        smallest=float(factors.min()),
        largest=float(factors.max()),
        merged=tuple(label for part in classes.parts if len(part) > 1 for label in part),
        deff_before=_deff_kish(before),
        deff_after=_deff_kish(after),
        propensity=propensity,
    )


def _deff_kish(w: Floats) -> float:
    return float(len(w) * (w @ w) / w.sum() ** 2)


def _sample(
    sample: pd.DataFrame, responded: str, weight: str | None, known: Sequence[str]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Base weights and who responded; the columns checked."""
    columns = [responded, *([weight] if weight is not None else []), *known]
    for column in columns:
        if column not in sample.columns:
            raise DesignError(
                f'there is no column "{column}" among the {len(sample.columns)} columns of the sample file',
                where="nonresponse",
                do=f"name an existing column.{did_you_mean(column, map(str, sample.columns))}",
            )
        empty = sample[column].isna().to_numpy()
        if empty.any():
            raise DesignError(
                f'{int(empty.sum()):,} rows of the sample file have no "{column}"',
                where=f"nonresponse, first at row {int(np.flatnonzero(empty)[0]) + 1}",
                do="use what is known of everybody selected, respondents and nonrespondents",
            )
    flag = pd.to_numeric(sample[responded], errors="coerce").to_numpy(dtype=float)
    strange = ~np.isin(flag, (0.0, 1.0))
    if strange.any():
        raise DesignError(
            f'{int(strange.sum()):,} values of "{responded}" are neither 0 nor 1',
            where=f"nonresponse, first at row {int(np.flatnonzero(strange)[0]) + 1}",
            do="write 1 for who responded and 0 for who did not",
        )
    w = np.ones(len(sample))
    if weight is not None:
        w = pd.to_numeric(sample[weight], errors="coerce").to_numpy(dtype=float)
        bad = ~(np.isfinite(w) & (w > 0))
        if bad.any():
            raise DesignError(
                f'{int(bad.sum()):,} weights in "{weight}" are not positive numbers',
                where=f"nonresponse, first at row {int(np.flatnonzero(bad)[0]) + 1}",
                do="correct them: everybody selected had a chance to be",
            )
    answered = flag == 1
    if not answered.any():
        raise DesignError(
            f"none of {len(sample):,} persons selected responded",
            where=f"nonresponse, column {responded}",
            do="name the column that is 1 for respondents",
        )
    return w, answered


def _require_rule(fewest: int, largest: float | None) -> None:
    if fewest < 1:
        raise UsageError(
            f"fewest = {fewest} is below 1", where="fewest", do=f"take {FEWEST}; a class needs a respondent"
        )
    if largest is not None and not largest > 1:
        raise UsageError(
            f"largest = {largest:g} is no factor that nonrespondents leave",
            where="largest",
            do="give a number above 1, such as 3",
        )
