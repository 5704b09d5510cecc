"""Small valid files of every format and dialect, all answers to one form."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

FORM = """
| survey | | | | | | | |
| | type | name | label::Bahasa Indonesia (id) | label::English (en) | required | relevant | constraint |
| | start | start | | | | | |
| | select_one yn | consent | Bersedia? | Willing? | yes | | |
| | begin_group | main | Utama | Main | | ${consent} = 'yes' | |
| | integer | age | Umur | Age | yes | | . >= 17 and . <= 70 |
| | select_multiple acts | done |Yang mana?|Which?| | | count-selected(.) = 1 or not(selected(., 'none')) |
| | select_one yn | own | Sendiri? | Own will? | | selected(${done}, 'rally') | |
| | end_group | | | | | | |
| | decimal | share | Bagian | Share | | | |
| | date | day | Hari | Day | | | |
| | text | remark | Catatan | Remark | | | |
| choices | | | | | | | |
| | list_name | name | label::Bahasa Indonesia (id) | label::English (en) | nst_missing | | |
| | yn | yes | Ya | Yes | | | |
| | yn | no | Tidak | No | | | |
| | yn | refused | Menolak, tidak mau | Refused | refused | | |
| | acts | banner | Spanduk, baliho | Banner, sign | | | |
| | acts | rally | Kampanye | Rally | | | |
| | acts | none | Tidak ada | None | | | |
| settings | | | | | | | |
| | form_title | form_id | version | default_language | | | |
| | Contoh | demo | 7 | Bahasa Indonesia (id) | | | |
"""

WAVE = """schema = "netralstat.wave/1"
id = "wave"
title = {{ id = "Kecil", en = "Small" }}
[ask]
instrument = "form.md"
version = "7"
[collect]
timezone = "WIB"
invalid = "missing"
{collect}
[[collect.sources]]
{source}
[design]
weight = "share"
[report]
institution = {{ id = "Lembaga", en = "Office" }}
version = "1"
date = 2025-12-16
"""

WAVE_FILE = (
    WAVE.format(
        source='path = "export.csv"\nkind = "kobo"\ncolumns = { "a b" = "age" }\nrows = 3',
        collect='unique = ["_uuid"]\nexclude = [{ item = "consent", not_in = ["yes"], reason = "no" }]',
    )
    + """[collect.regions]
