"""A synthetic case register beside the synthetic survey.

SYNTHETIC. Published for the elections of 2020 are, as of 16 December 2021, the civil servants who were
reported (2,007), not proven (311), incomplete (108), recommended for a sanction (1,588) and sanctioned
(1,365; 223 pending), and, as of May 2022, the shares of five forms (reference/case_statistics.csv, S1; S28,
S29). These numbers are met: the totals to one case, the shares as chances. Everything else is invented: the
forms beyond those five, the days, positions and provinces. A province's cases follow its persons who did
politicking, times a deviation of its own, for what is reported depends on who watches. No case belongs to a
person of the synthetic population.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import numpy as np

from netralstat.simulate.draws import Draws
from netralstat.simulate.population import Population
from netralstat.simulate.regions import POSITIONS, PROVINCES

COLUMNS = ("case_number", "reported_on", "province", "position", "form", "status", "origin")
STATUSES = {
    "sanksi_dijatuhkan": 1365,
    "menunggu_tindak_lanjut_ppk": 223,
    "tidak_terbukti": 311,
    "berkas_belum_lengkap": 108,
}
CENTRAL = "instansi_pusat"
# Codes of the joint decree of 2020 (reference/violations.csv), and their shares of the cases in thousandths:
# five are published, the other 181 thousandths are spread over the rest.
_FORMS = (304, 109, 126, 12, 56, 28, 26, 224, 14, 24, 10, 8, 12, 18, 21, 8)
_BY_POSITION = (157, 134, 118, 265, 326)
_CENTRAL_SHARE = 0.012
_DEVIATION = 0.45
_FIRST, _LAST = date(2020, 1, 6), date(2021, 3, 31)


def register_csv(population: Population, seed: int) -> str:
    """The register as CSV, one row a case."""
    draws = Draws(seed, "register")
    province = population.frame.province[population.region]
    acted = np.bincount(province[population.state["politicking"]], minlength=len(PROVINCES))
    watched = acted * np.exp(_DEVIATION * draws.normal(len(PROVINCES)))
    n = sum(STATUSES.values())
    central = draws.chance(n, _CENTRAL_SHARE)
    where = draws.pick(n, watched.tolist())
    form = draws.pick(n, _FORMS)
    position = draws.pick(n, _BY_POSITION)
    day = np.sort((draws.uniform(n) * ((_LAST - _FIRST).days + 1)).astype(np.int64))
    status = np.repeat(np.arange(len(STATUSES)), list(STATUSES.values()))[draws.order(n)]
    names = tuple(STATUSES)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in range(n):
        writer.writerow(
            (
                f"K-{row + 1:04d}",
                (_FIRST + timedelta(days=int(day[row]))).isoformat(),
                CENTRAL if central[row] else PROVINCES[where[row]].slug,
                POSITIONS[position[row]],
                f"SKB20-{form[row] + 1:02d}",
                names[status[row]],
                "synthetic",
            )
        )
    return text.getvalue()
