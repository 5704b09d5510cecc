"""Wave: one survey round is one folder. It walks the whole way from the instrument to the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from netralstat.ask.indicators import evaluate, scale_items
from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan, read_plan
from netralstat.ask.xlsform import read_xlsform
from netralstat.collect.register import CaseRegister, read_register
from netralstat.collect.responses import Responses, read_responses, read_unflagged
from netralstat.design.population_tables import read_counts, read_margin
from netralstat.design.weights import FPC, STRATUM, WEIGHT, base_weights
from netralstat.errors import DesignError, PlanError, ResponseError
from netralstat.survey import Survey

if TYPE_CHECKING:
    from netralstat.collect.quality.quality import Quality
    from netralstat.report.material import Material

Progress = Callable[[str], None]

ISLAND_GROUP = "island_group"


def open_wave(folder: str | Path, *, progress: Progress | None = None) -> Wave:
    """Open a wave folder and read its plan; responses are read when they are first needed.

    Parameters
    ----------
    folder : path of a folder with a wave.toml.
    progress : called with the name of each step (the command line draws it).

    Raises
    ------
    PlanError
        wave.toml is missing or wrong; all that is wrong is told at once.
    """
    return Wave(read_plan(folder), progress=progress)


class Wave:
    """One survey round: `plan`, `instrument`, `responses`, `survey()` and `report()`.

    Each stage is computed once, when it is first asked for.
    """

    def __init__(self, plan: Plan, *, progress: Progress | None = None) -> None:
        self.plan = plan
        self._progress = progress or (lambda step: None)

    def __repr__(self) -> str:
        kind = "synthetic data" if self.plan.synthetic else "survey data"
        return f"Wave {self.plan.id}: {self.plan.title.en} ({kind})"

    @cached_property
    def instrument(self) -> Instrument:
        """The questionnaire."""
        self._progress("instrument")
        return read_xlsform(self.plan.resolve(self.plan.ask.instrument))

    @cached_property
    def responses(self) -> Responses:
        """What came back, read as declared and checked; a synthetic wave makes its export on first use."""
        self.make_data()
        self._progress("responses")
        return read_responses(self.plan, self.instrument)

    @cached_property
    def register(self) -> CaseRegister | None:
        """The case register, counted; None where the wave file names none."""
        self.make_data()
        return read_register(self.plan, self.instrument)

    @cached_property
    def quality(self) -> Quality:
        """What the checks of the fieldwork found, over the rows as they were before a flag excluded any."""
        from netralstat.collect.quality.quality import check_quality

        responses = self.responses
        self._progress("quality")
        if self.plan.collect.quality.exclude_flags:
            responses = read_unflagged(self.plan, self.instrument)
        return check_quality(self.plan, self.instrument, responses)

    def make_data(self, *, anew: bool = False) -> bool:
        """Simulate the files of a synthetic wave when one is absent (or `anew`); tells whether it did."""
        collect = self.plan.collect
        made = [source.path for source in collect.sources]
        made += [collect.case_register.path] if collect.case_register is not None else []
        absent = [path for path in made if not self.plan.resolve(path).is_file()]
        if collect.simulate is None or not (absent or anew):
            return False
        from netralstat.simulate import simulate

        self._progress("simulation")
        simulate(self.plan.folder)
        return True

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Accepted respondents: items, scored scale items, indicators, region group and design columns."""
        responses, instrument = self.responses, self.instrument
        self._progress("indicators")
        ask = self.plan.ask
        derived = evaluate(ask.indicators, ask.scales, responses, instrument)
        parts = [responses.frame, derived]
        group = self._island_group(responses.frame)
        if group is not None:
            parts.append(group.to_frame())
        parts.append(self._design_columns(pd.concat(parts, axis=1)))
        whole = pd.concat(parts, axis=1)
        twice = whole.columns[whole.columns.duplicated()]
        if len(twice):
            raise PlanError(
                f'"{twice[0]}" is both an item of the instrument and an indicator of the wave file',
                where=f"{self.plan.path.name}, ask.indicators.{twice[0]}",
                do="give the indicator another name",
            )
        return whole

    def require_valid_answers(self) -> None:
        """Stop at answers that the form does not allow, unless the wave file counts them as missing."""
        invalid = self.responses.invalid
        if self.plan.collect.invalid == "missing" or invalid.empty:
            return
        first = invalid.iloc[0]
        raise ResponseError(
            f"{len(invalid):,} answers in {invalid['column'].nunique():,} columns are none that the form "
            f'allows (rule "{first["rule"]}" first)',
            where=f"{first['source']}, row {first['row']}, column {first['column']}",
            do='list them with `netralstat check`; correct them or the form, or declare invalid = "missing" '
            "under [collect] to count them as not answered",
        )

    def scale_scores(self, scale: str) -> pd.DataFrame:
        """The items of a scale as numbers that all point the same way, one column an item."""
        ask = self.plan.ask
        return scale_items(scale, ask.scales, self.responses, self.instrument)

    def survey(self) -> Survey:
        """The responses weighted and calibrated as wave.toml says."""
        frame, design = self.frame, self.plan.design
        self._progress("weights")
        self._require_design_values(frame)
        self.require_valid_answers()
        if design.frame is not None:
            survey = Survey(frame, WEIGHT, STRATUM, None, FPC, design.lonely_psu)
        else:
            survey = Survey(frame, design.weight, design.stratum, design.psu, design.fpc, design.lonely_psu)
        if design.calibration is None:
            return survey
        margins = [
            read_margin(
                self.plan.resolve(margin.path),
                margin.items,
                margin.population,
                date=margin.date.isoformat(),
                source=margin.source.en,
            )
            for margin in design.margins
        ]
        calibration = design.calibration
        return survey.calibrate(
            margins, calibration.method, bounds=calibration.bounds, tolerance=calibration.tolerance
        )

    def report(
        self,
        folder: str | Path = "reports",
        *,
        languages: Sequence[str] | None = None,
        formats: Sequence[str] | None = None,
    ) -> list[Path]:
        """Write the report into `folder`/<wave id>: pages, PDFs, workbooks, estimates.csv and manifest.json.

        Parameters
        ----------
        folder : str or Path
        languages : sequence of str, optional
            ``"id"``, ``"en"``; those of the wave file if None.
        formats : sequence of str, optional
            Some of ``"html"``, ``"pdf"``, ``"docx"``, ``"xlsx"``, ``"json"``; all of them if None.
        """
        from netralstat.report.formats import chosen_formats
        from netralstat.report.pdf.press import PdfPress
        from netralstat.report.publish import write_report

        with PdfPress() if "pdf" in chosen_formats(formats) else nullcontext() as press:
            material = self.material()
            self._progress("report")
            chosen = tuple(languages) if languages is not None else self.plan.report.languages
            return write_report(material, Path(folder) / self.plan.id, chosen, formats, press, self._progress)

    def write_tables(
        self, folder: str | Path = "reports", *, languages: Sequence[str] | None = None
    ) -> list[Path]:
        """Write only the tables, into `folder`/<wave id>/tables: workbooks, CSVs and manifest.json."""
        from netralstat.report.publish import write_tables

        material = self.material()
        self._progress("tables")
        chosen = tuple(languages) if languages is not None else self.plan.report.languages
        return write_tables(material, Path(folder) / self.plan.id / "tables", chosen)

    def write_figures(
        self,
        folder: str | Path = "reports",
        *,
        languages: Sequence[str] | None = None,
        formats: Sequence[str] | None = None,
    ) -> list[Path]:
        """Write only the pictures, into `folder`/<wave id>/figures: a file a figure, and figures.json.

        `formats` are some of ``"svg"``, ``"png"`` and ``"pdf"``; SVG if None.
        """
        from netralstat.report.figure_files import chosen_formats, write_figures

        chosen_formats(formats)
        material = self.material()
        self._progress("figures")
        chosen = tuple(languages) if languages is not None else self.plan.report.languages
        return write_figures(material, Path(folder) / self.plan.id / "figures", chosen, formats)

    def material(self) -> Material:
        """Every number of the report, computed and disclosure-controlled."""
        from netralstat.results import gather

        return gather(self, self._progress)

    def _require_design_values(self, frame: pd.DataFrame) -> None:
        """Empty design columns and negative weights, told by file and row as a survey cannot."""
        design = self.plan.design
        for column in design.columns:
            values = frame[column]
            bad, fact = values.isna(), "no value in the design column"
            if column == design.weight and not bad.any() and pd.api.types.is_numeric_dtype(values):
                bad, fact = values < 0, "a negative weight in"
            if bad.any():
                rows = self.responses.rows[bad.to_numpy()].head(5)
                told = [f"{source}, row {row}" for source, row in rows.itertuples(index=False)]
                raise DesignError(
                    f'{int(bad.sum()):,} of {len(frame):,} accepted rows have {fact} "{column}"',
                    where="; ".join(told),
                    do="correct those rows in the file, or leave them out by a rule under [collect]",
                )

    def _island_group(self, frame: pd.DataFrame) -> pd.Series | None:
        regions = self.plan.collect.regions
        if regions is None or regions.groups is None:
            return None
        from netralstat.reference import groups

        table = groups(regions.groups, regions.list_vintage)
        of_province = dict(zip(table["slug"], table["group"], strict=True))
        names = list(dict.fromkeys(table["group"]))
        values = frame[regions.column].astype(object).map(of_province)
        return pd.Series(pd.Categorical(values, categories=names), index=frame.index, name=ISLAND_GROUP)

    def _design_columns(self, respondents: pd.DataFrame) -> pd.DataFrame:
        design = self.plan.design
        if design.frame is None:
            return pd.DataFrame(index=respondents.index)
        sampled = design.frame
        where = f"{self.plan.path.name}, design.frame"
        table = read_counts(
            self.plan.resolve(sampled.path), sampled.keys, [sampled.population, sampled.selected], where=where
        )
        return base_weights(
            respondents,
            table,
            keys=sampled.keys,
            population=sampled.population,
            selected=sampled.selected,
            nonresponse=design.nonresponse,
            where=where,
        )