item = "province"
scheme = "slug"
[[explain.models]]
id = "drivers"
outcome = "x"
terms = ["age", 'C(position, ref="jpt")']
label = { id = \"\"\"Pendorong\"\"\", en = 'Drivers' }
[ask.indicators.x]
label = { id = "a", en = "b" }
definition = { id = "a", en = "b" }
all_of = [{ item = "consent", in = ["yes"] }, { item = "age", at_least = 50.5 }]
"""
).encode()

NAMES = ("start", "consent", "age", "done", "own", "share", "day", "remark")
ROWS = (
    ("2025-03-01T08:00:00.000+07:00", "yes", "40", "banner rally", "no", "0.5", "2025-03-01", "=1+1; baik"),
    ("2025-03-02T08:00:00.000+08:00", "no", "", "", "", "", "", ""),
    ("2025-03-03T09:30:00.000+09:00", "yes", "17", "none", "", "12.25", "2025-02-28", "tidak\nada"),
    ("2025-03-04T10:00:00.000Z", "yes", "70", "banner", "", "1", "2024-12-31", "198501012010011001"),
)
_ACTS = ("banner", "rally", "none")
_ID = {"yes": "Ya", "no": "Tidak", "refused": "Menolak, tidak mau"}
_ACT_LABELS = {"banner": "Spanduk, baliho", "rally": "Kampanye", "none": "Tidak ada"}


def _csv(rows: list[list[str]], mark: str) -> bytes:
    def cell(text: str) -> str:
        quote = any(char in text for char in f'{mark}"\n')
        return '"' + text.replace('"', '""') + '"' if quote else text

    return "".join(mark.join(map(cell, row)) + "\n" for row in rows).encode()


def _split(done: str, yes: str, no: str) -> list[str]:
    return [yes if act in done.split() else no for act in _ACTS] if done else ["", "", ""]


def _kobo(mark: str, group: str, tool: tuple[str, ...]) -> bytes:
    """Names behind their group, the joined choices and a column each, and the tool's own columns."""
    long = {"age", "done", "own"}
    header: list[str] = []
    for name in NAMES:
        place = f"main{group}{name}" if name in long else name
        header += [place, *(f"{place}{group}{act}" for act in _ACTS)] if name == "done" else [place]
    rows = [header + list(tool)]
    for number, row in enumerate(ROWS):
        cells = [*row[:4], *_split(row[3], "1", "0"), *row[4:]]
        rows.append(cells + [f"uuid:{number}-{name}" for name in tool])
    return _csv(rows, mark)


def _plain(mark: str) -> bytes:
    return _csv([list(NAMES), *(list(row) for row in ROWS)], mark)


def _odk() -> bytes:
    header = [
        "SubmissionDate",
        "start",
        "consent",
        "main-age",
        "main-done",
        "main-own",
        "share",
        "day",
        "remark",
    ]
    rows = [[*header, "meta-instanceID", "KEY"]]
    rows += [[row[0], *row, f"uuid:{number}", f"uuid:{number}"] for number, row in enumerate(ROWS)]
    return _csv(rows, ",")


def _google() -> bytes:
    header = ["Timestamp", "Bersedia?", "Umur", "Yang mana?", "Sendiri?", "Bagian", "Hari", "Catatan"]
    rows = [header]
    for _, consent, age, done, own, share, day, remark in ROWS:
        labels = ", ".join(_ACT_LABELS[act] for act in done.split())
        year, month, date = day.split("-") if day else ("", "", "")
        written = f"{int(date)}/{int(month)}/{year}" if day else ""
        rows.append(
            ["01/03/2025 8:00:00", _ID[consent], age, labels, _ID.get(own, ""), share, written, remark]
        )
    return _csv(rows, ",")


def _limesurvey() -> bytes:
    header = ["id", "submitdate", "lastpage", "startlanguage", "consent", "age"]
    header += [f"done[{act}]" for act in _ACTS]
    rows = [[*header, "own", "share", "day", "remark"]]
    for number, (_, consent, age, done, own, share, day, remark) in enumerate(ROWS, start=1):
        head = [str(number), "2025-03-01 08:00:00", "9", "id", consent, age]
        rows.append([*head, *_split(done, "Y", ""), own, share, day and f"{day} 00:00:00", remark])
    return _csv(rows, ";")


LSS = """<?xml version="1.0" encoding="UTF-8"?>
<document><LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>637</DBVersion>
<questions><rows>
<row><qid>1</qid><parent_qid>0</parent_qid><type>L</type><title>consent</title><other>N</other></row>
<row><qid>2</qid><parent_qid>0</parent_qid><type>N</type><title>age</title><other>N</other></row>
<row><qid>3</qid><parent_qid>0</parent_qid><type>M</type><title>done</title><other>N</other></row>
<row><qid>4</qid><parent_qid>0</parent_qid><type>L</type><title>own</title><other>N</other></row>
<row><qid>5</qid><parent_qid>0</parent_qid><type>N</type><title>share</title><other>N</other></row>
<row><qid>6</qid><parent_qid>0</parent_qid><type>D</type><title>day</title><other>N</other></row>
<row><qid>7</qid><parent_qid>0</parent_qid><type>T</type><title>remark</title><other>N</other></row>
</rows></questions>
<subquestions><rows>
<row><qid>31</qid><parent_qid>3</parent_qid><title>banner</title><scale_id>0</scale_id></row>
<row><qid>32</qid><parent_qid>3</parent_qid><title>rally</title><scale_id>0</scale_id></row>
<row><qid>33</qid><parent_qid>3</parent_qid><title>none</title><scale_id>0</scale_id></row>
</rows></subquestions>
<answers><rows>
<row><aid>1</aid><qid>1</qid><code>yes</code><scale_id>0</scale_id></row>
<row><aid>2</aid><qid>1</qid><code>no</code><scale_id>0</scale_id></row>
<row><aid>3</aid><qid>4</qid><code>yes</code><scale_id>0</scale_id></row>
<row><aid>4</aid><qid>4</qid><code>no</code><scale_id>0</scale_id></row>
</rows></answers>
<question_l10ns><rows>
<row><id>1</id><qid>1</qid><question><![CDATA[Bersedia?]]></question><language>id</language></row>
<row><id>3</id><qid>31</qid><question><![CDATA[Spanduk, baliho]]></question><language>id</language></row>
</rows></question_l10ns>
<answer_l10ns><rows>
<row><id>1</id><aid>1</aid><answer><![CDATA[Ya]]></answer><language>id</language></row>
<row><id>2</id><aid>2</aid><answer><![CDATA[Tidak]]></answer><language>id</language></row>
</rows></answer_l10ns>
</document>
"""


def _qualtrics() -> bytes:
    names = ["StartDate", "EndDate", "Status", "Finished", "RecordedDate", "ResponseId", *NAMES[1:]]
    words = ["Start Date", "End Date", "Response Type", "Finished", "Recorded Date", "Response ID"]
    labels = [*words, "Bersedia?", "Umur", "Yang mana?", "Sendiri?", "Bagian", "Hari", "Catatan"]
    imports = [f'{{"ImportId":"{name}"}}' for name in names]
    rows = [names, labels, imports]
    for number, row in enumerate(ROWS):
        head = ["2025-03-01 08:00:00", "2025-03-01 08:20:00", "IP Address", "True", "2025-03-01 08:20:01"]
        done = ",".join(row[3].split())
        rows.append([*head, f"R_{number}", *row[1:3], done, *row[4:]])
    return _csv(rows, ",")


def _redcap() -> bytes:
    header = ["record_id", "consent", "age", *(f"done___{act}" for act in _ACTS), *NAMES[4:], "form_complete"]
    rows = [header]
    for number, (_, consent, age, done, *rest) in enumerate(ROWS, start=1):
        rows.append([str(number), consent, age, *_split(done, "1", "0"), *rest, "2"])
    return _csv(rows, ",")


_FIELDS = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number\n'
)
DICTIONARY = f"""{_FIELDS}record_id,form,,text,Record,,,
consent,form,,radio,Bersedia?,"yes, Ya | no, Tidak | refused, Menolak",,
age,form,,text,Umur,,,integer
done,form,,checkbox,Yang mana?,"banner, Spanduk | rally, Kampanye | none, Tidak ada",,
own,form,,radio,Sendiri?,"yes, Ya | no, Tidak | refused, Menolak",,
share,form,,text,Bagian,,,number
day,form,,text,Hari,,,date_ymd
remark,form,,notes,Catatan,,,
"""

