"""The whole result: flags that leave rows out, the tables, and a wave file that contradicts itself."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from collect.quality.conftest import GRID, rows

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan
from netralstat.collect.quality.flags import COLUMNS
from netralstat.collect.quality.quality import check_quality
from netralstat.collect.responses import read_responses, read_unflagged
from netralstat.errors import PlanError, ResponseError

Write = Callable[..., Plan]
EVERYTHING = """
[collect.quality]
start = "start"
end = "end"
min_minutes = 6
interviewer = "interviewer"
interviewer_within = "area"
groups = ["area"]
{more}
[[collect.quotas]]
items = ["sex"]
levels = {{ m = 40, f = 40 }}
[[collect.list_experiments]]
id = "list"
arm = "arm"
control = "control"
treatment = "treatment"
count = "count"
n_items = 3
covariates = ["sex"]
"""


def stained(n: int = 90) -> list[dict[str, str]]:
    answers = rows(n)
    for row in (5, 6):
        answers[row]["end"] = "2021-07-02T08:03:00+07:00"
    for row in (6, 12):
        answers[row] |= dict.fromkeys(GRID, "4")
    answers[20] = {**answers[21], "key": "other", "interviewer": "E4"}
    answers[30]["key"] = answers[29]["key"]
    return answers


def test_flags_name_rows_of_the_file(write: Write, form: Instrument) -> None:
    plan = write(stained(), EVERYTHING.format(more=""))
    responses = read_responses(plan, form)
    quality = check_quality(plan, form, responses)
    assert (quality.n_read, quality.n_accepted, quality.n_checked, quality.n_rejected) == (90, 89, 89, 1)
    flags = quality.flags
    assert list(flags.columns) == list(COLUMNS)
    found = {flag: sorted(part["row"].unique()) for flag, part in flags.groupby("flag")}
    assert found["speeder"] == [7, 8]
    assert found["straightliner"] == [8, 14]
    assert found["duplicate_answers"] == [22, 23]
    twins = flags[flags["flag"] == "duplicate_answers"]
    assert twins["other_row"].tolist() == [23, 22]
    assert twins["interviewer"].tolist() == ["E4", "E3"]
    assert not flags["excluded"].any()
    counts = quality.flag_counts().set_index("flag")
    assert counts.loc["speeder", ["rows", "share"]].tolist() == [2, 2 / 89]


def test_declared_flags_leave_rows_out(write: Write, form: Instrument) -> None:
    plan = write(stained(), EVERYTHING.format(more='exclude_flags = ["speeder", "straightliner"]'))
    responses = read_responses(plan, form)
    assert responses.rejected_by_rule == {"duplicate": 1, "speeder": 2, "straightliner": 1}
    assert responses.n_read == responses.n_accepted + responses.n_rejected == 90
    assert len(responses.frame) == len(responses.missing) == len(responses.rows) == 86
    assert not set(responses.rows["row"]) & set(responses.rejected["row"])
    told = responses.findings[responses.findings["rule"].isin(("speeder", "straightliner"))]
    assert told[["row", "rule"]].to_numpy().tolist() == [
        [7, "speeder"],
        [8, "speeder"],
        [14, "straightliner"],
    ]
    quality = check_quality(plan, form, read_unflagged(plan, form))
    assert (quality.n_checked, quality.n_accepted) == (89, 86)
    assert quality.rejected_by_rule == responses.rejected_by_rule
    kept = quality.flags[quality.flags["excluded"]]
    assert set(kept["flag"]) == {"speeder", "straightliner"}
    key = responses.frame.index.tolist()
    assert key == list(range(86))


@pytest.mark.parametrize(
    ("flag", "more", "lost"),
    [
        ("duplicate_answers", "", 2),
        ("near_duplicate", "near_duplicate_share = 0.5", None),
        *(
            pytest.param(*flag, marks=pytest.mark.long)
            for flag in [
                ("too_long", "max_minutes = 21.5", None),
                ("attention", "", 1),
                ("much_missing", "", 1),
                ("list_range", "", 1),
                ("long_run", "long_run = 6", 2),
            ]
        ),
    ],
)
def test_each_flag_can_leave_rows_out(
    write: Write, form: Instrument, flag: str, more: str, lost: int | None
) -> None:
    answers = stained()
    answers[40]["attention"] = "1"
    answers[41] |= dict.fromkeys((*GRID, "sex", "age", "done"), "")
    answers[42]["count"] = "9"
    plan = write(answers, EVERYTHING.format(more=f'{more}\nexclude_flags = ["{flag}"]'))
    quality = check_quality(plan, form, read_unflagged(plan, form))
    responses = read_responses(plan, form)
    mine = quality.flags[quality.flags["flag"] == flag]
    assert responses.rejected_by_rule[flag] == mine["row"].nunique() == (lost or mine["row"].nunique())
    assert mine["excluded"].all()
    assert responses.n_accepted == quality.n_accepted
    assert quality.n_read == 90


def test_flags_that_leave_nobody(write: Write, form: Instrument) -> None:
    plan = write(collect='[collect.quality]\nduration = "pw"\nmin_minutes = 5\nexclude_flags = ["speeder"]\n')
    with pytest.raises(ResponseError, match="none of 60 accepted rows is left after exclude_flags"):
        read_responses(plan, form)


def test_the_tables_as_json_hold_no_answer(write: Write, form: Instrument) -> None:
    answers = stained()
    answers[50]["remark"] = "A REMARK"
    plan = write(answers, EVERYTHING.format(more=""))
    text = check_quality(plan, form, read_unflagged(plan, form)).to_json()
    assert "A REMARK" not in text
    assert '"k5"' not in text
    content = json.loads(text)
    assert content["rows"] == {"read": 90, "accepted": 89, "rejected": 1, "checked": 89, "flagged": 5}
    assert set(content["tables"]) >= {
        *("flags", "interviewers", "interviewer_effects", "quota_1", "list_list_arms", "missing_by_item"),
        *("response_styles", "nearest_match", "interview_minutes"),
    }
    loads = content["tables"]["interviewers"]
    assert [line["interviewer"] for line in loads] == [f"E{n}" for n in range(6)]
    assert text == check_quality(plan, form, read_unflagged(plan, form)).to_json()


def test_without_any_declaration(write: Write, form: Instrument) -> None:
    plan = write()
    quality = check_quality(plan, form, read_responses(plan, form))
    assert (quality.timing, quality.interviewers, quality.contact_log) == (None, None, None)
    assert (quality.quotas, quality.lists) == ((), ())
    assert quality.styles.blocks[0].id == "grid"
    assert quality.n_flagged == len(quality.flags[["row"]].drop_duplicates())


def test_small_interviewers_show_their_number_only(write: Write, form: Instrument) -> None:
    answers = rows(60)
    for row in answers[:3]:
        row["interviewer"] = "E9"
    answers[3]["interviewer"] = ""
    plan = write(answers, '[collect.quality]\ninterviewer = "interviewer"\n')
    team = check_quality(plan, form, read_responses(plan, form)).interviewers
    assert team is not None
    line = team.loads.set_index("interviewer").loc["E9"]
    assert line["n"] == 3
    assert line.drop("n").isna().all()
    assert team.n_unknown == 1
    assert set(team.effects["measure"]) >= {"age", "sex", "done/yes", "count"}


@pytest.mark.parametrize(
    ("collect", "fact"),
    [
        ('[collect.quality]\nstart = "start"\n', '"start" and "end" belong together'),
        ("[collect.quality]\nmin_minutes = 5\n", 'need "start" and "end", or "duration"'),
        ('[collect.quality]\nduration = "x"\nmin_minutes = 5\nmax_minutes = 5\n', "is not below"),
        ('[collect.quality]\nexclude_flags = ["speeder"]\n', 'names "speeder", which needs end or duration'),
        ('[collect.quality]\nexclude_flags = ["long_run"]\n', "which needs long_run"),
        ('[collect.quality]\nexclude_flags = ["speedr"]\n', 'Did you mean "speeder"'),
        ('[collect.quality]\ninterviewer_within = "area"\n', 'needs "interviewer"'),
        ('[[collect.quality.blocks]]\nid = "b"\nitems = ["g1", "g1", "g2"]\n', "names twice: g1"),
        ('[[collect.quotas]]\nitems = ["sex"]\n', 'exactly one of the keys "levels" and "path"'),
        ('[[collect.quotas]]\nitems = ["a", "b"]\nlevels = { m = 1 }\n', "of one item"),
        ('[collect.dispositions]\npath = "log.xlsx"\nid = "a"\ncode = "b"\n', "is no CSV file"),
        (
            '[collect.dispositions]\npath = "../../../etc/log.csv"\nid = "a"\ncode = "b"\n',
            "leaves the surveys",
        ),
        ('[collect.dispositions]\npath = "l.csv"\nid = "a"\ncode = "b"\ncodes = { x = "9" }\n', "must match"),
        (
            '[[collect.list_experiments]]\nid = "l"\narm = "a"\ncontrol = "0"\ntreatment = "0"\n'
            'count = "n"\nn_items = 3\n',
            "are the same code",
        ),
        (
            '[[collect.list_experiments]]\nid = "l"\narm = "a"\ncontrol = "0"\ntreatment = "1"\n'
            'count_control = "n"\nn_items = 3\n',
            'needs "count", or both',
        ),
    ],
)
def test_a_wave_file_that_contradicts_itself(write: Write, collect: str, fact: str) -> None:
    with pytest.raises(PlanError, match=fact):
        write(collect=collect)
