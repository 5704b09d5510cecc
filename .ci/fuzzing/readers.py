"""Every reader with small valid files to spoil."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzzing import seeds
from fuzzing.reader import Reader
from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan, read_plan
from netralstat.ask.plan_collect import FORMATS as SUFFIXES
from netralstat.ask.xlsform import read_xlsform
from netralstat.collect.responses import DIALECTS, read_responses
from netralstat.collect.sources import FORMATS, read_source
from netralstat.errors import ResponseError

TABLES = tuple(dict.fromkeys(SUFFIXES.values()))


@cache
def _instrument(folder: Path) -> Instrument:
    form = folder / "form.md"
    form.write_text(seeds.FORM, encoding="utf-8")
    return read_xlsform(form)


def _plan(folder: Path, source: str, files: Mapping[str, bytes], collect: str = "") -> Plan:
    wave = folder / "surveys" / "wave"
    wave.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
        (wave / name).write_bytes(raw)
    (wave / "wave.toml").write_text(seeds.WAVE.format(source=source, collect=collect), encoding="utf-8")
    return read_plan(wave)


def _table(name: str, suffix: str, files: tuple[bytes, ...], *, share: int = 4) -> Reader:
    """A format: every cell of the table has a text."""

    def read(raw: bytes, folder: Path) -> None:
        plan = _plan(folder, f'path = "export{suffix}"\nkind = "table"', {f"export{suffix}": raw})
        table = read_source(plan.collect.sources[0], plan)
        assert len(table.header) == len(table.columns)
        for column in table.columns:
            assert len(column.codes) == table.n_rows
            assert not len(column.codes) or 0 <= column.codes.min() <= column.codes.max() < len(column.levels)

    return Reader(name=name, seeds=files, suffix=suffix, read=read, parts=suffix == ".xlsx", share=share)


@cache
def _seeds(kind: str) -> tuple[tuple[bytes, ...], str, dict[str, bytes]]:
    """Exports of a dialect, the keys of their source, and the files beside; netralstat's own are written."""
    if kind != "netralstat":
        return seeds.DIALECTS[kind]
    from netralstat.collect.writers.clean_file import write_responses

    files, source, _ = seeds.DIALECTS["table"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        plan = _plan(folder, f'path = "export.csv"\n{source}', {"export.csv": files[0]})
        form = _instrument(folder)
        written = write_responses(read_responses(plan, form), form, folder / "clean.csv")
        raw, codebook = written.path.read_bytes(), written.codebook.read_bytes()
    return (raw,), 'kind = "netralstat"\nstructure = "book.csv"\n', {"book.csv": codebook}


def _dialect(kind: str) -> Reader:
    """A dialect: rows read are rows accepted and rows rejected."""
    files, source, beside = _seeds(kind)

    def read(raw: bytes, folder: Path) -> None:
        _responses(folder, source, {"export.csv": raw, **beside})

    return Reader(name=kind, seeds=files, suffix=".csv", read=read)


def _responses(folder: Path, source: str, files: Mapping[str, bytes], collect: str = "") -> None:
    plan = _plan(folder, f'path = "export.csv"\n{source}', files, collect)
    responses = read_responses(plan, _instrument(folder))
    assert responses.n_read == responses.n_accepted + responses.n_rejected
    assert len(responses.frame) == len(responses.missing) == len(responses.rows) == responses.n_accepted
    counts = responses.summary().set_index("item").sum(axis=1)
    assert (counts == responses.n_accepted).all()


def _structure(name: str, kind: str, file: str) -> Reader:
    """A structure file beside a valid export."""
    files, source, beside = _seeds(kind)

    def read(raw: bytes, folder: Path) -> None:
        _responses(folder, source, {"export.csv": files[0], **beside, file: raw})

    return Reader(name=name, seeds=(beside[file],), suffix=Path(file).suffix, read=read)


def _form(name: str, suffix: str, files: tuple[bytes, ...], *, parts: bool = False) -> Reader:
    def read(raw: bytes, folder: Path) -> None:
        path = folder / f"spoilt{suffix}"
        path.write_bytes(raw)
        read_xlsform(path)

    return Reader(name=name, seeds=files, suffix=suffix, read=read, parts=parts)


def _read_cells(raw: bytes, folder: Path) -> None:
    """The workbook reader without its process, for many more cases."""
    from netralstat.collect.formats.workbook_parts import WorkbookError
    from netralstat.collect.formats.workbook_process import Orders, read

    try:
        answered = read(raw, Orders(sheet=None, title_rows=0, hxl=False, comma=False))
    except WorkbookError as bad:
        fact, do, place = bad.args
        raise ResponseError(fact, where=place, do=do) from bad
    assert len(answered.header) == len(answered.codes) == len(answered.levels)
    assert all(len(codes) == answered.n_rows for codes in answered.codes)


def _read_wave(raw: bytes, folder: Path) -> None:
    wave = folder / "surveys" / "read"
    wave.mkdir(parents=True, exist_ok=True)
    (wave / "wave.toml").write_bytes(raw)
    read_plan(wave)


def _read_log(raw: bytes, folder: Path) -> None:
    from netralstat.collect.quality.dispositions import read_contact_log

    files = {"log.csv": raw, "export.csv": seeds.DIALECTS["table"][0][0]}
    source = f'path = "export.csv"\n{seeds.DIALECTS["table"][1]}'
    dispositions = 'dispositions = { path = "log.csv", id = "case", code = "aapor", by = ["province"] }'
    log = read_contact_log(_plan(folder, source, files, dispositions))
    assert log is not None
    assert sum(log.count(name) for name in ("I", "P", "R", "NC", "O", "UH", "UO", "NE")) == log.n


def _read_register(raw: bytes, folder: Path) -> None:
    from netralstat.collect.register import read_register

    files = {"cases.csv": raw, "export.csv": seeds.DIALECTS["table"][0][0]}
    source = f'path = "export.csv"\n{seeds.DIALECTS["table"][1]}'
    plan = _plan(folder, source, files, seeds.REGISTER)
    register = read_register(plan, _instrument(folder))
    assert register is not None
    assert register.total == sum(register.stages.values()) == register.by("province")["reported"].sum()


def readers() -> dict[str, Reader]:
    """Every reader by name; one that has no files to spoil ends the run."""
    missing = [name for name in TABLES if name not in FORMATS]
    missing += [kind for kind in seeds.DIALECTS if kind not in DIALECTS]
    missing += [kind for kind in DIALECTS if kind not in {*seeds.DIALECTS, "netralstat"}]
    if missing:
        raise SystemExit(f"no reader, or no files to spoil, for: {', '.join(missing)}")
    found = [
        Reader(name="wave", seeds=(seeds.WAVE_FILE,), suffix=".toml", read=_read_wave),
        _table("csv", ".csv", seeds.delimited(), share=1),
        *(_dialect(kind) for kind in DIALECTS),
        _structure("lss", "limesurvey", "survey.lss"),
        _structure("dictionary", "redcap", "dictionary.csv"),
        _structure("codebook", "netralstat", "book.csv"),
        Reader(name="contact_log", seeds=(seeds.CONTACT_LOG,), suffix=".csv", read=_read_log),
        Reader(name="register", seeds=(seeds.CASES,), suffix=".csv", read=_read_register),
        _form("form_md", ".md", (seeds.FORM.encode(),)),
        _form("form_xlsx", ".xlsx", (seeds.form_workbook(),), parts=True),
        _table("xlsx", ".xlsx", (seeds.workbook(),)),
        Reader(name="cells", seeds=(seeds.workbook(),), suffix=".xlsx", read=_read_cells, parts=True),
        _table("parquet", ".parquet", seeds.parquet()),
        _table("sav", ".sav", seeds.statfiles("sav")),
        _table("dta", ".dta", seeds.statfiles("dta")),
    ]
    return {reader.name: reader for reader in found}