_KOBO_OWN = ("_id", "_uuid", "_submission_time", "__version__", "_tags", "_index")
_ONA_OWN = ("_id", "_uuid", "_submission_time", "_version", "_duration", "_xform_id")
_ABSENT = 'absent = ["start"]\n'

DIALECTS: dict[str, tuple[tuple[bytes, ...], str, dict[str, bytes]]] = {
    "table": ((_plain(";"),), 'kind = "table"\ndelimiter = ";"\nselect_multiple = "joined"\n', {}),
    "kobo": (
        (_kobo(";", "/", _KOBO_OWN),),
        'kind = "kobo"\ndelimiter = ";"\ngroup_separator = "/"\n',
        {},
    ),
    "ona": ((_kobo(",", "/", _ONA_OWN),), 'kind = "ona"\ngroup_separator = "/"\n', {}),
    "odk_central": ((_odk(),), 'kind = "odk_central"\nselect_multiple = "joined"\n', {}),
    "google_forms": (
        (_google(),),
        'kind = "google_forms"\nheaders = "labels"\nanswers = "labels"\nlanguage = "id"\ndate_order = "dmy"\n'
        f'multiple_separator = ", "\n{_ABSENT}',
        {},
    ),
    "limesurvey": (
        (_limesurvey(),),
        f'kind = "limesurvey"\ndelimiter = ";"\nstructure = "survey.lss"\n{_ABSENT}',
        {"survey.lss": LSS.encode()},
    ),
    "qualtrics": (
        (_qualtrics(),),
        f'kind = "qualtrics"\nheader_rows = 3\nselect_multiple = "joined"\n{_ABSENT}',
        {},
    ),
    "redcap": (
        (_redcap(),),
        f'kind = "redcap"\nstructure = "dictionary.csv"\n{_ABSENT}',
        {"dictionary.csv": DICTIONARY.encode()},
    ),
}
"""By kind: exports, the keys of their source, and the files beside them."""

