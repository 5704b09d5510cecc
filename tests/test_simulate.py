"""The synthetic wave: same bytes, published design, published figures, skip logic, nobody recognisable."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from netralstat.ask.instrument import Instrument
from netralstat.ask.logic import NotEvaluated, evaluate
from netralstat.ask.plan import read_plan
from netralstat.ask.xlsform import read_xlsform
from netralstat.collect.responses import read_responses
from netralstat.errors import DesignError, EnvironmentProblem, InstrumentError, PlanError, UsageError
from netralstat.reference import provinces
from netralstat.simulate import SimulationResult, simulate
from netralstat.simulate.draws import Draws, highest
from netralstat.simulate.kobo_export import DIRT, META
from netralstat.simulate.published import diffuse, diffuse_levels
from netralstat.simulate.regions import ISLANDS, PROVINCES, build_frame

SURVEYS = Path(__file__).parents[1] / "surveys"
DEMO = SURVEYS / "asn-2021-demo"
POSITIONS = ["jpt", "administrator", "supervisor", "functional", "executive"]
FORMS = 16
NOT_ANSWERED = ("", "dont_know", "refused")
ABOVE = {
    "superior", "agency_head", "regional_secretary", "regional_head",
    "incumbent", "candidate", "campaign_team", "party",
}  # fmt: skip
PRESSED = {"asked", "ordered", "mobilised", "threatened"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    folder: Path
    result: SimulationResult
    instrument: Instrument
    header: list[str]
    rows: pd.DataFrame  # every row as text, columns by item name or item/choice
    accepted: pd.DataFrame  # with weight = N_h / r_h and island_group
    frame: pd.DataFrame


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The demo wave, made anew in a copy of its folder, and read with pandas alone."""
    surveys = tmp_path_factory.mktemp("surveys")
    copy_wave(surveys)
    folder = surveys / DEMO.name
    result = simulate(folder)
    instrument = read_xlsform(folder / "../instrument/netrality.xlsx")
    rows = pd.read_csv(result.path, sep=";", dtype=str, keep_default_na=False, encoding="utf-8")
    header = list(rows.columns)
    short = {"/".join([*item.group, item.name]): item.name for item in instrument.items}
    for item in instrument.items:
        for choice in item.choices:
            if item.kind == "select_multiple":
                short["/".join([*item.group, item.name, choice.name])] = f"{item.name}/{choice.name}"
    rows = rows.rename(columns=short)
    frame = pd.read_csv(folder / "frame.csv", dtype={"district": str})
    kept = rows[
        ~rows["_uuid"].duplicated()
        & (rows["consent"] == "yes")
        & rows["employment"].isin(["pns", "pppk"])
        & (rows["today"] >= "2021-07-01")
    ]
    counts = kept.groupby(["district", "position"]).size().rename("answered").reset_index()
    accepted = kept.merge(frame.merge(counts), on=["district", "position", "province"], validate="m:1")
    accepted["weight"] = accepted["population"] / accepted["answered"]
    groups = provinces(2021).set_index("slug")["kasn2021_group"]
    accepted["island_group"] = accepted["province"].map(groups)
    return Made(
        folder=folder,
        result=result,
        instrument=instrument,
        header=header,
        rows=rows,
        accepted=accepted,
        frame=frame,
    )


def copy_wave(surveys: Path) -> None:
    shutil.copytree(DEMO, surveys / DEMO.name, ignore=shutil.ignore_patterns("data"))
    (surveys / "instrument").mkdir()
    shutil.copy(SURVEYS / "instrument" / "netrality.xlsx", surveys / "instrument")


def share(frame: pd.DataFrame, answered: pd.Series, yes: pd.Series) -> float:
    weight = frame["weight"]
    return float(weight[answered & yes].sum() / weight[answered].sum())


def names_any(column: pd.Series, codes: set[str]) -> pd.Series:
    told = {text: not codes.isdisjoint(text.split()) for text in column.unique()}
    return column.map(told).astype(bool)


# ------------------------------------------------------------------------------------------ determinism
def test_bytes_are_those_that_the_wave_file_declares(made: Made) -> None:
    source = read_plan(DEMO).collect.sources[0]
    assert made.result.sha256 == source.sha256 == made.result.expected
    assert made.result.n_rows == source.rows == len(made.rows)


