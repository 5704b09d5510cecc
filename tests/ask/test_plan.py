"""A wave file is read strictly, and all that is wrong with it is told at once, by line."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from netralstat.ask.plan import read_plan
from netralstat.ask.plan_toml import MAX_BYTES, key_lines
from netralstat.errors import PlanError

SMALL = """schema = "netralstat.wave/1"
id = "small-2021"
title = { id = "Kecil", en = "Small" }
[ask]
instrument = "../instrument/form.xlsx"
version = "7"
[collect]
[[collect.sources]]
path = "data/export.csv"
kind = "table"
[design]
weight = "pw"
[report]
institution = { id = "Lembaga", en = "Office" }
version = "1"
date = 2021-12-16
"""
INDICATOR = '[ask.indicators.x]\nlabel = { id = "a", en = "b" }\ndefinition = { id = "a", en = "b" }\n'


def write(tmp_path: Path, text: str | bytes) -> Path:
    folder = tmp_path / "surveys" / "small-2021"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wave.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def problem(tmp_path: Path, text: str | bytes) -> PlanError:
    with pytest.raises(PlanError) as caught:
        read_plan(write(tmp_path, text))
    return caught.value


def test_a_wave_without_modality_map_margins_frame_or_models(tmp_path):
    folder = write(tmp_path, SMALL)
    plan = read_plan(folder)
    assert plan == read_plan(folder / "wave.toml")
    assert (plan.schema_id, plan.id, plan.title.id, plan.title["en"]) == (
        *("netralstat.wave/1", "small-2021"),
        *("Kecil", "Small"),
    )
    assert plan.synthetic is False
    assert (plan.ask.indicators, plan.ask.scales) == ({}, {})
    source = plan.collect.sources[0]
    assert (source.encoding, source.delimiter, source.headers) == ("utf-8", ",", "names")
    assert (source.format, source.group_separator, source.select_multiple) == ("csv", None, "both")
    assert plan.collect.duplicates == "error"
    assert (plan.design.weight, plan.design.stratum, plan.design.columns) == ("pw", (), ("pw",))
    assert (plan.estimate.level, plan.estimate.interval, plan.estimate.domains) == (0.95, None, ())
    assert plan.explain.models == ()
    assert (plan.report.languages, plan.report.min_respondents) == (("id", "en"), 10)
    assert plan.report.date == date(2021, 12, 16)
    assert plan.sha256 == hashlib.sha256(SMALL.encode()).hexdigest()
    assert plan.folder == folder.resolve()
    assert plan.resolve("../instrument/form.xlsx") == folder.parent.resolve() / "instrument" / "form.xlsx"


def test_a_full_wave(tmp_path):
    text = SMALL.replace("[collect]", INDICATOR + 'all_of = [{ item = "a", in = ["yes"] }]\n[collect]')
    text = text.replace('weight = "pw"', 'frame = { path = "frame.csv", keys = ["district", "position"] }')
    text += """