CONTACT_LOG = (
    "case,aapor,province\n"
    + "".join(
        f"{n},{code},{place}\n"
        for n, (code, place) in enumerate(
            [
                ("1.1", "aceh"),
                ("1.2", "bali"),
                ("2.11", "aceh"),
                ("2.2", "bali"),
                ("3.1", "aceh"),
                ("4.1", "bali"),
            ]
        )
    )
).encode()


def delimited() -> tuple[bytes, ...]:
    """CSV files whose header is in row 1."""
    return (_plain(","), _csv([["a", "b"], ["1", 'he said "x, y"'], ["", "é"]], ","))


def workbook() -> bytes:
    """A workbook with texts, numbers, dates, booleans, an error and a formula."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(NAMES))
    for row in ROWS:
        sheet.append([*row[:2], int(row[2]) if row[2] else None, *row[3:5], float(row[5] or 0), *row[6:]])
    sheet.append([True, 45352.25, -1e-7, "#N/A", "=1+1", "198501012010011001", "0001", "  x "])
    sheet["G2"].number_format = "yyyy-mm-dd"
    return _saved(book)


def form_workbook() -> bytes:
    """The form as a workbook."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for line in FORM.strip().split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0]:
            sheet = book.create_sheet(cells[0])
        else:
            sheet.append(cells[1:])  # type: ignore[union-attr]
    book.remove(book.worksheets[0])
    return _saved(book)


def _saved(book: object) -> bytes:
    stream = io.BytesIO()
    book.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def parquet() -> tuple[bytes, ...]:
    """Parquet with texts, numbers, a dictionary and times; plain and compressed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: [row[place] or None for row in ROWS] for place, name in enumerate(NAMES)}
    table = pa.table({**columns, "n": pa.array([1, 2, None, 4]), "x": pa.array([0.5, 1.0, 2.0, None])})
    table = table.append_column("code", pa.array(["a", "b", "a", None]).dictionary_encode())
    written = []
    for compression in ("none", "snappy"):
        stream = io.BytesIO()
        pq.write_table(table, stream, compression=compression)
        written.append(stream.getvalue())
    return tuple(written)


def statfiles(kind: str) -> tuple[bytes, ...]:
    """SPSS or Stata files with labels, missing codes, texts and dates."""
    import pandas as pd
    import pyreadstat

    frame = pd.DataFrame(
        {
            "consent": [1.0, 2.0, 98.0, None],
            "age": [40.0, 17.5, None, 70.0],
            "remark": ["a", "", "é" * 200, "198501012010011001"],
            "day": pd.to_datetime(["2025-03-01", "2024-12-31", None, "1999-01-01"]),
        }
    )
    labels = {"consent": {1.0: "Ya", 2.0: "Tidak", 98.0: "Menolak"}}
    written = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"seed.{kind}"
        if kind == "sav":
            missing = {"consent": [98.0]}
            for way in (None, True):
                pyreadstat.write_sav(
                    frame, str(path), variable_value_labels=labels, missing_ranges=missing, compress=way
                )
                written.append(path.read_bytes())
        else:
            for version in (15, 13):
                if version < 14:  # files of Stata 13 do not tell how their letters are written
                    frame["remark"] = frame["remark"].str.replace("é", "e")
                pyreadstat.write_dta(frame, str(path), variable_value_labels=labels, version=version)
                written.append(path.read_bytes())
    return tuple(written)


REGISTER = (
    'register = { path = "cases.csv", unit = "cases", as_of = 2021-12-16, source = { id = "R", en = "R" }, '
    'status = "status", stages = { new = "open", done = "sanctioned" }, count = "n", '
    'regions = { column = "place", scheme = "name", vintage = 2022, no_province = ["pusat"] } }'
)
CASES = (
    "place,status,n,note\nBali,new,12,a\nKep. Babel,done,3,\n"
    'pusat,done,0,"b, c"\n,new,7,\nPapua Selatan,new,1,é\n'
).encode()
