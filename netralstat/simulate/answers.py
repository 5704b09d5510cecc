"""What the respondents answer about themselves, the scales and the strategies.

An answer is the code of the instrument, as text; an empty text is an empty cell of the export.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netralstat.simulate.draws import Booleans, Draws, Floats, Integers
from netralstat.simulate.experience import answer_experience
from netralstat.simulate.population import EDUCATIONS, EMPLOYMENTS, SEXES, Population
from netralstat.simulate.published import CAUSES, INFLUENCERS, Replay
from netralstat.simulate.regions import KINDS, POSITIONS, PROVINCES
from netralstat.simulate.sampling import Sample

Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiple:
    """Answers to a select_multiple: `chosen[row, code]`; a row without any code was left empty."""

    codes: tuple[str, ...]
    chosen: Booleans


@dataclass(slots=True, kw_only=True)
class Answers:
    """Answers by item, one entry a respondent: texts in `single`, `Multiple` in `multiple`."""

    n: int
    single: dict[str, Texts] = field(default_factory=dict)
    multiple: dict[str, Multiple] = field(default_factory=dict)

    def put(self, name: str, codes: tuple[str, ...], index: Integers) -> None:
        """Store the answers `codes[index]` of a select_one."""
        self.single[name] = np.array(codes)[index]

    def put_numbers(self, name: str, values: Integers) -> None:
        """Store whole numbers."""
        self.single[name] = values.astype(np.str_)

    def withhold(self, name: str, draws: Draws, **rates: float) -> None:
        """Replace answers by the missing codes named in `rates` (code = share), at random.

        A code that is no Python name is written with a leading underscore: `_98=0.01`.
        """
        values = self.single[name].astype("U24")
        u = draws.uniform(self.n)
        below = 0.0
        for code, rate in rates.items():
            values[(u >= below) & (u < below + rate) & (values != "")] = code.removeprefix("_")
            below += rate
        self.single[name] = values


# The seven scales: prefix of the items and mean agreement (3 is neutral).
_SCALES: Mapping[str, tuple[str, float]] = {
    "career_motive": ("career", 3.10),
    "incumbent_pressure": ("pressure", 3.05),
    "kinship": ("kinship", 3.40),
    "regulatory_clarity": ("clarity", 3.65),
    "sanction_certainty": ("sanction", 2.75),
    "ppk_commitment": ("commitment", 3.25),
    "reporting_willingness": ("reporting", 2.95),
}
_LOADING = 0.78
_UNIQUE = 0.6258  # so that an item has variance 1: 0.78² + 0.6258² = 1
_ITEM_SHIFT = (0.10, -0.05, -0.05)
_AGREE = ("1", "2", "3", "4", "5")

# Strategies other than socialisation: share reached, and how it follows the commitment of the head.
_EXPOSURE = (
    ("exposure_assembly", 0.72, 0.05),
    ("exposure_pact", 0.66, 0.06),
    ("exposure_sanction", 0.37, 0.08),
    ("exposure_commitment", 0.58, 0.12),
    ("exposure_oversight", 0.46, 0.06),
)
_YES_NO = ("no", "yes")
# Invented remarks with what real ones hold: semicolons, quotes, line breaks, blanks at the end. No names.
_REMARKS = (
    "Sanksi harus tegas; jangan tebang pilih",
    'PPK yang "netral" sulit ditemukan di daerah ',
    "Sosialisasi sudah baik.\nPengawasan masih kurang.",
    "Mutasi setelah pilkada perlu diawasi ",
    "Cabut saja hak pilih ASN; lebih aman",
    'Aturan "like" di media sosial perlu diperjelas',
    "Tidak ada",
    "Pelapor harus dilindungi;\nbanyak yang takut",
    "Kepala daerah sebaiknya bukan PPK",
    "Sistem merit harus dijalankan  ",
    "-",
    "Tim sukses sering masuk kantor; pimpinan diam",
)


def answer(population: Population, sample: Sample, replayed: Replay, seed: int) -> Answers:
    """Fill in the questionnaire for every respondent.

    Parameters
    ----------
    population : Population
    sample : Sample
    replayed : Replay
        The answers that reproduce published figures.
    seed : int

    Returns
    -------
    Answers
        One entry a respondent, in the order of `sample.responded`.
    """
    rows = sample.responded
    answers = Answers(n=len(rows))
    _background(answers, population, rows, Draws(seed, "background"))
    single, multiple = answer_experience(population, rows, Draws(seed, "experience"))
    answers.single.update({name: np.array(values) for name, values in single.items()})
    answers.multiple.update(
        {name: Multiple(codes=codes, chosen=chosen) for name, (codes, chosen) in multiple.items()}
    )
    view = {name: values[rows] for name, values in population.view.items()}
    _scales(answers, view, Draws(seed, "scales"))
    _exposure(answers, view["ppk_commitment"], replayed, Draws(seed, "exposure"))
    _opinion(answers, replayed, Draws(seed, "opinion"))
    return answers


def _background(answers: Answers, population: Population, rows: Integers, draws: Draws) -> None:
    frame = population.frame
    region, position = population.region[rows], population.position[rows]
    education, age = population.education[rows], population.age[rows]
    contract = population.employment[rows] == 1
    n = len(rows)
    everybody = np.full(n, "yes")
    answers.single["consent"] = everybody
    answers.put("employment", EMPLOYMENTS, population.employment[rows])
    answers.single["eligible"] = np.full(n, "1")
    answers.put("province", tuple(share.slug for share in PROVINCES), frame.province[region])
    answers.put("district", frame.code, region)
    answers.put("agency", KINDS, frame.kind[region])
    answers.put("position", POSITIONS, position)
    # Teachers 61 %, health workers 20 % of the functional posts (July 2024: 2.03 and 0.65 of 3.33 million).
    fields = draws.pick(n, (0.61, 0.20, 0.19))
    answers.put("functional_field", ("teacher", "health", "other", ""), np.where(position == 3, fields, 3))
    answers.put("grade", _GRADES, _grade(draws, position, education, age, contract))
    answers.put("sex", SEXES, population.sex[rows])
    answers.put_numbers("age", age)
    answers.put("education", EDUCATIONS, education)
    started = np.array([20, 22, 24, 25, 26])[education] + np.floor(draws.uniform(n) * 8).astype(np.int64)
    tenure = np.maximum(age - started, 0)
    answers.put_numbers("tenure", np.where(contract, np.minimum(tenure, 2), tenure))
    ran = frame.incumbent_ran[region] ^ draws.chance(n, 0.02)
    answers.put("incumbent_ran", _YES_NO, ran.astype(np.int64))
    answers.withhold("incumbent_ran", draws, dont_know=0.022, refused=0.003)


_GRADES = ("grade_1", "grade_2", "grade_3", "grade_4", "pppk_5_8", "pppk_9_17")


def _grade(
    draws: Draws, position: Integers, education: Integers, age: Integers, contract: Booleans
) -> Integers:
    """Index into `_GRADES`: from education, raised with age, at least what the position asks for."""
    u = draws.uniform(len(position))
    grade = np.array([1, 1, 2, 2, 3])[education]
    grade = grade + ((age >= 45) & (u < np.array([0.25, 0.60, 0.45, 0.70, 0.0])[education]))
    grade = grade - ((education == 0) & (u > 0.96))
    least = np.array([3, 2, 2, 1, 0])[position]
    grade = np.maximum(grade, least)
    grade = np.where((position == 1) & (u < 0.85), 3, grade)
    return np.where(contract, np.where(education >= 2, 5, 4), grade)


def _scales(answers: Answers, view: Mapping[str, Floats], draws: Draws) -> None:
    """Three statements a scale; the third is worded the other way round."""
    n = answers.n
    # A few tick the same answer all the way down.
    ticked = draws.pick(n, (0.1, 0.2, 0.3, 0.3, 0.1))
    careless = draws.chance(n, 0.008)
    for scale, (prefix, mean) in _SCALES.items():
        for number, shift in enumerate(_ITEM_SHIFT, start=1):
            score = view[scale] * _LOADING + draws.normal(n) * _UNIQUE + (mean - 3.0 + shift)
            level = np.zeros(n, dtype=np.int64)
            for cut in (-1.5, -0.5, 0.5, 1.5):
                level += score >= cut
            if number == 3:
                level = 4 - level
            name = f"{prefix}_{number}"
            answers.put(name, _AGREE, np.where(careless, ticked, level))
            answers.withhold(name, draws, _98=0.010, _99=0.005)
    attentive = ~(careless | draws.chance(n, 0.035))
    answers.put("attention", _AGREE, np.where(attentive, 1, draws.pick(n, (1, 0, 3, 4, 1))))


def _exposure(answers: Answers, commitment: Floats, replayed: Replay, draws: Draws) -> None:
    answers.put("exposure_socialisation", _YES_NO, replayed.socialised.astype(np.int64))
    answers.single["exposure_socialisation"] = _or_missing(
        answers.single["exposure_socialisation"], replayed.answered, "refused"
    )
    for name, share, slope in _EXPOSURE:
        reached = draws.chance(answers.n, share + slope * commitment)
        answers.put(name, _YES_NO, reached.astype(np.int64))
        answers.withhold(name, draws, dont_know=0.018, refused=0.004)


def _opinion(answers: Answers, replayed: Replay, draws: Draws) -> None:
    """The replayed questions: who does not answer them says so with the code of the list."""
    answered = replayed.answered
    chosen = np.column_stack([replayed.causes & answered[:, None], ~answered])
    answers.multiple["causes"] = Multiple(codes=(*CAUSES, "refused"), chosen=chosen)
    answers.put("influencer", INFLUENCERS, replayed.influencer)
    for name, said_yes, words in (
        ("ppk_hinders", replayed.ppk_hinders, ("disagree", "agree")),
        ("remove_vote", replayed.remove_vote, ("disagree", "agree")),
        ("sanction_deters", replayed.deterred, _YES_NO),
    ):
        answers.put(name, words, said_yes.astype(np.int64))
        answers.single[name] = _or_missing(answers.single[name], answered, "dont_know")
    remark = np.where(draws.chance(answers.n, 0.03), draws.pick(answers.n, (1.0,) * len(_REMARKS)), -1)
    answers.put("comment", (*_REMARKS, ""), remark)


def _or_missing(values: Texts, answered: Booleans, code: str) -> Texts:
    return np.where(answered, values.astype("U24"), code)