def test_committed_files_come_from_the_same_run(made: Made) -> None:
    files = ["frame.csv", "truth.csv", *(f"margins/{path.name}" for path in (DEMO / "margins").iterdir())]
    assert len(files) == 2 + len(read_plan(DEMO).design.margins)
    for name in files:
        assert (made.folder / name).read_bytes() == (DEMO / name).read_bytes(), name


@pytest.mark.long
def test_another_seed_gives_other_answers_and_leaves_the_wave_alone(made: Made, tmp_path: Path) -> None:
    before = (made.folder / "frame.csv").read_bytes()
    other = simulate(made.folder, seed=5, out=tmp_path / "other.csv")
    assert other.sha256 != made.result.sha256
    assert other.n_rows == made.result.n_rows
    assert other.written == (tmp_path / "other.csv",)
    assert (made.folder / "frame.csv").read_bytes() == before
    with pytest.raises(UsageError, match=r"seed 5 is not the wave's seed 20210701"):
        simulate(made.folder, seed=5)


# ----------------------------------------------------------------------------------------------- design
def test_the_frame_is_the_published_design(made: Made) -> None:
    districts = made.frame["district"].drop_duplicates()
    number = districts.str[2:].astype(int)
    assert (len(districts), (number == 0).sum(), number.between(1, 69).sum(), (number > 70).sum()) == (
        270, 9, 224, 37,
    )  # fmt: skip
    assert len(made.frame) == 270 * 5
    assert made.frame["province"].nunique() == 32
    assert not {"aceh", "dki_jakarta"} & set(made.frame["province"])
    reference = provinces(2021).set_index("slug")
    code = made.frame["province"].map(reference["kemendagri_code"])
    assert (made.frame["district"].str[:2] == code).all()
    assert (made.frame["selected"] <= made.frame["population"]).all()
    sizes = made.frame.groupby("position")["population"].sum() / made.frame["population"].sum()
    assert 0.004 < sizes["jpt"] < 0.010
    assert 0.60 < sizes["functional"] < 0.65


def test_the_provinces_are_those_of_the_reference() -> None:
    reference = provinces(2021).set_index("slug")
    assert {share.slug for share in PROVINCES} == set(reference.index) - {"aceh", "dki_jakarta"}
    for province in PROVINCES:
        assert reference.loc[province.slug, "kemendagri_code"] == province.code
        assert reference.loc[province.slug, "kasn2021_group"] == province.island
    assert sum(share.regencies for share in PROVINCES) == 224
    assert sum(share.cities for share in PROVINCES) == 37
    assert set(ISLANDS) == set(reference["kasn2021_group"])


def test_ten_thousand_six_hundred_seventeen_are_accepted(made: Made) -> None:
    assert len(made.accepted) == 10_617
    assert made.accepted.groupby(["district", "position"]).ngroups == 1_350
    assert made.accepted.groupby(["district", "position"]).size().min() == 2
    assert made.accepted.groupby("position").size().min() > 1_000
    rate = 10_617 / made.frame["selected"].sum()
    assert 0.70 < rate < 0.85
    assert made.accepted["weight"].sum() == pytest.approx(made.frame["population"].sum())


@pytest.mark.parametrize("item", ["sex", "employment", "education", "position", "province"])
def test_margins_are_near_the_weighted_sample_and_add_up(made: Made, item: str) -> None:
    margin = pd.read_csv(made.folder / "margins" / f"{item}.csv").set_index(item)["population"]
    assert margin.sum() == made.frame["population"].sum()
    sample = made.accepted.groupby(item)["weight"].sum()
    assert set(sample.index) == set(margin.index)
    gap = (sample / margin.sum() - margin / margin.sum()).abs()
    assert gap.max() < 0.015


