"""LimeSurvey: codes, texts, VV files, and the three kinds of structure file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from collect.dialects.survey_tools import cells, read, split
from collect.dialects.test_exports import EXPORTS, compare, form, truth  # noqa: F401

from netralstat.ask.plan import Plan, read_plan
from netralstat.collect.responses import read_responses
from netralstat.errors import PlanError, ResponseError

HEADER = (
    '"id","submitdate","lastpage","startlanguage","seed","setuju","done[SQ001]","done[SQ002]","done[9]",'
    '"done[other]","lihat[01]","lihat[SQ002]","urut[1]","urut[2]","umur","bagian","hari","saran"'
)
ROWS = """
"1","1980-01-01 00:00","3","id","7","A1","Y","","","","A1","A2","A2","A1","37","1.50","1980-01-01","'=1+1"
"2","2024-12-15 07:19:10","3","id","8","A2","","","","kata sendiri","","","","","","","2024-11-01","a, b"
"3","","1","id","9","","","","","","","","","","","","",""
"""
COLUMNS = {"submitdate": "end", "done[other]": "done_lain"}
LSS = """<?xml version="1.0" encoding="UTF-8"?>
<document><LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>{version}</DBVersion>
<answers><rows>{answers}</rows></answers>
<answer_l10ns><rows>{wording}</rows></answer_l10ns>
<questions><rows>{questions}</rows></questions>
<subquestions><rows>{parts}</rows></subquestions>
<question_l10ns><rows>{texts}</rows></question_l10ns>
</document>"""
QUESTIONS = [
    ("1", "L", "setuju", "N", [("A1", "Ya"), ("A2", "<b>Tidak</b>")], []),
    (
        "2",
        "M",
        "done",
        "Y",
        [],
        [("SQ001", "Spanduk,&nbsp;baliho"), ("SQ002", "Kampanye"), ("9", "Menolak")],
    ),
    ("3", "F", "lihat", "N", [("A1", "Ya"), ("A2", "Tidak")], [("01", "Ajakan"), ("SQ002", "Hadiah")]),
    ("4", "R", "urut", "N", [("A1", "Ya"), ("A2", "Tidak")], []),
    ("5", "X", "halo", "N", [], []),
    ("6", "N", "umur", "N", [], []),
]


def cell(tag: str, text: str) -> str:
    return f"<{tag}><![CDATA[{text}]]></{tag}>"


def row(**fields: str) -> str:
    return "<row>" + "".join(cell(tag, text) for tag, text in fields.items()) + "</row>"


def lss(questions=QUESTIONS, *, old: bool = False) -> bytes:
    """A structure file of LimeSurvey 3 (wording in the rows) or of 4 and later (in tables of their own)."""
    tables: dict[str, list[str]] = {
        "answers": [], "wording": [], "questions": [], "parts": [], "texts": []
    }  # fmt: skip
    for qid, kind, title, other, answers, parts in questions:
        told = {"question": title, "language": "id"} if old else {}
        tables["questions"].append(row(qid=qid, parent_qid="0", type=kind, title=title, other=other, **told))
        for number, (code, label) in enumerate(answers):
            aid = f"{qid}0{number}"
            told = {"answer": label, "language": "id"} if old else {}
            tables["answers"].append(row(aid=aid, qid=qid, code=code, scale_id="0", **told))
            if not old:
                tables["wording"].append(row(id=aid, aid=aid, answer=label, language="id"))
        for number, (code, label) in enumerate(parts):
            part = f"{qid}1{number}"
            told = {"question": label, "language": "id"} if old else {}
            tables["parts"].append(row(qid=part, parent_qid=qid, type="T", title=code, scale_id="0", **told))
            if not old:
                tables["texts"].append(row(id=part, qid=part, question=label, language="id"))
    joined = {name: "".join(rows) for name, rows in tables.items()}
    return LSS.format(version="355" if old else "637", **joined).encode()


def text_structure(questions=QUESTIONS) -> bytes:
    lines = [
        "id\trelated_id\tclass\ttype/scale\tname\trelevance\ttext\thelp\tlanguage\tvalidation\tmandatory\tother"
    ]
    lines.append("\t\tS\t\tsid\t\t1\t\t\t\t\t")
    for qid, kind, title, other, answers, parts in questions:
        lines.append(f"{qid}\t\tQ\t{kind}\t{title}\t1\t{title}\t\tid\t\tN\t{other}")
        lines += [f"{qid}\t\tSQ\t\t{code}\t\t{label}\t\tid\t\t\t" for code, label in parts]
        lines += [f"{qid}\t\tA\t0\t{code}\t\t{label}\t\tid\t\t\t" for code, label in answers]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def check(answers) -> None:
    assert cells(answers.whole["setuju"]) == ["ya", "tidak", ""]
    assert split(answers) == {
        "b_banner": ["1", "0", ""],
        "b_rally": ["0", "0", ""],
        "-9": ["0", "0", ""],
        "other": ["0", "1", ""],
    }
    assert cells(answers.whole["done_lain"]) == ["", "kata sendiri", ""]
    assert cells(answers.whole["lihat_01"]) == ["ya", "", ""]
    assert cells(answers.whole["lihat_02"]) == ["tidak", "", ""]
    assert cells(answers.whole["urut"]) == ["tidak ya", "", ""]
    assert cells(answers.whole["umur"]) == ["37", "", ""]
    assert cells(answers.whole["bagian"]) == ["1.5", "", ""]
    assert cells(answers.whole["saran"])[1:] == ["a, b", ""]
    assert answers.unknown == ()


FILES = {"s.lss": lss(), "old.lss": lss(old=True), "s.txt": text_structure()}


@pytest.mark.parametrize("name", FILES)
def test_codes_with_a_structure(name):
    answers = read("limesurvey", HEADER + ROWS, structure=(name, FILES[name]), columns=COLUMNS)
    check(answers)
    assert cells(answers.whole["end"]) == ["", "2024-12-15 07:19:10", ""]  # 1980: a survey without dates
    assert cells(answers.whole["hari"])[0] == "1980-01-01"  # and an answer stays one
    assert cells(answers.whole["saran"])[0] == "=1+1"  # the exporter's apostrophe is taken off
    assert answers.not_asked == {}


def test_codes_of_the_form_without_underscores_need_no_structure():
    header = HEADER.replace("SQ001", "bbanner").replace("done[SQ002]", "done[brally]").replace("[9]", "[-9]")
    header = header.replace("lihat[01]", "lihat01").replace("lihat[SQ002]", "lihat02")
    rows = ROWS.replace('"A1"', '"ya"').replace('"A2"', '"tidak"')
    check(read("limesurvey", header + rows, columns=COLUMNS))


def test_a_code_that_stands_for_nothing_is_set_apart():
    rows = ROWS.replace('"7","A1"', '"7","ya"').replace('"8","A2"', '"8","Z"')
    answers = read("limesurvey", HEADER + rows, structure=("s.lss", lss()), columns=COLUMNS)
    assert cells(answers.whole["setuju"]) == ["\ufffdya", "Z", ""]


def test_a_map_of_codes():
    codes = {
        "questions": {"q1": "setuju", "lihat": "done"},
        "answers": {"setuju": {"A1": "ya", "A2": "tidak"}, "done": {"SQ001": "b_banner", "-oth-": "other"}},
    }
    header = '"id","q1","lihat[SQ001]","lihat[brally]","lihat[9]","lihat[other]"\n"1","A2","Y","","","x"\n'
    absent = ["end", "done_lain", "lihat_01", "lihat_02", "urut", "umur", "bagian", "hari", "saran"]
    with pytest.raises(ResponseError, match=r"2 columns are absent .*: done/b_rally, done/-9"):
        read("limesurvey", header, structure=("m.json", json.dumps(codes).encode()), absent=absent)
    codes["answers"]["done"] |= {"brally": "b_rally", "9": "-9"}
    structure = ("m.json", json.dumps(codes).encode())
    answers = read("limesurvey", header, structure=structure, absent=absent)
    assert cells(answers.whole["setuju"]) == ["tidak"]
    assert split(answers) == {"b_banner": ["1"], "b_rally": ["0"], "-9": ["0"], "other": ["1"]}
    assert answers.unknown == ("lihat[other]",)
    assert answers.absent.keys() == set(absent)


def test_answers_and_questions_as_texts():
    header = (
        '"id","submitdate","Consent?","What have you done? [Banner, billboard]",'
        '"What have you done? [Rally]",'
        '"What have you done? [Refused]","What have you done? [Other]","Seen? [Appeals]","Seen? [Gifts]",'
        '"Age","Share","Which day?","Remarks"'
    )
    rows = """