[[design.margins]]
items = ["sex"]
path = "margins/sex.csv"
date = 2021-06-30
source = { id = "BKN", en = "BKN" }
[design.calibration]
method = "raking"
[estimate]
headline = ["x"]
[[explain.models]]
id = "drivers"
outcome = "x"
terms = ["age", 'C(position, ref="jpt")']
label = { id = "Pendorong", en = "Drivers" }
[collect.missing]
codes = { "-9" = "refused" }
[collect.regions]
item = "province"
scheme = "slug"
groups = "kasn2021"
"""
    plan = read_plan(write(tmp_path, text))
    assert plan.ask.indicators["x"].rule == "all_of"
    assert plan.ask.indicators["x"].kind == "binary"
    assert plan.ask.indicators["x"].all_of[0].in_ == ("yes",)
    assert plan.design.columns == ("district", "position")
    assert plan.design.margins[0].date == date(2021, 6, 30)
    assert plan.explain.models[0].terms == ("age", 'C(position, ref="jpt")')
    assert plan.collect.missing.codes == {"-9": "refused"}


def test_the_plan_is_frozen(tmp_path):
    plan = read_plan(write(tmp_path, SMALL))
    with pytest.raises(ValidationError, match="frozen"):
        plan.design.weight = "other"


def test_all_problems_at_once_each_with_its_line(tmp_path):
    text = SMALL.replace('version = "7"', "version = 7\nuniqe = 1").replace(
        'kind = "table"', 'kind = "kobo_csv"'
    )
    text = text.replace("date = 2021-12-16", 'date = "2021-12-16"\nlanguages = ["id", "de"]')
    lines = str(problem(tmp_path, text)).split("\n")
    assert lines[0] == "the wave file has 5 problems."
    assert lines[1] == "  line 6: ask.version: must be a text in quotes"
    assert lines[2].startswith("  line 7: ask.uniqe: unknown key; allowed: instrument, version, indicators")
    assert lines[3] == (
        '  line 11: collect.sources[1].kind: "kobo_csv" is not allowed; one of kobo, odk_central, ona, '
        'limesurvey, google_forms, qualtrics, redcap, table, netralstat. Did you mean "kobo"?'
    )
    assert lines[4].startswith("  line 17: report.date: must be a date without quotes")
    assert lines[5] == '  line 18: report.languages[2]: "de" is not allowed; one of id, en.'
    assert lines[6].endswith("small-2021/wave.toml")
    assert lines[7].startswith("  Do: mend these keys")


PROBLEMS = {
    "missing key": ('version = "7"\n', "", 4, "ask.version: this key is missing"),
    "missing section": (
        "[report]",
        "[reports]",
        13,
        'reports: unknown key; allowed: .*Did you mean "report"',
    ),
    "reserved": ("id =", 'sha256 = "x"\nid =', 2, "sha256: unknown key; allowed: schema, id, title"),
    "schema": ("wave/1", "wave/2", 1, '"netralstat.wave/2" is not allowed; one of netralstat.wave/1'),
    "wave id": ("small-2021", "Small 2021", 2, "id: must match"),
    "title": (', en = "Small"', "", 3, "title.en: this key is missing"),
    "rows": ('kind = "table"', 'kind = "table"\nrows = 0', 11, r"sources\[1\].rows: must be 1 or more"),
    "hash": ('kind = "table"', 'kind = "table"\nsha256 = "abc"', 11, "sha256: must match"),
    "delimiter": (
        'kind = "table"',
        'kind = "table"\ndelimiter = ":"',
        11,
        '":" is not allowed; one of ",", ";"',
    ),
    "key of another kind": (
        '"table"',
        '"table"\ngroup_separator = "."',
        8,
        '"group_separator" is for kind "kobo"',
    ),
    "key of another format": (
        '"table"',
        '"table"\nsheet = "x"',
        8,
        '"sheet" is for xlsx files, and this is csv',
    ),
    "no known format": ("export.csv", "export.doc", 8, "has none of the suffixes .csv"),
    "columns twice": ('"table"', '"table"\ncolumns = { a = "x", b = "x" }', 8, "names twice: x"),
    "dates": (
        "[collect]",
        "[collect]\nfieldwork = { start = 2021-07-30, end = 2021-07-01 }",
        8,
        "end 2021-07-01 is before",
    ),
    "report date": (
        "[collect]",
        "[collect]\nfieldwork = { start = 2021-07-30, end = 2022-07-01 }",
        14,
        "before fieldwork ends",
    ),
    "zone": ("[collect]", '[collect]\ntimezone = "Asia/Bandung"', 8, '"Asia/Bandung" is no time zone'),
    "policy": (
        "[collect]",
        '[collect]\nduplicates = "keep_first"',
        7,
        "needs the key of a row, such as unique",
    ),
    "simulate": ("[design]", "[collect.simulate]\nseed = 1\n[design]", 7, "not marked synthetic = true"),
    "exclude": (
        "[collect]",
        '[collect]\nexclude = [{ item = "a", reason = "b" }]',
        8,
        'exactly one of the keys "in" and "not_in"',
    ),
    "reason": (
        "[design]",
        '[collect.missing]\ncodes = { x = "refusd" }\n[design]',
        12,
        'Did you mean "refused"',
    ),
    "no weight": ('weight = "pw"', "", 11, 'design: needs "weight"'),
    "both designs": (
        'weight = "pw"',
        'weight = "pw"\nframe = { path = "f.csv", keys = ["a"] }',
        11,
        '"frame" excludes weight',
    ),
    "nonresponse": ('weight = "pw"', 'weight = "pw"\nnonresponse = "stratum"', 11, 'needs a "frame"'),
    "calibration": (
        'weight = "pw"',
        'weight = "pw"\ncalibration = { method = "raking" }',
        11,
        "at least one table",
    ),
    "logit": ('weight = "pw"', 'weight = "pw"\ncalibration = { method = "logit" }', 13, 'needs "bounds"'),
    "bounds": ('weight = "pw"', 'weight = "pw"\ncalibration = { bounds = [1.5, 3] }', 13, "must enclose 1"),
    "bounded": (
        'weight = "pw"',
        'weight = "pw"\ncalibration = { method = "poststratification", bounds = [0.5, 3] }',
        13,
        "cannot be bounded",
    ),
    "level": ("[report]", "[estimate]\nlevel = 95\n[report]", 14, "estimate.level: must be below 1"),
    "nan": ("[report]", "[estimate]\nlevel = nan\n[report]", 14, "estimate.level: "),
    "twice": (
        "[report]",
        '[estimate]\nheadline = ["a", "a"]\n[report]',
        14,
        "estimate.headline: names twice: a",
    ),
    "list": ("[report]", '[estimate]\nheadline = "a"\n[report]', 14, "estimate.headline: must be a list"),
    "table": ("[report]", "explain = 1\n[report]", 13, "design.explain: unknown key"),
    "section": ("title", "estimate = 3\ntitle", 3, "estimate: must be a table"),
    "not a list": (
        "[[collect.sources]]",
        "[collect.sources]",
        8,
        r"write \[\[collect.sources\]\] above each",
    ),
    "no number": ("[report]", "[estimate]\nlevel = inf\n[report]", 14, "level: must be a finite number"),
    "same file": (
        "[design]",
        '[[collect.sources]]\npath = "data/../data/export.csv"\nkind = "table"\n[design]',
        7,
        "collect: sources 1 and 2 are the same file: its rows would count twice",
    ),
    "path": ("data/export.csv", "d" * 2000 + ".csv", 9, "has 2,004 characters; the most a path may have"),
    "bool": ("title", 'synthetic = "yes"\ntitle', 3, "synthetic: must be true or false"),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_each_problem_tells_line_and_key(tmp_path, case):
    old, new, line, told = PROBLEMS[case]
    assert old in SMALL
    error = problem(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(PlanError, match=f"line {line}: .*{told}"):
        raise error


RULES = {
    "none": ("", "needs exactly one rule .*found: none"),
    "two": (
        'any_of = [{ item = "a", in = ["x"] }]\nnot = { item = "a", in = ["x"] }',
        "found: any_of and not",
    ),
    "subject": ('not = { in = ["x"] }', 'x.not: needs exactly one of the keys "item" and "indicator"'),
    "test": ('not = { item = "a" }', 'x.not: a condition on an item needs "in", "at_least" or "at_most"'),
    "mix": ('not = { item = "a", in = ["x"], at_least = 1 }', "exclude each other"),
    "order": (
        'not = { item = "a", at_least = 3, at_most = 1 }',
        r'"at_least" \(3\) is above "at_most" \(1\)',
    ),
    "k": ('at_least = { k = 2, of = [{ indicator = "y" }] }', "k = 2, but only 1 conditions are listed"),
    "score": ("mean_score = { min_answered = 0.5 }", 'exactly one of the keys "items" and "scale"'),
    "share": ('mean_score = { scale = "s", min_answered = 2 }', "min_answered: must be 1.0 or less"),
    "cut": ('score_at_least = { scale = "s" }', "score_at_least.cut: this key is missing"),
    "recode": (
        'recode = { item = "a", levels = { p = ["1"], q = ["1"] } }',
        '"1" stands in the levels "p" and "q"',
    ),
    "levels and bands": (
        'recode = { item = "a", levels = { p = ["1"] }, bands = [1, 2] }',
        'needs either "levels" or "bands"',
    ),
    "bands": ('recode = { item = "a", bands = [18, 35, 35] }', "each larger than the one before"),
    "modality": ('modality = "politicing"\nnot = { indicator = "y" }', 'Did you mean "politicking"'),
    "empty": ("any_of = []", "any_of: must list at least 1"),
    "typo": ('not = { itm = "a", in = ["x"] }', 'x.not.itm: unknown key; .*Did you mean "item"'),
}


@pytest.mark.parametrize("case", RULES)
def test_rules_of_indicators(tmp_path, case):
    rule, told = RULES[case]
    with pytest.raises(PlanError, match=told):
        raise problem(tmp_path, SMALL.replace("[collect]", f"{INDICATOR}{rule}\n[collect]"))


MODELS = {
    "reference": (
        'family = "logit"\nreference = "a"',
        '"reference" is for family = "multinomial", not for "logit"',
    ),
    "penalty": (
        'family = "poisson"\npenalty = "firth"',
        'penalty = "firth" is for family = "logit", not for "poisson"',
    ),
    "what if": (
        'family = "linear"\nwhat_if = { x = 1 }',
        '"what_if" is for a model of a 0/1 outcome, not for family = "linear"',
    ),
}


@pytest.mark.parametrize("case", MODELS)
def test_models_whose_keys_do_not_fit(tmp_path, case):
    keys, told = MODELS[case]
    model = '[[explain.models]]\nid = "m"\noutcome = "y"\nterms = ["x"]\nlabel = { id = "a", en = "b" }\n'
    found = problem(tmp_path, SMALL.replace("[report]", f"{model}{keys}\n[report]"))
    assert told in str(found)
    assert "explain.models[1]" in str(found)


def test_scales(tmp_path):
    scale = '[ask.scales.x]\nlabel = { id = "a", en = "b" }\n'
    text = SMALL.replace("[collect]", scale + 'items = ["a"]\nreverse = ["b"]\n[collect]')
    assert "line 7: ask.scales.x: reverse names b, not among its items" in str(problem(tmp_path, text))
    text = SMALL.replace("[collect]", f'{INDICATOR}not = {{ indicator = "y" }}\n{scale}[collect]')
    assert '"x" is both a scale and an indicator that is not its mean score' in str(problem(tmp_path, text))
    text = SMALL.replace("[collect]", f'{INDICATOR}mean_score = {{ scale = "x" }}\n{scale}[collect]')
    assert read_plan(write(tmp_path, text)).ask.indicators["x"].kind == "score"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../secret.csv",
        "C:/data.csv",
        "..\\\\x.csv",
        "~/x.csv",
        "",
        "a\\u0000b",
        "out/x.csv",
    ],
)
def test_paths_stay_inside_the_surveys_folder(tmp_path, path):
    folder = write(tmp_path, SMALL.replace("data/export.csv", path))
    (tmp_path / "elsewhere").mkdir()
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlanError, match=r"line 9: collect\.sources\[1\]\.path: ") as caught:
        read_plan(folder)
    assert "1 problem." in caught.value.fact


def test_paths_of_every_section_are_checked(tmp_path):
    text = SMALL.replace("../instrument", "../../instrument").replace(
        "[report]", '[report]\npublished = "/x.csv"'
    )
    text = text.replace('weight = "pw"', 'frame = { path = "../../f.csv", keys = ["a"] }')
    told = str(problem(tmp_path, text))
    assert all(key in told for key in ("ask.instrument", "design.frame.path", "report.published"))


def test_loop_of_symlinks(tmp_path):
    folder = write(tmp_path, SMALL)
    (folder / "data").symlink_to(folder / "data")
    assert "cannot be followed" in str(problem(tmp_path, SMALL))


def test_a_path_given_by_hand_is_checked_too(tmp_path):
    with pytest.raises(PlanError, match=r"a path .* leaves the surveys folder"):
        read_plan(write(tmp_path, SMALL)).resolve("../../x.csv")


def test_syntax_errors_tell_the_line(tmp_path):
    error = problem(tmp_path, SMALL.replace('id = "small-2021"', 'id = "small-2021'))
    assert "not valid TOML: Illegal character" in error.fact
    assert error.where.endswith("wave.toml, line 2")
    assert problem(tmp_path, SMALL + "x = [1,").where.endswith("line 17")
    assert "Cannot overwrite a value" in problem(tmp_path, "a = 1\na = 2\n").fact
    assert "not valid TOML" in problem(tmp_path, "a = " + "1" * 5000).fact


def test_files_that_are_no_wave_file(tmp_path):
    assert "is not UTF-8 (byte 3)" in problem(tmp_path, b"a=\xff").fact
    assert "larger than 64 KiB" in problem(tmp_path, "#" * (MAX_BYTES + 1)).fact
    with pytest.raises(PlanError, match=r"cannot be read: No such file(.|\n)*Do: give the folder of a wave"):
        read_plan(tmp_path / "nowhere")


DEEP = (
    "a = " + "[" * 30 + "]" * 30,
    "a = " + "[" * 30_000 + "]" * 30_000,
    "a = " + "{b=" * 5000 + "1" + "}" * 5000,
    ".".join("a" * 20) + " = 1",
    ".".join("a" * 30_000) + " = 1",
    "[" + ".".join("a" * 30_000) + "]",
)


@pytest.mark.parametrize("deep", DEEP, ids=range(len(DEEP)))
def test_deep_nesting_is_an_error_and_no_crash(tmp_path, deep):
    assert "nests tables or lists deeper than 16" in problem(tmp_path, deep).fact


def test_lines_of_keys():
    text = """# comment with = and [brackets]
