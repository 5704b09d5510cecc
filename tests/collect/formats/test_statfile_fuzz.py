"""Damaged SPSS and Stata files end as ResponseErrors or as tables, never with the process."""

from __future__ import annotations

import random

import pandas as pd
import pyreadstat
import pytest
from collect.formats.in_process import UNKNOWN, in_a_fork

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats import child_process
from netralstat.collect.formats.statfiles import read_statfile
from netralstat.errors import ResponseError

pytestmark = pytest.mark.long

N_MUTATIONS = 40


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("files")
    frame = pd.DataFrame(
        {"age": [40.0, 98.0, 41.0] * 5, "text": ["x" * 300, "ñ", ""] * 5, "day": [13_953_168_000.0] * 15}
    )
    labels = {"age": {98.0: "Tidak tahu"}}
    pyreadstat.write_sav(
        frame,
        str(folder / "a.sav"),
        variable_value_labels=labels,
        row_compress=True,
        missing_ranges={"age": [98]},
    )
    pyreadstat.write_sav(frame, str(folder / "a.zsav"), compress=True)
    pyreadstat.write_dta(frame, str(folder / "a.dta"), variable_value_labels=labels)
    return {path.suffix[1:]: path.read_bytes() for path in folder.iterdir()}


def mutated(raw: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    data = bytearray(raw)
    at, size = chance.randrange(len(data)), chance.randrange(1, 64)
    if seed % 4 == 0:
        return bytes(data[:at])
    if seed % 4 == 1:
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(min(len(data), 2_000))] ^= 1 << chance.randrange(8)
    elif seed % 4 == 2:
        data[at : at + size] = bytes(len(data[at : at + size]))
    else:
        start = chance.randrange(len(data))
        data[at:at] = data[start : start + size * 8]
    return bytes(data)


@pytest.mark.parametrize("suffix", ["sav", "zsav", "dta"])
def test_mutations_end_as_errors_or_tables(
    files: dict[str, bytes], suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "run_child", in_a_fork)
    source = Source(path=f"export.{suffix}", kind="table")
    errors = []
    for seed in range(N_MUTATIONS):
        try:
            table = read_statfile(mutated(files[suffix], seed), source, "0" * 64)
        except ResponseError as found:
            errors.append(found)
        else:
            assert {len(column.codes) for column in table.columns} == {table.n_rows}
    assert len(errors) >= 10
    assert all(found.do and found.where.startswith(source.path) for found in errors)
    assert not [found.fact for found in errors if f"exit code {UNKNOWN}" in found.fact]


@pytest.mark.parametrize("suffix", ["sav", "dta"])
def test_a_damaged_file_in_a_true_child(files: dict[str, bytes], suffix: str) -> None:
    raw = files[suffix]
    with pytest.raises(ResponseError):
        read_statfile(raw[: len(raw) // 2], Source(path=f"export.{suffix}", kind="table"), "0" * 64)


def test_a_file_that_claims_more_than_it_holds(files: dict[str, bytes]) -> None:
    raw = bytearray(files["sav"])
    raw[80:84] = (2**31 - 1).to_bytes(4, "little")  # rows, in the header
    raw[68:72] = (2**31 - 1).to_bytes(4, "little")  # cells of a row
    try:
        table = read_statfile(bytes(raw), Source(path="export.sav", kind="table"), "0" * 64)
    except ResponseError:
        return
    assert table.n_rows == 15
