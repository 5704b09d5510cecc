"""Every number of a wave's report, asked of its survey and passed through disclosure control."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable, Sequence
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from netralstat import __version__
from netralstat.case_register import case_register, require_comparable
from netralstat.design.weights import STRATUM
from netralstat.driver_results import driver_results
from netralstat.earlier_waves import compare, open_earlier
from netralstat.errors import DisclosureError, EstimationError, ReportError, did_you_mean
from netralstat.estimate.contrasts import versus_overall
from netralstat.estimate.estimates import Estimates
from netralstat.processes.beside import Beside
from netralstat.report.batteries import HEADLINE, batteries
from netralstat.report.boundaries import read_boundaries
from netralstat.report.logo import read_logo
from netralstat.report.material import Fieldwork, Material, Weighting
from netralstat.report.suppression import DISCLOSURE_FLAGS, suppress, suppress_wave
from netralstat.survey import Survey

if TYPE_CHECKING:
    from netralstat.wave import Wave

SOFTWARE = ("numpy", "pandas", "scipy", "statsmodels", "narwhals", "pyxform", "matplotlib")
PUBLISHED = ("item", "level", "domain_item", "domain_level", "percent", "note", "source")


def gather(wave: Wave, progress: Callable[[str], None]) -> Material:
    """Compute the tables, models and scales that the plan asks for; estimates leave here suppressed."""
    plan = wave.plan
    require_comparable(wave)
    boundaries, logo = read_boundaries(plan), read_logo(plan)
    earlier = open_earlier(wave)
    survey = wave.survey()
    _require_known(wave)
    with Beside(lambda: (driver_results(wave, survey), _scales(wave, survey))) as explained:
        progress("estimates")
        estimates = _estimates(wave, survey)
        shown = suppress_wave(estimates, plan)
        compared = None
        if earlier and HEADLINE in estimates:
            progress("earlier waves")
            compared = compare(wave, earlier, estimates[HEADLINE], shown[HEADLINE])
            shown |= compared.estimates
        cases, beside = case_register(wave, survey, estimates, shown)
        shown |= beside
        progress("models")
        drivers, scales = explained.result()
    return Material(
        plan=plan,
        instrument=wave.instrument,
        fieldwork=_fieldwork(wave),
        weighting=_weighting(wave, survey),
        estimates=shown,
        models=drivers.models,
        planned=drivers.planned,
        diagnoses=drivers.diagnoses,
        what_if=drivers.what_if,
        scales=scales,
        generated=plan.report.date,
        synthetic=plan.synthetic,
        version=__version__,
        changes=compared.changes if compared is not None else None,
        published=_published(wave),
        cases=cases,
        logo=logo,
        boundaries=boundaries,
        inputs=_inputs(wave, *earlier),
        software={"netralstat": __version__} | {name: installed(name) for name in SOFTWARE},
    )


def _require_known(wave: Wave) -> None:
    """Names in [estimate] must be items of the instrument or indicators of the plan."""
    plan, columns = wave.plan, wave.frame.columns
    for key in ("headline", "items", "means", "domains"):
        for name in getattr(plan.estimate, key):
            if name not in columns and name not in wave.instrument:
                raise EstimationError(
                    f'estimate.{key} names "{name}", which is neither an item nor an indicator',
                    where=f"{plan.path.name}, estimate.{key}",
                    do="name what the instrument asks or ask.indicators defines."
                    + did_you_mean(name, columns),
                )
            if key != "means":
                require_levels(wave, [name], where=f"{plan.path.name}, estimate.{key}")


def require_levels(wave: Wave, names: Sequence[str], *, where: str) -> None:
    """Refuse to tabulate numbers, dates and free text: each value would print the answer of a respondent."""
    frame = wave.frame
    strata = {STRATUM, *wave.plan.design.stratum}
    for name in names:
        if name not in frame or name in strata or isinstance(frame[name].dtype, pd.CategoricalDtype):
            continue
        numeric = pd.api.types.is_numeric_dtype(frame[name])
        if not numeric or not frame[name].dropna().isin((0, 1)).all():
            raise DisclosureError(
                f'"{name}" holds {"numbers" if numeric else "text or dates"}, whose levels would be '
                "the answers of single respondents",
                where=where,
                do="group it by a recode under [ask.indicators], or ask for its mean",
            )


def _estimates(wave: Wave, survey: Survey) -> dict[str, Estimates]:
    plan, frame = wave.plan.estimate, wave.frame
    answered = {str(name) for name in frame.columns if frame[name].notna().any()}
    made: dict[str, Estimates] = {}
    for battery in batteries(wave.plan, wave.instrument, answered, _published_domains(wave)):
        tables = survey.tabulate(
            list(battery.items),
            list(battery.domains),
            levels={item: levels for item, levels in battery.levels.items() if item in battery.items},
            overall=battery.compared,
            interval=plan.interval,
            level=plan.level,
        )
        for domain, table in tables.items():
            if domain is None:
                made[battery.name] = table
                continue
            made[f"{battery.name}_by_{domain}"] = _domains_only(table, domain)
            if battery.compared:
                made[f"{battery.name}_vs_national_{domain}"] = versus_overall(table)
    if plan.means:
        tables = survey.tabulate(plan.means, plan.domains, statistic="mean", level=plan.level)
        made |= {f"means_by_{domain}" if domain else "means": table for domain, table in tables.items()}
    return made


def _published_domains(wave: Wave) -> set[str]:
    published = _published(wave)
    return set() if published is None else set(published["domain_item"]) - {""}


def _domains_only(estimates: Estimates, domain: str) -> Estimates:
    return estimates.take([i for i, known in enumerate(estimates.table[domain].notna()) if known])


def _fieldwork(wave: Wave) -> Fieldwork:
    responses, plan = wave.responses, wave.plan
    dates = plan.collect.fieldwork
    return Fieldwork(
        n_read=responses.n_read,
        n_accepted=responses.n_accepted,
        n_rejected=responses.n_rejected,
        rejected_by_rule=responses.rejected_by_rule,
        findings_by_rule=responses.findings_by_rule,
        n_selected=n_selected(wave),
        start=dates.start if dates else None,
        end=dates.end if dates else None,
    )


def n_selected(wave: Wave) -> int | None:
    """Persons selected, by the sampling frame; None when there is none."""
    from netralstat.design.population_tables import read_counts

    frame = wave.plan.design.frame
    if frame is None:
        return None
    table = read_counts(wave.plan.resolve(frame.path), frame.keys, [frame.selected], where="design.frame")
    return int(table[frame.selected].sum())


def _weighting(wave: Wave, survey: Survey) -> Weighting:
    from netralstat.design.cells import compress

    weights, cells = survey.weights(), compress(survey.frame, survey.design)
    calibration = survey.calibration
    margins = (
        calibration.to_frame().rename(columns={"margin": "item"})
        if calibration is not None
        else pd.DataFrame(columns=["item", "level", "target", "reached", "gap"])
    )
    return Weighting(
        method=calibration.method if calibration is not None else "none",
        n_strata=cells.n_strata,
        n_psu=None if survey.design.samples_elements else int(cells.n_psu.sum()),
        population=weights.total,
        deff_kish=weights.deff_kish,
        weight_min=weights.smallest,
        weight_max=weights.largest,
        margins=margins,
        nonresponse=wave.plan.design.nonresponse,
        df=cells.df,
        lonely_psu=survey.design.lonely_psu,
    )


def _scales(wave: Wave, survey: Survey) -> pd.DataFrame:
    columns = ["scale", "n_items", "alpha", "mean", "std_error", "n", "flag"]
    scales = list(wave.plan.ask.scales)
    if not scales:
        return pd.DataFrame(columns=columns)
    rules = wave.plan.report
    means = suppress(survey.mean(scales), rules.min_respondents, reliability=rules.reliability)
    shown = means.table.set_index("item")
    scored = {scale: wave.scale_scores(scale).add_prefix(f"{scale}.") for scale in scales}
    together = survey.with_frame(pd.concat([survey.frame, *scored.values()], axis=1))
    found_all = together.reliabilities({scale: list(map(str, scored[scale].columns)) for scale in scales})
    rows = []
    for scale, found in found_all.items():
        mean = shown.loc[scale]
        alpha = math.nan if mean["flag"] in DISCLOSURE_FLAGS else found.alpha
        told = (alpha, mean["estimate"], mean["std_error"], mean["n"], mean["flag"])
        rows.append((scale, len(found.items), *told))
    return pd.DataFrame(rows, columns=columns)


def _published(wave: Wave) -> pd.DataFrame | None:
    path = wave.plan.report.published
    if path is None:
        return None
    file = wave.plan.resolve(path)
    where = f"{wave.plan.path.name}, report.published"
    if not file.is_file():
        raise ReportError(f"there is no file {path}", where=where, do="correct the path")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lacking = [column for column in PUBLISHED if not rows or column not in rows[0]]
    if lacking:
        raise ReportError(
            f"{path} lacks the columns {', '.join(lacking)}",
            where=where,
            do=f"give it {', '.join(PUBLISHED)}",
        )
    table = pd.DataFrame(rows)[list(PUBLISHED)]
    table["percent"] = pd.to_numeric(table["percent"], errors="coerce")
    if table["percent"].isna().any():
        row = int(table.index[table["percent"].isna()][0]) + 2
        raise ReportError(
            f'row {row} of {path} has no number in "percent"', where=where, do="write plain numbers"
        )
    return table


def _inputs(wave: Wave, *earlier: Wave) -> dict[str, str]:
    """Hashes of all that was read, the files of earlier waves after those of this one."""
    root, report = wave.plan.root, wave.plan.report
    register = wave.plan.collect.case_register
    written = (
        report.published,
        report.logo,
        report.map.path if report.map is not None else None,
        register.path if register is not None else None,
    )
    own = [wave.plan.resolve(path) for path in written if path]
    files = dict.fromkeys([*_files(wave), *own, *(file for one in earlier for file in _files(one))])
    return {file.relative_to(root).as_posix(): _sha256(file) for file in files}


def _files(wave: Wave) -> list[Path]:
    """What the estimates of a wave are made from."""
    plan = wave.plan
    written = [plan.ask.instrument, *(source.path for source in plan.collect.sources)]
    written += [margin.path for margin in plan.design.margins]
    written += [plan.design.frame.path] if plan.design.frame else []
    return [plan.path, *(plan.resolve(path) for path in written)]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