# ------------------------------------------------------------------------------------ published figures
def test_published_figures_hold_within_half_a_point(made: Made) -> None:
    published = pd.read_csv(made.folder / "published.csv", dtype=str, keep_default_na=False)
    frame = made.accepted
    compared = 0
    for row in published.itertuples():
        if row.item == "remove_vote" and row.domain_item == "position":
            continue  # cannot hold together with the national figure: see the next test
        if row.item == "ppk_hinders" and row.level == "disagree":
            continue  # in two islands the source's two answers do not sum to 100
        item = row.item.partition("/")[0]
        answered = ~frame[item].isin(NOT_ANSWERED)
        yes = frame[row.item] == row.level
        if row.domain_item:
            answered &= frame[row.domain_item] == row.domain_level
        assert share(frame, answered, yes) * 100 == pytest.approx(float(row.percent), abs=0.2), row
        compared += 1
    assert compared == 23


def test_remove_vote_keeps_the_published_order_of_positions(made: Made) -> None:
    frame = made.accepted
    answered = frame["remove_vote"].isin(["agree", "disagree"])
    shares = {
        name: share(frame, answered & (frame["position"] == name), frame["remove_vote"] == "agree")
        for name in POSITIONS
    }
    order = sorted(shares, key=shares.__getitem__, reverse=True)
    assert order == ["jpt", "administrator", "executive", "supervisor", "functional"]


def test_kinship_leads_outside_java_and_career_in_java_and_bali(made: Made) -> None:
    frame = made.accepted
    answered = frame["causes"] != "refused"
    for island in ISLANDS:
        inside = answered & (frame["island_group"] == island)
        kinship, career = (
            share(frame, inside, frame[f"causes/{name}"] == "1") for name in ("kinship", "career")
        )
        assert (career > kinship) == (island == "jawa_bali")


