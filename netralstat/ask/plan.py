"""wave.toml as a strict model: `read_plan` tells everything that is wrong with it at once, by line."""

from __future__ import annotations

import hashlib
import re
import types
from collections.abc import Mapping
from pathlib import Path
from posixpath import normpath
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator

from netralstat.ask.plan_ask import Ask, Table, Words, resolve_inside
from netralstat.ask.plan_collect import Collect
from netralstat.ask.plan_report import Report
from netralstat.ask.plan_sections import Design, Estimate, Explain
from netralstat.ask.plan_toml import Place, key_lines, parse_toml, read_bytes
from netralstat.errors import PlanError, did_you_mean

_MOST_TOLD = 50
_LONGEST = 60
_REMEDY = "mend these keys in the wave file; nothing was read or written"


class Plan(Table):
    """One survey wave as its wave.toml declares it.

    Attributes
    ----------
    schema_id : str
        The key `schema`: "netralstat.wave/1".
    id : str
        Name of the wave, as in its folder.
    title : Words
        Title in Indonesian and English.
    synthetic : bool
        Whether the responses are simulated; every page then says so.
    ask, collect, design, estimate, explain, report
        The six sections; see `netralstat.ask.plan_ask`, `plan_collect`, `plan_sections`
        and `plan_report`.
    folder : pathlib.Path
        The wave folder, symlinks resolved; set by `read_plan`.
    path : pathlib.Path
        The wave file itself; set by `read_plan`.
    sha256 : str
        Hash of the wave file; set by `read_plan`.
    """

    schema_id: Literal["netralstat.wave/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    title: Words
    synthetic: bool = False
    ask: Ask
    collect: Collect
    design: Design
    estimate: Estimate = Field(default_factory=Estimate)
    explain: Explain = Field(default_factory=Explain)
    report: Report
    folder: Path
    path: Path
    sha256: str

    @field_validator("ask")
    @classmethod
    def _names_differ(cls, ask: Ask) -> Ask:
        for name in ask.scales:
            twin = ask.indicators.get(name)
            if twin is not None and (twin.mean_score is None or twin.mean_score.scale != name):
                raise ValueError(
                    f'"{name}" is both a scale and an indicator that is not its mean score; rename one'
                )
        return ask

    @field_validator("collect")
    @classmethod
    def _collect_agrees(cls, collect: Collect, info: ValidationInfo) -> Collect:
        if collect.simulate is not None and info.data.get("synthetic") is False:
            raise ValueError('has a table "simulate", but the wave is not marked synthetic = true')
        if collect.duplicates != "error" and not collect.unique:
            raise ValueError(
                f'duplicates = "{collect.duplicates}" needs the key of a row, such as unique = ["_uuid"]'
            )
        return collect

    @field_validator("collect")
    @classmethod
    def _each_file_once(cls, collect: Collect) -> Collect:
        seen: dict[tuple[str, str | None], int] = {}
        for number, source in enumerate(collect.sources, start=1):
            place = (normpath(source.path), source.sheet)
            if place in seen:
                raise ValueError(
                    f"sources {seen[place]} and {number} are the same file: its rows would count twice"
                )
            seen[place] = number
        return collect

    @field_validator("report")
    @classmethod
    def _report_after_fieldwork(cls, report: Report, info: ValidationInfo) -> Report:
        collect: Collect | None = info.data.get("collect")
        if collect is not None and collect.fieldwork is not None and report.date < collect.fieldwork.end:
            raise ValueError(f"date {report.date} is before fieldwork ends ({collect.fieldwork.end})")
        if report.map is not None and collect is not None and collect.regions is None:
            raise ValueError("has a map of provinces, but no item tells the province: add [collect.regions]")
        return report

    @property
    def root(self) -> Path:
        """The surveys folder: nothing outside it is read."""
        return self.folder.parent

    def resolve(self, written: str) -> Path:
        """Return the absolute path of a file that the wave file names.

        Raises PlanError when the path is absolute or leaves the surveys folder (checked anew, for a
        symlink may have been laid since the plan was read).
        """
        try:
            return resolve_inside(written, self.folder, self.root)
        except ValueError as problem:
            raise PlanError(f"a path {problem}.", where=str(self.path), do="use a relative path") from problem


def read_plan(path: str | Path) -> Plan:
    """Read and check a wave file.

    Parameters
    ----------
    path : str or pathlib.Path
        The wave folder, or the wave.toml in it.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        The file is missing, too large, no TOML, or any of its keys is wrong; all wrong keys are listed.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "wave.toml"
    raw = read_bytes(file)
    text, data = parse_toml(raw, file)
    folder = file.resolve().parent
    reserved = {"folder", "path", "sha256"} & data.keys()
    own = {"folder": folder, "path": folder / file.name, "sha256": hashlib.sha256(raw).hexdigest()}
    try:
        plan = Plan.model_validate({**data, **own}, context={"folder": folder, "root": folder.parent})
        errors: list[Any] = []
    except ValidationError as problem:
        plan, errors = None, problem.errors(include_url=False)
    problems = [(tuple(error["loc"]), _sentence(error)) for error in errors]
    problems += [((name,), _unknown_key((name,))) for name in reserved]
    if plan is None or problems:
        raise _plan_error(problems, key_lines(text), file)
    return plan


def _plan_error(problems: list[tuple[Place, str]], lines: Mapping[Place, int], file: Path) -> PlanError:
    told = sorted((_line_of(place, lines), _dotted(place), sentence) for place, sentence in problems)
    count = "1 problem" if len(told) == 1 else f"{len(told):,} problems"
    rows = [f"  line {line}: {key}: {sentence}" for line, key, sentence in told[:_MOST_TOLD]]
    if len(told) > _MOST_TOLD:
        rows.append(f"  and {len(told) - _MOST_TOLD:,} more")
    return PlanError("\n".join([f"the wave file has {count}.", *rows]), where=str(file), do=_REMEDY)


def _line_of(place: Place, lines: Mapping[Place, int]) -> int:
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return 1


def _brief(text: str) -> str:
    """A key or value of the file, short and without control characters, for a terminal."""
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in shown)


def _dotted(place: Place) -> str:
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{_brief(part)}" if text else _brief(part)
    return text


_SENTENCES: Mapping[str, str] = {
    "missing": "this key is missing",
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number without quotes",
    "float_type": "must be a number without quotes",
    "bool_type": "must be true or false",
    "date_type": "must be a date without quotes, such as 2021-07-01",
    "tuple_type": 'must be a list, such as ["a", "b"]',
    "dict_type": "must be a table of key = value",
    "mapping_type": "must be a table of key = value",
    "model_type": "must be a table of key = value",
    "is_instance_of": "must be a table of key = value",
    "finite_number": "must be a finite number",
    "string_too_short": "must not be empty",
    "string_too_long": "has more than {max_length} characters",
    "too_short": "must list at least {min_length}",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be {le} or less",
    "string_pattern_mismatch": "must match {pattern}",
}


def _sentence(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(error["loc"])
    if kind == "missing":
        return "this key is missing" if len(error["loc"]) > 1 else "this section or key is missing"
    if kind == "literal_error":
        allowed = re.findall(r"'((?:[^'\\]|\\.)*)'", context["expected"])
        given = error["input"]
        hint = did_you_mean(given, allowed) if isinstance(given, str) else ""
        shown = f'"{_brief(given)}"' if isinstance(given, str) else _brief(str(given))
        return f"{shown} is not allowed; one of {', '.join(map(_shown, allowed))}.{hint}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "tuple_type" and isinstance(error["input"], dict):
        return f"must be a list of tables; write [[{_dotted(error['loc'])}]] above each"
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    return str(error["msg"])


def _shown(option: str) -> str:
    return option if option[0].isalnum() else f'"{option}"'


def _unknown_key(place: Place) -> str:
    allowed = _allowed_keys(place[:-1])
    return f"unknown key; allowed: {', '.join(allowed)}.{did_you_mean(_brief(str(place[-1])), allowed)}"


def _allowed_keys(place: Place) -> list[str]:
    """Keys of the model that stands at `place` of the wave file."""
    kind: Any = Plan
    for part in place:
        if isinstance(part, int):
            continue
        kind = _bare(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = next(f.annotation for n, f in kind.model_fields.items() if part in (f.alias, n))
        else:
            kind = get_args(kind)[1]
    kind = _bare(kind)
    names = [field.alias or name for name, field in kind.model_fields.items()]
    return [name for name in names if kind is not Plan or name not in ("folder", "path", "sha256")]


def _bare(kind: Any) -> Any:
    """Strip Annotated, optional and tuple from an annotation; a mapping stays."""
    while get_origin(kind) in (Annotated, Union, types.UnionType, tuple):
        inner = [one for one in get_args(kind) if one is not type(None)]
        kind = inner[0]
    return kind