"1","","Yes","Yes","No","No","","Yes","No","37","1.5","2024-11-01","a"
"2","","No","N/A","N/A","N/A","","","","","","",""
"""
    keys = {"headers": "labels", "answers": "labels", "language": "en", "absent": ["urut"]}
    columns = {"submitdate": "end", "What have you done? [Other]": "done_lain"}
    form_without_other = {"What have you done? [Other]": "done_lain"}
    with pytest.raises(ResponseError, match=r"1 column is absent .*: done/other"):
        read("limesurvey", header + rows, columns=columns, **keys)
    header = header.replace("[Refused]", '[Refused]","What have you done? [Something else]')
    rows = rows.replace('"No","No",""', '"No","No","No",""').replace('"N/A",""', '"N/A","N/A",""')
    answers = read("limesurvey", header + rows, columns={**columns, **form_without_other}, **keys)
    assert cells(answers.whole["setuju"]) == ["ya", "tidak"]
    assert cells(answers.whole["lihat_02"]) == ["tidak", ""]
    assert split(answers)["b_banner"] == ["1", ""]
    assert split(answers)["b_rally"] == ["0", ""]
    assert list(answers.not_asked["done"]) == [False, True]


VV = (
    "Response ID\tDate\tBersedia?\tPernah?\tPernah?\tPernah?\tPernah?\tSebutkan\t"
    "1\t2\t1\t2\t3\t4\t5\t6\n"
    "id\tsubmitdate\tsetuju\tdone_bbanner\tdone_brally\tdone_-9\tdone_other\tdonelain\t"
    "lihat_01\tlihat_02\turut_1\turut_2\tumur\tbagian\thari\tsaran\n"
)
HIDDEN = "{question_not_shown}"
VV_ROWS = (
    "1\t2024-12-15 07:19:10\tya\tY\t\t\t\t\tya\ttidak\tya\ttidak\t37.0000000000\t0.5000000000\t"
    "2024-11-01 00:00:00\t{quote}baris{newline}dua{tab}{lbrace}x}\n"
    f"2\t{HIDDEN}\ttidak" + f"\t{HIDDEN}" * 13 + "\n"
    "3\t2024-12-15 07:19:10\tya\t\t\t\t\t\t\t\t\t\t\t\t\t\n"
)
VV_KEYS = {"title_rows": 1, "delimiter": "\t", "columns": {"submitdate": "end"}}


def test_vv_tells_what_was_not_asked():
    answers = read("limesurvey", VV + VV_ROWS, **VV_KEYS)
    assert cells(answers.whole["setuju"]) == ["ya", "tidak", "ya"]
    assert split(answers)["b_banner"] == ["1", "", "0"]
    assert split(answers)["b_rally"] == ["0", "", "0"]  # shown and blank: not chosen
    assert cells(answers.whole["urut"]) == ["ya tidak", "", ""]
    assert cells(answers.whole["umur"]) == ["37", "", ""]
    assert cells(answers.whole["bagian"]) == ["0.5", "", ""]
    assert cells(answers.whole["saran"]) == ['"baris\ndua\t{x}', "", ""]
    for name in ("done", "umur", "urut", "saran", "lihat_01"):
        assert list(answers.not_asked[name]) == [False, True, False], name
    assert "setuju" not in answers.not_asked


def test_vv_as_php_quotes_it():
    quoted = VV_ROWS.replace("{quote}baris{newline}dua{tab}{lbrace}x}", '"dua kata ""tiga"""')
    answers = read("limesurvey", VV + quoted, **VV_KEYS)
    assert cells(answers.whole["saran"])[0] == 'dua kata "tiga"'


