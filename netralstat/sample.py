"""Sample: respondents, how they were drawn, and the weights that say whom each of them stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from netralstat.design.calibration.calibration import (
    Calibration,
    Compatibility,
    calibrate,
    trim_weights,
    weighting_design,
)
from netralstat.design.calibration.distances import Bounds, Method
from netralstat.design.calibration.margins import Margin, Targets, margin_columns, margins_given
from netralstat.design.cells import compress
from netralstat.design.design import Design, LonelyPsu, column_names
from netralstat.design.replicates.columns import checked_columns
from netralstat.design.replicates.plan import Kind, ReplicatePlan
from netralstat.design.weights import WeightSummary, summarise_weights
from netralstat.errors import CalibrationError, UsageError
from netralstat.frames import open_table, snapshot
from netralstat.frames.derived import with_any

Names = str | Sequence[str]


class Sample:
    """Respondents together with the way they were sampled, and with their weights.

    Methods give the same respondents with other weights or replicates; what is asked of them is `Survey`.
    """

    __slots__ = ("_table", "calibration", "design", "frame")

    def __init__(
        self,
        frame: Any,
        weight: str | None = None,
        stratum: Names | None = None,
        psu: Names | None = None,
        fpc: Names | None = None,
        lonely_psu: LonelyPsu = "error",
        *,
        ssu: Names | None = None,
        adjust_domain_lonely: bool = False,
        calibration: Calibration | None = None,
    ) -> None:
        self.frame = snapshot(frame)
        self._table = open_table(self.frame)
        self.design = Design(
            weight=weight,
            stratum=column_names(stratum),
            psu=column_names(psu),
            ssu=column_names(ssu),
            fpc=column_names(fpc),
            lonely_psu=lonely_psu,
            adjust_domain_lonely=adjust_domain_lonely,
        )
        self.calibration = calibration

    def any_of(self, name: str, columns: Sequence[str]) -> Self:
        """The survey with one more 0/1 item: any of `columns`, such as choices of a select_multiple.

        Who chose one is counted, whatever else is missing; who chose none and misses one is missing.

        Raises
        ------
        UsageError
            No column is named, or there is a column `name` already.
        EstimationError
            A column holds more than 0 and 1.
        """
        return self.with_frame(with_any(self.frame, name, columns))

    def with_frame(self, frame: Any) -> Self:
        """The same respondents in another frame, which has the columns of the design and more."""
        other = self._with()
        other.frame = snapshot(frame)
        other._table = open_table(other.frame)
        return other

    def calibrate(
        self,
        margins: Mapping[Any, Targets] | Sequence[Margin],
        method: Method = "raking",
        *,
        bounds: Bounds | None = None,
        tolerance: float = 1e-10,
        equal_within_psu: bool = False,
        compat: Compatibility | None = None,
    ) -> Self:
        """The same respondents with weights that reach known population figures.

        Parameters
        ----------
        margins : item (or tuple of items) -> population count of each level (tuple of levels), numeric item
            -> its population total, or a list of `Margin`, which may also give totals within levels.
        method : "raking" | "linear" | "logit" | "poststratification".
        bounds : smallest and largest ratio of calibrated to design weight; "logit" needs them.
        tolerance : largest relative gap left at any target; `calibration.to_frame()` has the gaps.
        equal_within_psu : respondents of a PSU keep equal weights equal.
        compat : "R-rake" for the standard errors of R's `rake`.
        """
        done = self.calibration
        if done is not None and done.method != "none":
            raise CalibrationError(
                "the survey is calibrated already",
                where="calibrate",
                do="name all margins in one call on the uncalibrated survey",
            )
        given = margins_given(margins)
        design = weighting_design(self.design, equal_within_psu=equal_within_psu)
        keys = [*margin_columns(given), *(done.items if done is not None else ())]
        solved = calibrate(
            compress(self._table, design, keys=keys),
            given,
            method=method,
            bounds=bounds,
            tolerance=tolerance,
            equal_within_psu=equal_within_psu,
            compat=compat,
            trimmed=done,
        )
        return self._with(calibration=solved)

    def trim(self, lower: float | None = None, upper: float | None = None, *, strict: bool = False) -> Self:
        """The same respondents with weights cut to bounds, and what is cut shared out among the others.

        Parameters
        ----------
        lower, upper : smallest and largest weight, in persons; `calibration.after` has what was cut.
        strict : also cut those whom a share lifts over a bound, until nobody is outside.
        """
        done = self.calibration
        design = weighting_design(self.design, equal_within_psu=done is not None and done.equal_within_psu)
        own = [design.weight] if design.weight is not None else []
        cells = compress(self._table, design, keys=[*(done.items if done is not None else ()), *own])
        return self._with(calibration=trim_weights(cells, done, lower=lower, upper=upper, strict=strict))

    def replicates(
        self,
        kind: Kind,
        *,
        n: int | None = None,
        seed: int | None = None,
        rho: float | None = None,
        mse: bool = False,
        columns: Names | None = None,
        combined: bool = True,
        scale: float | None = None,
        rscales: Sequence[float] | None = None,
        df: int | None = None,
    ) -> Self:
        """The same respondents with standard errors from replicates; a calibrated survey calibrates each.

        Parameters
        ----------
        kind : made here from the design: "JK1", "JKn", "bootstrap", "multistage", "BRR" or "Fay"; read from
            `columns`: "JK1", "JKn", "bootstrap", "BRR", "Fay", "ACS", "JK2" or "given".
        n, seed : replicates of a bootstrap (500), and what its draws start from. Of `columns`, n is how many
            there must be.
        rho : Fay's, in [0, 1). mse : squares about the full sample's estimate, not the replicates' mean.
        columns : replicate weights that a data producer gives. They carry the design in themselves: stratum,
            psu and fpc of the survey are no longer read.
        combined : the columns are weights; False for factors that multiply the weight.
        scale, rscales, df : of `columns`, as the producer says; df is their rank minus 1 if it is not told.
        """
        if self.design.replicates is not None:
            raise UsageError(
                f"the survey has {self.design.replicates.kind} replicates already",
                where="replicates",
                do="ask for others from the survey that has none",
            )
        plan = ReplicatePlan(
            kind=kind,
            n=n,
            seed=seed,
            rho=rho,
            mse=mse,
            columns=column_names(columns),
            combined=combined,
            scale=scale,
            rscales=None if rscales is None else tuple(rscales),
            df=df,
        )
        if not plan.columns:
            return self._with(design=replace(self.design, replicates=plan))
        plan = checked_columns(self._table, plan, self.design.weight)
        return self._with(design=Design(weight=self.design.weight, replicates=plan))

    def weights(self) -> WeightSummary:
        """Kish's design effect and the extremes of the (calibrated) weights."""
        margins = self.calibration.items if self.calibration is not None else ()
        own = [self.design.weight] if self.design.weight else []
        cells = compress(self._table, self.design.linearised, keys=[*margins, *own], squares=True)
        g = self.calibration.at(cells).g if self.calibration is not None else 1.0
        assert cells.w2_sum is not None
        return summarise_weights(cells.n, cells.w_sum * g, cells.w2_sum * g**2)

    def __repr__(self) -> str:
        design = self.design
        parts = {
            "weight": design.weight,
            "stratum": " × ".join(design.stratum),
            "psu": " × ".join(design.psu),
            "ssu": " × ".join(design.ssu),
            "fpc": " × ".join(design.fpc),
            "calibration": self.calibration.method if self.calibration is not None else None,
            "replicates": design.replicates,
        }
        told = ", ".join(f"{name}={value}" for name, value in parts.items() if value)
        return (
            f"{type(self).__name__}({told or 'every respondent counts once'}, lonely_psu={design.lonely_psu})"
        )

    def _with(self, *, calibration: Calibration | None = None, design: Design | None = None) -> Self:
        """The same respondents, calibrated or replicated otherwise."""
        other = object.__new__(type(self))
        other.frame, other._table = self.frame, self._table
        other.design = self.design if design is None else design
        other.calibration = self.calibration if calibration is None else calibration
        return other


def items_of(items: Names) -> list[str]:
    """The names given, each once; a UsageError if there is none."""
    named = list(dict.fromkeys(column_names(items)))
    if not named:
        raise UsageError("no item was named", where="items", do="name at least one column of the data")
    return named
