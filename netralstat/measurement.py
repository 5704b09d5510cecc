"""Measurement: whether items belong together as a scale. Methods arrange, nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netralstat.explain.scales.factor_model import FactorModel, Information, factor_model
from netralstat.explain.scales.factor_structure import Scaling
from netralstat.explain.scales.invariance import Invariance, invariance
from netralstat.explain.scales.item_moments import Errors
from netralstat.explain.scales.marker import MarkerCheck, Which, marker_check
from netralstat.explain.scales.one_factor import OneFactorCheck, one_factor_check
from netralstat.explain.scales.reliability import Reliability, reliability
from netralstat.sample import Sample


class Measurement(Sample):
    """A sample of which is asked how well its scales measure."""

    __slots__ = ()

    def reliability(self, items: Sequence[str], *, level: float = 0.95) -> Reliability:
        """Alpha, omega, item-rest correlations and a verdict on items that point the same way, weighted.

        Intervals are linearised, or from each replicate's covariance where the survey has replicates.
        """
        return self.reliabilities({"scale": items}, level=level)["scale"]

    def reliabilities(
        self, scales: Mapping[str, Sequence[str]], *, level: float = 0.95
    ) -> dict[str, Reliability]:
        """The reliability of several scales, name -> items, from one pass over the rows."""
        return reliability(self._table, self.design, scales, level=level, calibration=self.calibration)

    def factor_model(
        self,
        scales: Mapping[str, Sequence[str]],
        *,
        ordinal: bool = False,
        scaling: Scaling = "marker",
        errors: Errors = "design",
        information: Information = "observed",
        level: float = 0.95,
    ) -> FactorModel:
        """Whether items measure the factors they were written for: loadings, fit, reliability, a verdict.

        Maximum likelihood on weighted covariances, with `ordinal` least squares on polychoric correlations;
        χ² and standard errors are scaled to the design.

        Example: ``s.factor_model({"career": ["career_1", "career_2", "career_3"], "pressure": [...]})``.
        """
        return factor_model(
            self._table,
            self.design,
            scales,
            ordinal=ordinal,
            scaling=scaling,
            errors=errors,
            information=information,
            level=level,
            calibration=self.calibration,
        )

    def invariance(
        self,
        scales: Mapping[str, Sequence[str]],
        by: str,
        *,
        errors: Errors = "design",
        level: float = 0.95,
    ) -> Invariance:
        """Whether groups read the items of scales alike, so that their means may be compared.

        Example: ``s.invariance({"career": ["career_1", "career_2", "career_3"]}, by="island").verdict``.
        """
        return invariance(
            self._table,
            self.design,
            scales,
            by,
            errors=errors,
            level=level,
            calibration=self.calibration,
        )

    def one_factor_check(self, items: Sequence[str]) -> OneFactorCheck:
        """What a single factor holds of items (Harman's test), with KMO and Bartlett's test, weighted."""
        return one_factor_check(self._table, self.design.linearised, items, calibration=self.calibration)

    def marker_check(
        self,
        items: Sequence[str],
        marker: str,
        *,
        which: Which = "second_smallest",
        level: float = 0.95,
    ) -> MarkerCheck:
        """Correlations of items, or of scale scores, without what they share with a marker of the method.

        Example: ``s.marker_check(["pressure_scale", "motive_scale"], marker="likes_colour")``.
        """
        return marker_check(
            self._table,
            self.design,
            items,
            marker,
            which=which,
            level=level,
            calibration=self.calibration,
        )