# ------------------------------------------------------------------------------------------------ truth
def headline(frame: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Answered and yes of the headline indicators, by their definition in words."""
    pressed = names_any(frame["pressured"], PRESSED)
    politicized = pressed & names_any(frame["pressured_by"], ABOVE)
    told = (frame["pressured"] != "refused") & ~(pressed & (frame["pressured_by"] == "refused"))
    acted = frame["done"].str.contains(r"\bf\d\d_")
    own = acted & frame["done_initiative"].isin(["own", "both"])
    told_own = (frame["done"] != "refused") & ~(acted & frame["done_initiative"].isin(NOT_ANSWERED[1:]))
    return {
        "politicization": (told, politicized),
        "politicking": (told_own, own),
        "both": (told & told_own, politicized & own),
        "either": (told & told_own, politicized | own),
        "politicization_witnessed": (
            frame["agency_pressured"] != "refused",
            names_any(frame["agency_pressured"], PRESSED),
        ),
        "politicking_witnessed": (frame["agency_own"].isin(["yes", "no"]), frame["agency_own"] == "yes"),
    }


def test_national_truth_is_as_planned(made: Made) -> None:
    truth = made.result.truth
    national = truth[truth["domain"] == "national"].set_index("indicator")["value"]
    assert national["politicization"] == pytest.approx(0.178, abs=1e-6)
    assert national["politicking"] == pytest.approx(0.084, abs=1e-6)
    assert 0.21 < national["either"] < 0.25
    assert 0.03 < national["both"] < 0.04
    assert national["helped_candidate"] > national["politicking"]
    persons = truth[(truth["indicator"] == "population") & (truth["domain"] == "province")]["value"]
    assert persons.sum() == national["population"] == made.frame["population"].sum()
    for domain in ("province", "island_group", "position", "sex", "employment"):
        part = truth[truth["domain"] == domain].pivot(index="level", columns="indicator", values="value")
        weighted = (part["politicization"] * part["population"]).sum() / part["population"].sum()
        assert weighted == pytest.approx(national["politicization"], abs=1e-5), domain


def test_answers_tell_the_truth_within_sampling_error(made: Made) -> None:
    truth = made.result.truth
    national = truth[truth["domain"] == "national"].set_index("indicator")["value"]
    for name, (answered, yes) in headline(made.accepted).items():
        p = national[name]
        std_error = np.sqrt(p * (1 - p) * 1.5 / answered.sum())  # 1.5: the weights' design effect
        assert abs(share(made.accepted, answered, yes) - p) < 3 * std_error, name
    # The list experiment brings more to light than the open question, and less than there is.
    frame, counts = made.accepted, []
    for arm in ("control", "treatment"):
        own = frame["list_arm"] == arm
        counts.append(
            np.average(frame.loc[own, f"list_count_{arm}"].astype(int), weights=frame.loc[own, "weight"])
        )
    assert counts[1] - counts[0] == pytest.approx(0.93 * national["helped_candidate"], abs=0.05)


def test_social_media_lead_and_party_membership_is_rarest(made: Made) -> None:
    frame = made.accepted
    forms = [choice.name for choice in made.instrument.item("done").choices][:FORMS]
    seen, asked, done = [], [], []
    for number, form in enumerate(forms, start=1):
        witnessed = frame[f"witnessed_{number:02d}"]
        seen.append(share(frame, witnessed.isin(["yes", "no"]), witnessed == "yes"))
        asked.append(share(frame, frame["asked"] != "refused", frame[f"asked/{form}"] == "1"))
        done.append(share(frame, frame["done"] != "refused", frame[f"done/{form}"] == "1"))
    for shares in (seen, asked, done):
        assert (int(np.argmax(shares)), int(np.argmin(shares))) == (0, 15)
    assert (np.array(seen) > asked).all()
    assert (np.array(asked) > done).all()


def test_scales_are_reliable_and_their_third_statement_is_reversed(made: Made) -> None:
    for items in made.instrument.scales.values():
        scores = made.accepted[[item.name for item in items]].replace(["", "98", "99"], np.nan).astype(float)
        assert scores.corr().iloc[0, 2] < -0.3
        scores[items[2].name] = 6 - scores[items[2].name]
        covariance = scores.dropna().cov().to_numpy()
        alpha = 1.5 * (1 - np.trace(covariance) / covariance.sum())
        assert 0.70 < alpha < 0.82


# ----------------------------------------------------------------------------------- answers and export
def test_skip_logic_of_the_form_is_kept(made: Made) -> None:
    columns = {item.name: made.rows[item.name] for item in made.instrument.items}
    checked = 0
    for item in made.instrument.items:
        if item.relevant is None or item.kind == "note":
            continue
        asked = evaluate(item.relevant, columns)
        assert not isinstance(asked, NotEvaluated), item.name
        given = made.rows[item.name] != ""
        assert not (given & ~asked).any(), item.name
        blank = int((~given & asked).sum())
        assert blank <= (2 if item.name != "comment" else len(made.rows)), item.name
        checked += 1
    assert checked > 70


def test_answers_agree_with_one_another(made: Made) -> None:
    frame = made.accepted
    acted = frame["done"].str.contains(r"\bf\d\d_")
    on_request = frame["done_initiative"].isin(["asked", "both"])
    requested = frame["asked"].str.contains(r"\bf\d\d_") | (frame["asked"] == "refused")
    assert (frame.loc[on_request, "done"] != "").all()
    assert requested[on_request].all()
    assert acted[on_request].all()
    pressed = names_any(frame["pressured"], {"asked", "ordered", "mobilised"})
    open_ = ~frame["pressured"].eq("refused") & ~frame["asked"].eq("refused")
    assert (pressed == requested)[open_].all()
    # The split columns say what the joined one says; a retired choice stands in the joined one alone.
    for item in made.instrument.items:
        if item.kind == "select_multiple":
            joined = made.rows[item.name]
            for choice in item.choices:
                split = made.rows[f"{item.name}/{choice.name}"]
                assert ((split == "1") == names_any(joined, {choice.name})).all()
                assert ((split == "") == (joined == "")).all()


def test_the_export_has_the_columns_of_the_form_and_nothing_personal(made: Made) -> None:
    wanted = []
    for item in made.instrument.items:
        path = "/".join([*item.group, item.name])
        wanted.append(path)
        if item.kind == "select_multiple":
            wanted += [f"{path}/{choice.name}" for choice in item.choices]
    assert made.header == [*wanted, *META]
    assert not [
        name for name in made.header if re.search(r"nip\b|phone|telepon|email|username|deviceid|nama", name)
    ]
    # Telephone numbers, and the 18 digits of a staff number (NIP); `_uuid` and `list_u` are random.
    personal = re.compile(r"(?<!\d)(\+?62|0)8\d{8,}|(?<!\d)\d{18}(?!\d)")
    for name in made.rows.columns.difference(["_uuid", "list_u"]):
        assert not [text for text in made.rows[name].unique() if personal.search(text)], name
    assert made.rows["_submitted_by"].eq("SYNTHETIC DATA").all()
    assert made.rows.loc[made.rows["comment"] != "", "comment"].nunique() == 12


def test_the_export_is_written_as_kobotoolbox_does(made: Made) -> None:
    raw = made.result.path.read_bytes()
    assert raw.startswith(b'"start";"end";"today";"list_u";"list_arm";"interviewer";"intro";"consent"')
    assert raw.endswith(b'"\r\n')
    assert made.rows["_submission_time"].is_monotonic_increasing
    assert (made.rows["_index"].astype(int) == np.arange(1, len(made.rows) + 1)).all()
    zone = made.accepted["start"].str[-6:]
    assert set(zone) == {"+07:00", "+08:00", "+09:00"}
    assert (zone[made.accepted["province"] == "papua"] == "+09:00").all()
    sent = pd.to_datetime(made.rows["_submission_time"], utc=True)
    ended = pd.to_datetime(made.rows["end"], utc=True)
    assert (sent >= ended.dt.floor("s")).all()
    days = made.accepted["today"]
    assert (days.min(), days.max()) == ("2021-07-01", "2021-07-30")
    assert made.rows["comment"].str.contains(";").any()
    assert made.rows["comment"].str.contains('"').any()
    assert made.rows["comment"].str.contains("\n").any()


def test_the_collect_stage_finds_the_planned_dirt_and_nothing_else(made: Made) -> None:
    plan = read_plan(made.folder)
    responses = read_responses(plan, made.instrument)
    assert len(responses.frame) == 10_617
    assert dict(responses.rejected_by_rule) == {
        "duplicate": DIRT["double_submission"],
        "no_consent": DIRT["no_consent"],
        "not_eligible": DIRT["not_eligible"],
        "not_civil_servant": DIRT["not_civil_servant"],
        "test_submission": DIRT["test_before_fieldwork"],
    }
    found = responses.findings_by_rule
    assert found["choice"] == DIRT["retired_choice"]
    assert found["required"] == DIRT["blank_required"]
    assert set(found) == {"choice", "required", "duplicate", "split"}


# ----------------------------------------------------------------------------------------------- pieces
def test_draws_are_uniform_normal_and_named() -> None:
    n = 200_000
    uniform = Draws(1, "a").uniform(n)
    assert (uniform.min() >= 0, uniform.max() < 1) == (True, True)
    np.testing.assert_array_equal(uniform, np.random.Generator(np.random.PCG64(_sequence(1, "a"))).random(n))
    normal = Draws(1, "a").normal(n)
    assert normal.mean() == pytest.approx(0, abs=0.01)
    assert normal.var() == pytest.approx(1, abs=0.01)
    assert not np.array_equal(Draws(1, "b").uniform(5), uniform[:5])
    shares = np.bincount(Draws(1, "c").pick(n, (1, 2, 5)), minlength=3) / n
    np.testing.assert_allclose(shares, [0.125, 0.25, 0.625], atol=0.005)


def _sequence(seed: int, name: str) -> np.random.SeedSequence:
    import zlib

    return np.random.SeedSequence([seed, zlib.crc32(name.encode())])


def test_highest_marks_exactly_the_share() -> None:
    score = Draws(2, "score").uniform(1_000)
    marked = highest(score, 0.137)
    assert marked.sum() == 137
    assert score[marked].min() > score[~marked].max()
    among = score < 0.5
    assert highest(score, 0.1, among=among)[~among].sum() == 0
    assert highest(score, 0.0).sum() == 0
    with pytest.raises(DesignError, match="900 of 1000 simulated persons"):
        highest(score, 0.9, among=among)


def test_error_diffusion_stays_within_one_weight() -> None:
    draws = Draws(3, "diffusion")
    weight = np.floor(1 + draws.uniform(2_000) * 300).astype(np.int64) * 1_000_000
    probability = np.floor(draws.uniform(2_000) * 1_000_000).astype(np.int64)
    yes = diffuse(weight, probability, draws.order(2_000))
    gap = int((weight * yes).sum()) - (weight * probability).sum() / 1e6
    assert abs(gap) <= weight.max()
    levels = diffuse_levels(weight, (500_000, 300_000, 200_000), draws.order(2_000))
    for level, wanted in enumerate((0.5, 0.3, 0.2)):
        assert abs(weight[levels == level].sum() - wanted * weight.sum()) <= weight.max()


def test_the_frame_follows_the_asked_population() -> None:
    for population in (700_000, 1_600_000):
        assert build_frame(1, population).population.sum() == pytest.approx(population, rel=0.01)


# ----------------------------------------------------------------------------------------------- errors
def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "wave.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def wave(tmp_path: Path) -> Path:
    copy_wave(tmp_path)
    return tmp_path / DEMO.name


def test_a_wave_without_simulation_is_never_written(wave: Path) -> None:
    edit(wave, '[collect.simulate]\nseed = 20210701\npopulation = 1_600_000\ntruth = "truth.csv"\n', "")
    with pytest.raises(PlanError, match=r"not synthetic: it has no table \[collect.simulate\]"):
        simulate(wave)


def test_missing_settings_are_all_named(wave: Path) -> None:
    edit(wave, "population = 1_600_000\n", "")
    edit(wave, 'published = "published.csv"\n', "")
    with pytest.raises(PlanError, match=r"lacks collect.simulate.population, report.published"):
        simulate(wave)


def test_a_source_declared_otherwise_is_refused(wave: Path) -> None:
    edit(wave, 'delimiter = ";"', 'delimiter = ","')
    with pytest.raises(PlanError, match=r"declare one: kind = \"kobo\""):
        simulate(wave)


def test_too_small_a_population_is_refused(wave: Path) -> None:
    edit(wave, "population = 1_600_000", "population = 20_000")
    with pytest.raises(DesignError, match=r"20,000 leaves \d{3} of 1,350 strata with fewer than 12"):
        simulate(wave)


@pytest.mark.long
def test_a_margin_of_an_unknown_item_is_refused(wave: Path) -> None:
    edit(wave, "population = 1_600_000", "population = 600_000")
    edit(wave, 'items = ["sex"]', 'items = ["grade"]')
    with pytest.raises(PlanError, match=r'a margin names "grade"'):
        simulate(wave)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("influencer,party,", "influencer,parties,"), r'"influencer" = "party"'),
        pytest.param(
            lambda text: text.replace("4.74", "a few"),
            r"cannot be read \(ValueError\)",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda text: text.replace("percent", "share"),
            r"cannot be read \(KeyError\)",
            marks=pytest.mark.long,
        ),
    ],
)
def test_published_figures_that_are_wrong_are_told(wave: Path, change, message: str) -> None:
    edit(wave, "population = 1_600_000", "population = 600_000")
    file = wave / "published.csv"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(PlanError, match=message):
        simulate(wave)


@pytest.mark.long
def test_an_unknown_instrument_is_refused(wave: Path) -> None:
    from openpyxl import load_workbook

    edit(wave, "population = 1_600_000", "population = 600_000")
    file = wave.parent / "instrument" / "netrality.xlsx"
    book = load_workbook(file)
    sheet = book["survey"]
    name = [cell.value for cell in sheet[1]].index("name")
    for row in sheet.iter_rows(min_row=2):
        if row[name].value == "tenure":
            row[name].value = "service_years"
    book.save(file)
    with pytest.raises(
        InstrumentError, match=r"2 items are either not simulated or not asked: service_years, tenure"
    ):
        simulate(wave)


@pytest.mark.long
def test_a_place_that_cannot_be_written_is_told(wave: Path) -> None:
    edit(wave, "population = 1_600_000", "population = 600_000")
    blocking = wave / "blocking"
    blocking.write_text("a file, no folder", encoding="utf-8")
    with pytest.raises(EnvironmentProblem, match=r"cannot be written"):
        simulate(wave, out=blocking / "export.csv")
    assert not list(wave.glob("**/.export*"))