@pytest.mark.parametrize(
    ("change", "keys", "fact"),
    [
        (("", ""), {"title_rows": 0}, "two header rows, texts above codes"),
        (("\nid\t", "\nnomor\t"), {}, "is not the row of codes of a VV file"),
        (("", ""), {"answers": "labels"}, "is not the row of codes of a VV file"),
        (("setuju", "12X3X4"), {}, "headed by numbers of the database: 12X3X4"),
        (
            ("", ""),
            {"columns": {"submitdate": "end", "asal": "saran"}},
            "1 of 2 headers to translate are absent",
        ),
    ],
)
def test_vv_that_is_not_as_declared(change, keys, fact):
    with pytest.raises((PlanError, ResponseError), match=fact):
        read("limesurvey", (VV + VV_ROWS).replace(*change), **{**VV_KEYS, **keys})


def test_an_absent_column():
    text = (HEADER + ROWS).replace('"umur"', '"usia"')
    with pytest.raises(ResponseError, match=r"1 column is absent .*: umur"):
        read("limesurvey", text, structure=("s.lss", lss()), columns=COLUMNS)


def test_what_cannot_be_matched_is_told_at_once():
    questions = [
        ("1", "L", "setuju", "N", [("A1", "Ya"), ("A2", "Barangkali")], []),
        ("3", "F", "lihat", "N", [("A1", "Ya"), ("A2", "Ya")], [("01", "Ajakan")]),
        ("4", "M", "saran", "N", [], [("A", "x")]),
    ]
    with pytest.raises(PlanError) as caught:
        read("limesurvey", HEADER + ROWS, structure=("s.lss", lss(questions)), columns=COLUMNS)
    assert caught.value.fact == (
        "4 codes of the LimeSurvey survey cannot be matched with the instrument:\n"
        "  answer A2 of question setuju is no choice of setuju, or not it alone\n"
        "  answer A1 of question lihat[01] is no choice of lihat_01, or not it alone\n"
        "  answer A2 of question lihat[01] is no choice of lihat_01, or not it alone\n"
        "  question saran is of type M, item saran is text"
    )
    columns = {**COLUMNS, "setuju[A2]": "setuju/tidak"}
    questions = [questions[0], *QUESTIONS[1:]]
    check(read("limesurvey", HEADER + ROWS, structure=("s.lss", lss(questions)), columns=columns))


BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><document>&c;</document>"""
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><document>&a;</document>'
)


@pytest.mark.parametrize(
    ("name", "raw", "fact"),
    [
        ("s.lss", BOMB, "declares a document type or entities"),
        ("s.lss", OUTSIDE, "declares a document type or entities"),
        ("s.lss", lss()[:500], "is no XML that can be read"),
        ("s.lss", b"<document>" + b"<a>" * 1_000_000, "nests more than 20 levels deep"),
        ("s.lss", b"<document></document>", "holds no questions with codes"),
        ("s.txt", b"class\tname\n", "has no column type/scale, text, language"),
        ("s.txt", b"\xff\xfe", "is no tab-separated text in UTF-8"),
        ("s.txt", text_structure([]), "holds no questions with codes"),
        ("m.json", b"{", "is no map of codes in JSON"),
        ("m.json", b"[" * 100_000, "is no map of codes in JSON"),
        ("m.json", b'{"questions": {"a": "umur", "a": "saran"}}', "is no map of codes in JSON"),
        ("m.json", b'{"other": {}}', "needs the tables"),
        ("m.json", b'{"questions": {"a": 1}}', "may hold texts only"),
        ("m.json", b'{"questions": {"a": "nobody"}}', "nobody is no item of the instrument"),
        ("m.json", b'{"answers": {"setuju": {"A": "x"}}}', "x is no choice of item setuju"),
        ("s.pdf", b"", r"is \.lss, \.txt or \.json"),
    ],
)
def test_broken_structures(name, raw, fact):
    with pytest.raises((PlanError, ResponseError), match=fact):
        read("limesurvey", HEADER + ROWS, structure=(name, raw), columns=COLUMNS)


def test_a_question_is_no_other_item_that_one_of_its_parts_is_named_like():
    text = (HEADER + ROWS).replace('"umur"', '"anak[umur]"')
    with pytest.raises(ResponseError, match=r"1 column is absent .*: umur"):
        read("limesurvey", text, structure=("s.lss", lss()), columns=COLUMNS)


WAVE = """
schema = "netralstat.wave/1"
id = "x"
title = { id = "L", en = "L" }
[ask]
instrument = "form.xlsx"
version = "2024112801"
[collect]
timezone = "WIB"
[[collect.sources]]
path = "limesurvey_code.csv"
kind = "limesurvey"
encoding = "utf-8-sig"
delimiter = ";"
structure = "limesurvey_codemap.json"
columns = { startdate = "start", datestamp = "end" }
absent = ["today", "le_u", "layak"]
[design]
frame = { path = "frame.csv", keys = ["prov"] }
[report]
institution = { id = "L", en = "O" }
version = "1"
date = 2024-12-31
"""


@pytest.fixture
def wave(tmp_path: Path) -> Callable[..., Plan]:
    """The wave folder of the example export."""

    def lay(*change: str) -> Plan:
        folder = tmp_path / "surveys" / "x"
        folder.mkdir(parents=True)
        for name in ("limesurvey_code.csv", "limesurvey_codemap.json"):
            (folder / name).write_bytes((EXPORTS / name).read_bytes())
        (folder / "wave.toml").write_text(WAVE.replace(*change) if change else WAVE, encoding="utf-8")
        return read_plan(folder)

    return lay


def test_the_example_export_equals_the_truth(wave, form, truth):  # noqa: F811
    """What the exporter destroyed: today, le_u and layak; fractions of a second; the zone of each time."""
    read_ = read_responses(wave(), form)
    for answers in truth:
        for name in ("today", "le_u", "layak"):
            answers[name] = None
        for name in ("start", "end"):  # the clock of the place, which the wave file says is that of WIB
            answers[name] = f"{answers[name][:19]}+07:00"
    assert compare(read_, form, truth) == 402 * len(form.answerable)
    assert (read_.missing[["today", "le_u", "layak"]] == "not_asked").all(axis=None)
    assert not read_.findings["severity"].eq("error").any()
    assert read_.frame.loc[70, "saran"].startswith("=HYPERLINK(")


def test_what_a_vv_file_says_was_not_asked_is_so_in_the_responses(tmp_path, form):  # noqa: F811
    """Skip logic asks everybody who is employed for the province; the file knows better."""
    folder = tmp_path / "surveys" / "x"
    folder.mkdir(parents=True)
    names = [item.name for item in form.answerable if item.kind != "select_multiple"]
    absent = [item.name for item in form.answerable if item.kind == "select_multiple"]
    codes = ["id", *(name.replace("_", "") for name in names)]
    told = {"setuju": "ya", "status": "pns", "layak": "1"}
    rows = []
    for number, (prov, umur) in enumerate([("aceh", "37.00"), (HIDDEN, HIDDEN), ("", "")]):
        cells_ = {**told, "prov": prov, "umur": umur}
        rows.append("\t".join([str(number), *(cells_.get(name, HIDDEN) for name in names)]))
    (folder / "vv.csv").write_text("\n".join(["\t".join(codes), "\t".join(codes), *rows]) + "\n")
    source = 'path = "vv.csv"\nkind = "limesurvey"\ntitle_rows = 1\ndelimiter = "\\t"\n'
    source += f"absent = {json.dumps(absent)}\n"
    first, last = WAVE.index('path = "lime'), WAVE.index("[design]")
    (folder / "wave.toml").write_text(WAVE[:first] + source + WAVE[last:])
    read_ = read_responses(read_plan(folder), form)
    assert list(read_.frame["umur"].fillna(-1)) == [37, -1, -1]
    assert list(read_.missing["umur"]) == ["", "not_asked", "no_answer"]
    assert list(read_.missing["prov"]) == ["", "not_asked", "no_answer"]
    assert list(read_.missing["kr_1"]) == ["not_asked"] * 3
    required = read_.findings[read_.findings["rule"] == "required"]
    assert set(required["row"]) == {5}


def test_a_structure_that_is_not_there(wave, form):  # noqa: F811
    with pytest.raises(ResponseError, match="the structure file cannot be read: No such file"):
        read_responses(wave("limesurvey_codemap.json", "nowhere.json"), form)


def test_an_absent_item_that_is_there(wave, form):  # noqa: F811
    with pytest.raises(PlanError, match="1 items declared absent are in the file: umur"):
        read_responses(wave('"layak"]', '"layak", "umur"]'), form)
