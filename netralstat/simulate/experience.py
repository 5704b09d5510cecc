"""What the respondents tell of the election: seen, asked for, done, and the list experiment.

The answers follow from the true states of the person (`population.py`) and agree with one another: who was
pressured names somebody who did it; who was asked for acts was asked, ordered or mobilised; who acted at the
request of others was asked for the act. Who asks, and which acts, differ by position.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netralstat.simulate.draws import Booleans, Draws, Floats, Integers
from netralstat.simulate.population import Population

FORMS = (
    "f01_social_media",
    "f02_declaration",
    "f03_photo",
    "f04_speaker",
    "f05_party_approach",
    "f06_self_declaration",
    "f07_banner",
    "f08_partisan_event",
    "f09_campaign_staff",
    "f10_rally",
    "f11_spouse_campaign",
    "f12_id_card",
    "f13_rally_facilities",
    "f14_office_facilities",
    "f15_decision",
    "f16_party_member",
)
PRESSURES = ("asked", "ordered", "mobilised", "threatened", "promised")
ACTORS = (
    "superior",
    "agency_head",
    "regional_secretary",
    "regional_head",
    "incumbent",
    "candidate",
    "campaign_team",
    "party",
    "colleague",
    "family",
    "other",
)

# Chances of each form among those who saw, were asked for, or did any. Social media lead, party membership
# is the rarest, as the webinar of 16 December 2021 and KASN's cases of 2020 have it.
_SEEN = (60, 34, 36, 10, 13, 5, 22, 33, 14, 24, 7, 9, 12, 13, 8, 3)
_ASKED = (58, 38, 30, 6, 5, 3, 18, 34, 10, 30, 3, 9, 10, 8, 5, 1.2)
_DONE = (62, 27, 30, 5, 6, 2.5, 12, 22, 7, 19, 3, 7, 6, 6, 4.5, 0.8)
# Forms that need an office: likelier among JPT and administrators.
_OF_OFFICE = (4, 13, 14)
_TO_ME = (0.76, 0.36, 0.30, 0.13, 0.16)
_TO_COLLEAGUES = (0.72, 0.42, 0.40, 0.15, 0.18)
# Chances of each actor; regional head and incumbent depend on whether the incumbent ran.
_BY = (0.42, 0.33, 0.14, 0.0, 0.0, 0.16, 0.34, 0.13, 0.14, 0.06, 0.03)
_REGIONAL_HEAD, _INCUMBENT = 0.30, 0.30
_FROM_ABOVE_OR_OUTSIDE = 8
# Control statements of the list experiment (news, voter roll, polling officer, court hearing), and the share
# of the true states that the list brings to light; openly asked for, fewer admit.
_CONTROL = (0.86, 0.48, 0.08, 0.004)
_ADMITTED_IN_LIST = 0.93

Single = dict[str, np.ndarray]
Many = dict[str, tuple[tuple[str, ...], Booleans]]


def answer_experience(population: Population, rows: Integers, draws: Draws) -> tuple[Single, Many]:
    """Answer the groups witnessed, experience, agency view and list experiment.

    Parameters
    ----------
    population : Population
    rows : ndarray of int
        The respondents.
    draws : Draws

    Returns
    -------
    tuple of dict
        Texts by item, and (codes, chosen) by select_multiple item.
    """
    n = len(rows)
    state = {name: values[rows] for name, values in population.state.items()}
    senior = population.position[rows] <= 1
    ran = population.frame.incumbent_ran[population.region[rows]]
    single: Single = {}
    many: Many = {}
    _witnessed(single, state["witnessed_any"], senior, draws)
    # Some keep quiet about everything sensitive; silence does not depend on the true state.
    silent = draws.chance(n, 0.022)

    peers = ~state["politicization"] & draws.chance(n, 0.022)
    lured = ~state["politicization"] & ~peers & draws.chance(n, 0.012)
    pressure = _some(draws, state["politicization"], [np.full(n, p) for p in _TO_ME], first=4)
    pressure[:, 0] |= peers | state["complied"]
    pressure[:, 4] |= lured
    was_asked = _any(pressure[:, :3])
    together = state["politicking"] & was_asked & draws.chance(n, 0.55)
    asked = _some(draws, was_asked, _by_office(_ASKED, senior))
    done = _some(draws, state["politicking"], _by_office(_DONE, senior))
    done |= _part_of(draws, state["complied"], asked)
    # Who acted both of his own will and on request was asked for one of the acts.
    done[together] |= _part_of(draws, together, asked)[together]

    refused_asked = silent | draws.chance(n, 0.010)
    refused_pressure = silent | draws.chance(n, 0.012)
    refused_done = silent | draws.chance(n, 0.018)
    many["asked"] = _with_exclusive(FORMS, asked, refused_asked)
    many["pressured"] = _with_exclusive(PRESSURES, pressure, refused_pressure)
    many["pressured_by"] = _pressured_by(draws, pressure, peers, ran, refused_pressure)
    many["done"] = _with_exclusive(FORMS, done, refused_done)

    initiative = np.where(state["complied"], "asked", np.where(together, "both", "own")).astype("U24")
    u = draws.uniform(n)
    initiative[u < 0.008] = "dont_know"
    initiative[u > 0.992] = "refused"
    initiative[refused_done | ~done.any(axis=1)] = ""
    single["done_initiative"] = initiative

    _agency_view(single, many, state, silent, draws)
    _list_experiment(single, state["helped_candidate"], draws)
    return single, many


def _any(chosen: Booleans) -> Booleans:
    """Whether a row chose any of the options."""
    return np.asarray(chosen.any(axis=1), dtype=np.bool_)


def _some(draws: Draws, who: Booleans, chances: Sequence[Floats], *, first: int | None = None) -> Booleans:
    """Options of a multiple answer, each by chance; everybody in `who` has one (of the `first`) at least."""
    n = len(who)
    chosen = np.column_stack([draws.chance(n, chance) for chance in chances])
    wide = len(chances) if first is None else first
    spare = draws.pick(n, [float(chance[0]) for chance in chances[:wide]])
    lacking = np.flatnonzero(~chosen[:, :wide].any(axis=1))
    chosen[lacking, spare[lacking]] = True
    return chosen & who[:, None]


def _by_office(percent: Sequence[float], senior: Booleans) -> list[Floats]:
    """Chances by form, 2.5 times as high for senior officials where the form needs an office."""
    factor = np.where(senior, 2.5, 1.0)
    return [
        np.minimum(share / 100 * (factor if number in _OF_OFFICE else np.ones(len(senior))), 0.95)
        for number, share in enumerate(percent)
    ]


def _part_of(draws: Draws, who: Booleans, options: Booleans) -> Booleans:
    """Some of the options of each row in `who`: each with chance 0.6, and the first one if none is left."""
    kept = np.column_stack([draws.chance(len(who), 0.6) for _ in range(options.shape[1])]) & options
    lacking = np.flatnonzero(~kept.any(axis=1) & options.any(axis=1))
    kept[lacking, options[lacking].argmax(axis=1)] = True
    return kept & who[:, None]


def _with_exclusive(
    codes: tuple[str, ...], chosen: Booleans, refused: Booleans
) -> tuple[tuple[str, ...], Booleans]:
    """Add "none" and "refused", which stand alone."""
    real = chosen & ~refused[:, None]
    none = ~real.any(axis=1) & ~refused
    return (*codes, "none", "refused"), np.column_stack([real, none, refused])


def _pressured_by(
    draws: Draws, pressure: Booleans, peers: Booleans, ran: Booleans, refused_pressure: Booleans
) -> tuple[tuple[str, ...], Booleans]:
    """Who did it; empty where nothing was done or the question before was refused (skip logic)."""
    n = len(peers)
    chances = [np.full(n, chance) for chance in _BY]
    chances[3] = np.where(ran, 0.0, _REGIONAL_HEAD)
    chances[4] = np.where(ran, _INCUMBENT, 0.0)
    from_above = _some(draws, _any(pressure) & ~peers, chances, first=_FROM_ABOVE_OR_OUTSIDE)
    from_peers = np.zeros_like(from_above)
    from_peers[:, _FROM_ABOVE_OR_OUTSIDE:] = _some(draws, peers, [np.full(n, p) for p in (0.6, 0.45, 0.1)])
    asked = _any(pressure) & ~refused_pressure
    refused = asked & draws.chance(n, 0.010)
    chosen = (from_above | from_peers) & (asked & ~refused)[:, None]
    return (*ACTORS, "refused"), np.column_stack([chosen, refused])


def _witnessed(single: Single, any_form: Booleans, senior: Booleans, draws: Draws) -> None:
    """The sixteen forms as seen; a few refuse the whole page, or saw some and are unsure of others."""
    n = len(any_form)
    seen = _some(draws, any_form, _by_office(_SEEN, senior))
    refused = draws.chance(n, 0.016)
    unsure = any_form & draws.chance(n, 0.035)
    for number in range(len(FORMS)):
        answer = np.where(seen[:, number], "yes", "no").astype("U24")
        answer[unsure & ~seen[:, number] & draws.chance(n, 0.35)] = "dont_know"
        answer[refused] = "refused"
        single[f"witnessed_{number + 1:02d}"] = answer


def _agency_view(
    single: Single, many: Many, state: dict[str, Booleans], silent: Booleans, draws: Draws
) -> None:
    n = len(silent)
    seen = _some(draws, state["politicization_witnessed"], [np.full(n, p) for p in _TO_COLLEAGUES], first=4)
    seen[:, 4] |= ~state["politicization_witnessed"] & draws.chance(n, 0.015)
    many["agency_pressured"] = _with_exclusive(PRESSURES, seen, silent | draws.chance(n, 0.010))
    own = np.where(state["politicking_witnessed"], "yes", "no").astype("U24")
    u = draws.uniform(n)
    own[u < 0.025] = "dont_know"
    own[silent | (u > 0.993)] = "refused"
    single["agency_own"] = own


def _list_experiment(single: Single, helped: Booleans, draws: Draws) -> None:
    """A random half counts four statements, the other half five."""
    n = len(helped)
    u = draws.uniform(n)
    treated = u >= 0.5
    count = np.zeros(n, dtype=np.int64)
    for chance in _CONTROL:
        count += draws.chance(n, chance)
    sensitive = helped & draws.chance(n, _ADMITTED_IN_LIST)
    single["list_u"] = np.array([repr(value) for value in u.tolist()])
    single["list_arm"] = np.where(treated, "treatment", "control")
    single["list_count_control"] = np.where(treated, "", count.astype("U4"))
    single["list_count_treatment"] = np.where(treated, (count + sensitive).astype("U4"), "")
