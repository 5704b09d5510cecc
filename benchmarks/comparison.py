"""The table of the benchmarks: times beside each other, what was asked, and whether it was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from works import WORKS, Work

OWN = "netralstat"
VERDICT = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One work by one tool.

    `ms` is the median of the warm runs, or the first run where it is the only one (`cold`); None where no
    run was finished, for the reason in `why`. `passed_ms` is how long the first run had taken when it was
    ended. `base_ms` is the time of the work that this one is set against.
    """

    work: str
    tool: str
    version: str | None = None
    ms: float | None = None
    base_ms: float | None = None
    runs_ms: tuple[float, ...] = ()
    cold: bool = False
    passed_ms: float | None = None
    peak_mb: float | None = None
    answer: tuple[float, ...] = ()
    why: str = ""
    errors: str = ""

    @property
    def at_least_ms(self) -> float | None:
        """The time, or what it exceeds."""
        return self.ms if self.ms is not None else self.passed_ms

    @property
    def times_base(self) -> float | None:
        """Time as a multiple of the work's that it is set against."""
        return self.ms / self.base_ms if self.ms is not None and self.base_ms is not None else None


def disagreement(answer: Sequence[float], own: Sequence[float]) -> float | None:
    """Largest relative difference between two answers; None where one is lacking."""
    if not answer or not own:
        return None
    return max(abs(a - b) / abs(b) for a, b in zip(answer, own, strict=True))


def header(peers: Sequence[str]) -> str:
    """Names of the columns."""
    columns = [f"{f'{name} ms':>11} {'times':>8}{'asked':>7}{'MB':>8}{'differs':>9}" for name in peers]
    return f"{'':<37}{f'{OWN} ms':>13} {'MB':>7}{''.join(columns)}   reached"


def row(found: Mapping[str, Measured], peers: Sequence[str]) -> str:
    """One work: own time and memory; then each peer's, how many times its time is ours, and what is asked."""
    own = found[OWN]
    work = WORKS[own.work]
    told = [f"{own.work} {work.title:<35}{_number(own.ms) or '-':>13}{_star(own)}{_number(own.peak_mb):>7}"]
    for name in peers:
        peer = found[name]
        differs = disagreement(peer.answer, own.answer)
        ms = _number(peer.ms) or peer.why
        told.append(f"{ms:>11}{_star(peer)}{speed(peer, own):>8}{_number(work.faster.get(name)):>7}")
        told.append(
            f"{_number(peer.peak_mb):>8}{'' if differs is None else f'{differs:.0e}' if differs else '0':>9}"
        )
    return f"{''.join(told)}   {'; '.join(verdicts(work, found))}".rstrip()


def speed(peer: Measured, own: Measured) -> str:
    """How many times the peer's time is ours; a lower bound where the peer was ended at the limit."""
    if own.ms is None or peer.at_least_ms is None:
        return ""
    return ("> " if peer.ms is None else "") + _number(peer.at_least_ms / own.ms)


def verdicts(work: Work, found: Mapping[str, Measured]) -> list[str]:
    """What is asked of a work, and whether it was reached; nothing of peers that were not timed."""
    own = found[OWN]
    if own.ms is None:
        return [own.why]
    told = []
    for name, asked in work.faster.items():
        peer = found.get(name)
        if peer is None or peer.at_least_ms is None:
            continue
        reached = peer.at_least_ms / own.ms >= asked
        told.append(f"{name} {'unknown' if peer.ms is None and not reached else VERDICT[reached]}")
    if work.ms is not None:
        told.append(f"below {work.ms:g} ms {VERDICT[own.ms < work.ms]}")
    if work.peak_mb is not None and own.peak_mb is not None:
        told.append(f"below {work.peak_mb:,.0f} MB {VERDICT[own.peak_mb < work.peak_mb]}")
    if work.times_base is not None and own.times_base is not None:
        reached = own.times_base <= work.times_base
        told.append(f"{own.times_base:.2f} × a, at most {work.times_base:g}: {VERDICT[reached]}")
        others = [(name, peer.times_base) for name, peer in found.items() if name != OWN]
        told += [f"{name} {times:.1f} × a" for name, times in others if times is not None]
    return told


def _star(of: Measured) -> str:
    """A star beside the time of a first run."""
    return "*" if of.cold else " "


def _number(value: float | None) -> str:
    """Three digits of small numbers, whole large ones; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
