"""A small made-up wave: four provinces, two modalities, two forms, one model; every number chosen by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.estimate.estimates import Estimates
from netralstat.explain.regression import Model

WAVE = """
schema = "netralstat.wave/1"
id = "small-wave"
title = { id = "Survei <Kecil>", en = "Small <survey>" }
synthetic = true
[ask]
instrument = "form.xlsx"
version = "1"
[ask.indicators.pressed]
modality = "politicization"
basis = "experienced"
label = { id = "Politisasi birokrasi", en = "Politicization" }
definition = { id = "Pernah diminta.", en = "Was asked." }
any_of = [{ item = "asked", in = ["f1"] }]
[ask.indicators.acted]
modality = "politicking"
basis = "done"
label = { id = "Birokrasi berpolitik", en = "Politicking" }
definition = { id = "Pernah melakukan.", en = "Did it." }
any_of = [{ item = "done", in = ["f1"] }]
[ask.indicators.either]
label = { id = "Salah satu", en = "Either" }
definition = { id = "Salah satu atau keduanya.", en = "One or both." }
any_of = [{ indicator = "pressed" }, { indicator = "acted" }]
[ask.indicators.both]
label = { id = "Keduanya", en = "Both" }
definition = { id = "Keduanya sekaligus.", en = "Both at once." }
all_of = [{ indicator = "pressed" }, { indicator = "acted" }]
[ask.scales.career]
label = { id = "Motif karier", en = "Career motive" }
items = ["career_1", "career_2"]
[collect]
fieldwork = { start = 2021-07-01, end = 2021-07-30 }
[[collect.sources]]
path = "data.csv"
kind = "table"
[collect.regions]
item = "province"
scheme = "slug"
vintage = 2021
groups = "kasn2021"
outside = ["aceh"]
[collect.simulate]
seed = 7
[design]
weight = "w"
stratum = "province"
population = { id = "ASN percobaan", en = "trial civil servants" }
[estimate]
domains = ["province", "sex"]
headline = ["pressed", "acted", "either", "both"]
items = ["causes", "remove_vote"]
means = ["career"]
[[explain.models]]
id = "pressed_model"
outcome = "pressed"
terms = ["career", "sex"]
label = { id = "Pendorong", en = "Drivers" }
[report]
institution = { id = "Lembaga & Co", en = "Institute & Co" }
version = "1.0"
date = 2021-12-16
contact = "info@example.org"
"""

PLACES = ("bali", "banten", "riau", "jambi")


def estimates(rows: Sequence[dict[str, Any]], *, by: str = "", statistic: str = "prevalence") -> Estimates:
    """Rows of estimates; what a row leaves out is filled from its share and n."""
    filled = []
    for row in rows:
        n, p = row.get("n", 1000), row["estimate"]
        error = row.get("std_error", 0.01)
        basic = {"level": 1, "n": n, "n_yes": round(n * p) if statistic == "prevalence" else np.nan}
        spread = {"std_error": error, "conf_low": p - 2 * error, "conf_high": p + 2 * error}
        rest = {"df": 990.0, "n_eff": n / 1.25, "deff": 1.25, "flag": ""}
        filled.append(basic | spread | rest | row)
    frame = pd.DataFrame(filled)
    first = ["item", "level", *([by] if by else [])]
    frame = frame[[*first, *(column for column in frame if column not in first)]]
    return Estimates(
        table=frame,
        covariance=np.zeros((len(frame), len(frame))),
        statistic=statistic,  # type: ignore[arg-type]
        by=(by,) if by else (),
    )


def _labels(indonesian: str, english: str) -> dict[str, str]:
    return {"id": indonesian, "en": english}


def make_instrument() -> Instrument:
    forms = tuple(
        Choice(name=f"f{i}", labels=_labels(f"Bentuk {i}", f"Form {i}"), tags={"form": str(i)})
        for i in (1, 2)
    )
    yes_no = (
        Choice(name="yes", labels=_labels("Ya", "Yes"), score=1.0),
        Choice(name="no", labels=_labels("Tidak", "No"), score=0.0),
    )
    places = tuple(
        Choice(name=slug, labels=_labels(slug.title(), slug.title())) for slug in ("aceh", *PLACES)
    )
    sexes = (
        Choice(name="male", labels=_labels("Laki-laki", "Male")),
        Choice(name="female", labels=_labels("Perempuan", "Female")),
    )
    causes = tuple(
        Choice(name=name, labels=_labels(name, name.title())) for name in ("kinship", "career", "<b>debt</b>")
    )
    items = (
        Item(name="province", kind="select_one", labels=_labels("Provinsi", "Province"), choices=places),
        Item(
            name="sex",
            kind="select_one",
            labels=_labels("Apa jenis kelamin?", "What is your sex?"),
            choices=sexes,
            tags={"short_id": "Jenis kelamin", "short_en": "Sex"},
        ),
        *(
            Item(
                name=f"witnessed_{i}",
                kind="select_one",
                labels=_labels(f"Menyaksikan {i}?", f"Witnessed {i}?"),
                choices=yes_no,
                tags={"role": "witnessed", "form": str(i)},
            )
            for i in (1, 2)
        ),
        *(
            Item(
                name=role,
                kind="select_multiple",
                labels=_labels(role, role),
                choices=forms,
                tags={"role": role},
            )
            for role in ("asked", "done")
        ),
        Item(
            name="causes",
            kind="select_multiple",
            labels=_labels("Apa sebabnya?", "What are the causes?"),
            choices=causes,
            tags={"role": "opinion"},
        ),
        Item(
            name="remove_vote",
            kind="select_one",
            labels=_labels("Hak pilih dihapus.", "Voting right removed."),
            choices=(
                Choice(name="agree", labels=_labels("Setuju", "Agree")),
                Choice(name="disagree", labels=_labels("Tidak setuju", "Disagree")),
            ),
        ),
        Item(name="career_1", kind="integer", labels=_labels("K1", "C1")),
        Item(name="career_2", kind="integer", labels=_labels("K2", "C2")),
    )
    return Instrument(
        id="small",
        version="1",
        titles=_labels("Kecil", "Small"),
        languages=("id", "en"),
        default_language="id",
        items=items,
    )


def make_estimates() -> dict[str, Estimates]:
    shares = {"pressed": 0.176, "acted": 0.087, "either": 0.233, "both": 0.03}
    headline = [{"item": item, "estimate": p} for item, p in shares.items()]
    by_place = [
        {"item": item, "province": place, "estimate": p + 0.02 * i, "n": 250}
        for item, p in (("pressed", 0.15), ("acted", 0.08))
        for i, place in enumerate(PLACES)
    ]
    by_place[7] |= {"n_yes": 4, "estimate": 0.1437}  # acted in jambi: four persons
    versus = [
        {
            "item": row["item"],
            "level": 1,
            "province": row["province"],
            "estimate": row["estimate"] - shares[row["item"]],
            "std_error": 0.01,
            "conf_low": -0.1,
            "conf_high": 0.1,
            "df": 990.0,
            "statistic": 1.0,
            "p_value": 0.001 if row["province"] == "jambi" else 0.6,
            "p_adjusted": 0.004 if row["province"] == "jambi" else 0.9,
            "flag": "",
        }
        for row in by_place
    ]
    by_sex = [
        {"item": item, "sex": sex, "estimate": p, "n": 500}
        for item, p in (("pressed", 0.17), ("acted", 0.09))
        for sex in ("female", "male")
    ]
    forms = [
        {"item": f"witnessed_{i}", "level": "yes", "estimate": p} for i, p in ((1, 0.253), (2, 0.121))
    ] + [{"item": f"{role}/f{i}", "estimate": 0.05 / i} for role in ("asked", "done") for i in (1, 2)]
    items = [
        {"item": f"causes/{name}", "estimate": p}
        for name, p in (("kinship", 0.51), ("career", 0.5), ("<b>debt</b>", 0.1))
    ] + [
        {"item": "remove_vote", "level": level, "estimate": p}
        for level, p in (("agree", 0.512), ("disagree", 0.488))
    ]
    difference = pd.DataFrame(versus)
    return {
        "headline": estimates(headline),
        "headline_by_province": estimates(by_place, by="province"),
        "headline_vs_national_province": Estimates(
            table=difference,
            covariance=np.zeros((len(difference), len(difference))),
            statistic="difference",
            by=("province",),
        ),
        "headline_by_sex": estimates(by_sex, by="sex"),
        "forms": estimates(forms),
        "items": estimates(items),
        "means": estimates([{"item": "career", "estimate": 3.1}], statistic="mean"),
    }


def make_model() -> Model:
    nan = float("nan")
    table = pd.DataFrame(
        [
            ("(Intercept)", "(Intercept)", "", -1.0, 0.1, -10.0, 1e-9, 0.37, 0.3, 0.45, False, 990.0),
            ("career", "career", "", 0.5, 0.05, 10.0, 1e-9, 1.649, 1.49, 1.82, False, 990.0),
            ("sex[male]", "sex", "male", 0.0, nan, nan, nan, 1.0, nan, nan, True, 500.0),
            ("sex[female]", "sex", "female", -0.1, 0.1, -1.0, 0.32, 0.905, 0.74, 1.10, False, 490.0),
        ],
        columns=[
            *("term", "variable", "level", "estimate", "std_error", "statistic", "p_value"),
            *("odds_ratio", "or_low", "or_high", "reference", "n"),
        ],
    )
    return Model(
        outcome="pressed",
        formula="pressed ~ career + sex",
        family="logit",
        table=table.assign(conf_low=nan, conf_high=nan),
        names=("(Intercept)", "career", "sex[female]"),
        covariance=np.eye(3),
        n=990,
        n_incomplete=10,
        df=985,
        level=0.95,
        passes=5,
    )