a = 1
"b c".d = "x # no comment" # a comment
[t]
list = [ # open
  { k = "}", l = ']' },

  { k = 2 },
]
text = \"\"\"
[no.table]
k = 1 \\\"\"\" \"\"\"\"
[[t.s]]
p = '''
x'''
[[t.s]]
p = {q.r = 2021-01-01, "s" = [1, 2]}
[t.s.u]
v = 'it''
""".replace("'it''", "'it'")
    tomllib.loads(text)
    lines = key_lines(text)
    assert lines[("a",)] == 2
    assert lines[("b c", "d")] == 3
    assert lines[("t", "list", 0, "l")] == 6
    assert lines[("t", "list", 1, "k")] == 8
    assert lines[("t", "text")] == 10
    assert ("no", "table") not in lines
    assert lines[("t", "s", 0, "p")] == 14
    assert lines[("t", "s", 1, "p", "q", "r")] == 17
    assert lines[("t", "s", 1, "p", "s", 1)] == 17
    assert lines[("t", "s", 1, "u", "v")] == 19


VALUES = st.recursive(
    st.integers() | st.booleans() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.\"' ", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def as_toml(value) -> str:
    quote = str.maketrans({"\\": "\\\\", '"': '\\"'})
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value.translate(quote)}"'
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(as_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(key)} = {as_toml(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def places(value, above=()):
    yield above
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*above, key))


@pytest.mark.long
@given(st.dictionaries(st.text("xyz", min_size=1, max_size=3), VALUES, max_size=4))
def test_every_key_of_any_toml_has_a_line(data):
    text = "".join(f"{key} = {as_toml(value)}\n" for key, value in data.items())
    assert tomllib.loads(text) == data
    lines = key_lines(text)
    assert {place for place in places(data) if place} == lines.keys()
    assert all(1 <= line <= text.count("\n") for line in lines.values())
