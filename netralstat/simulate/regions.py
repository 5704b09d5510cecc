"""The 270 regions of the synthetic frame and their strata: region by position level.

SYNTHETIC. Published are the numbers of regions that elected a head in December 2020 (270: 9 provinces, 224
regencies, 37 cities), the sample of 10,617 and the strata's kind. No list of the regions with their staff was
found, so everything finer is invented here: the regencies and cities are spread over the provinces in
proportion to how many each province has, the nine provinces that elect a governor are unverified, the codes
are running numbers, and the numbers of staff follow the size of each province's civil service.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import DesignError
from netralstat.simulate.draws import Draws, Floats, Integers

POSITIONS = ("jpt", "administrator", "supervisor", "functional", "executive")
KINDS = ("province_government", "regency_government", "city_government")
ISLANDS = ("sumatera", "jawa_bali", "kalimantan", "nusa_tenggara", "sulawesi", "papua_maluku")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceShare:
    """How one province takes part in the synthetic frame.

    `code` is Kemendagri's of 2021 (Papua 91, Papua Barat 92). `staff` is the mean number of civil servants a
    government of the province, from BPS (2023) divided by its governments: it only sets sizes in proportion.
    """

    slug: str
    code: str
    island: str
    hours: int
    governor: bool
    regencies: int
    cities: int
    staff: int


def _province(
    slug: str, code: str, island: str, hours: int, governor: int, regencies: int, cities: int, staff: int
) -> ProvinceShare:
    return ProvinceShare(
        slug=slug,
        code=code,
        island=island,
        hours=hours,
        governor=bool(governor),
        regencies=regencies,
        cities=cities,
        staff=staff,
    )


# slug, code, island group, hours ahead of UTC, governor elected, regencies, cities, staff a government.
# Aceh and DKI Jakarta had no election in 2020 and are outside.
PROVINCES = (
    _province("sumatera_utara", "12", "sumatera", 7, 0, 14, 3, 5907),
    _province("sumatera_barat", "13", "sumatera", 7, 1, 7, 3, 5759),
    _province("riau", "14", "sumatera", 7, 0, 6, 1, 7229),
    _province("jambi", "15", "sumatera", 7, 1, 5, 1, 5668),
    _province("sumatera_selatan", "16", "sumatera", 7, 0, 7, 2, 6598),
    _province("bengkulu", "17", "sumatera", 7, 1, 5, 1, 4765),
    _province("lampung", "18", "sumatera", 7, 0, 7, 1, 6608),
    _province("kepulauan_bangka_belitung", "19", "sumatera", 7, 0, 3, 1, 3921),
    _province("kepulauan_riau", "21", "sumatera", 7, 1, 3, 1, 4880),
    _province("jawa_barat", "32", "jawa_bali", 7, 0, 10, 4, 11703),
    _province("jawa_tengah", "33", "jawa_bali", 7, 0, 16, 3, 9336),
    _province("di_yogyakarta", "34", "jawa_bali", 7, 0, 2, 0, 10853),
    _province("jawa_timur", "35", "jawa_bali", 7, 0, 16, 4, 9321),
    _province("banten", "36", "jawa_bali", 7, 0, 2, 2, 9462),
    _province("bali", "51", "jawa_bali", 8, 0, 5, 0, 7317),
    _province("nusa_tenggara_barat", "52", "nusa_tenggara", 8, 0, 5, 1, 7354),
    _province("nusa_tenggara_timur", "53", "nusa_tenggara", 8, 0, 12, 0, 4914),
    _province("kalimantan_barat", "61", "kalimantan", 7, 0, 7, 1, 5393),
    _province("kalimantan_tengah", "62", "kalimantan", 7, 1, 7, 0, 4652),
    _province("kalimantan_selatan", "63", "kalimantan", 8, 1, 6, 1, 5808),
    _province("kalimantan_timur", "64", "kalimantan", 8, 0, 4, 1, 6573),
    _province("kalimantan_utara", "65", "kalimantan", 8, 1, 2, 0, 3698),
    _province("sulawesi_utara", "71", "sulawesi", 8, 1, 6, 2, 4270),
    _province("sulawesi_tengah", "72", "sulawesi", 8, 1, 7, 0, 5799),
    _province("sulawesi_selatan", "73", "sulawesi", 8, 0, 12, 1, 7150),
    _province("sulawesi_tenggara", "74", "sulawesi", 8, 0, 9, 1, 4463),
    _province("gorontalo", "75", "sulawesi", 8, 0, 3, 0, 4675),
    _province("sulawesi_barat", "76", "sulawesi", 8, 0, 3, 0, 4992),
    _province("maluku", "81", "papua_maluku", 9, 0, 5, 1, 5233),
    _province("maluku_utara", "82", "papua_maluku", 9, 0, 5, 1, 4205),
    _province("papua", "91", "papua_maluku", 9, 0, 16, 0, 3557),
    _province("papua_barat", "92", "papua_maluku", 9, 0, 7, 0, 3454),
)

# Of the 270 regions, 224 had an incumbent among the candidates (Bawaslu, 30 September 2020).
INCUMBENT_REGIONS = 224
# Shares of the staff that are administrators, supervisors, functional; the rest are executive. JPT posts are
# counted, not shared: their number hardly grows with a government's size.
_STAFF_SHARES = (0.026, 0.064, 0.630)
_JPT_POSTS = {"province_government": (38, 14), "regency_government": (24, 12), "city_government": (24, 12)}
_SIZE_OF_KIND = {"province_government": 1.6, "regency_government": 1.0, "city_government": 0.8}
# Mean respondents wanted in a stratum, before nonresponse, and how they grow with its size.
_LEAST_PERSONS = 12
_WANTED = (6.1, 6.8, 7.8, 18.0, 11.6)
_RESPONSE_RATES = (0.70, 0.74, 0.78, 0.81, 0.79)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The regions (one entry each) and the strata, region-major: stratum = region × 5 + position.

    `population` and `selected` are persons a stratum; `province` is an index into `PROVINCES`, `kind` into
    `KINDS`.
    """

    code: tuple[str, ...]
    province: Integers
    kind: Integers
    island: Integers
    incumbent_ran: NDArray[np.bool_]
    population: Integers
    selected: Integers

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return len(self.code)


def build_frame(seed: int, population: int) -> Frame:
    """Invent the 270 regions and their 1,350 strata, about `population` persons in all.

    Parameters
    ----------
    seed : int
        Seed of the wave.
    population : int
        Persons wanted in the frame; rounding and the counted JPT posts move it by less than one percent.

    Returns
    -------
    Frame

    Raises
    ------
    DesignError
        So small a population leaves strata with too few persons to draw from.
    """
    code: list[str] = []
    province: list[int] = []
    kind: list[int] = []
    for index, share in enumerate(PROVINCES):
        governments = [(f"{share.code}00", 0)] if share.governor else []
        governments += [(f"{share.code}{number:02d}", 1) for number in range(1, share.regencies + 1)]
        governments += [(f"{share.code}{number:02d}", 2) for number in range(71, 71 + share.cities)]
        for written, of_kind in governments:
            code.append(written)
            province.append(index)
            kind.append(of_kind)
    kinds = np.array(kind)
    provinces = np.array(province)
    persons = _stratum_sizes(Draws(seed, "frame"), provinces, kinds, population)
    too_small = int(np.count_nonzero(persons < _LEAST_PERSONS))
    if too_small:
        raise DesignError(
            f"a population of {population:,} leaves {too_small:,} of {len(persons):,} strata with fewer than "
            f"{_LEAST_PERSONS} persons.",
            where="[collect.simulate], population",
            do="give a population of 600,000 or more",
        )
    return Frame(
        code=tuple(code),
        province=provinces,
        kind=kinds,
        island=np.array([ISLANDS.index(share.island) for share in PROVINCES])[provinces],
        incumbent_ran=Draws(seed, "incumbents").order(len(code)) < INCUMBENT_REGIONS,
        population=persons,
        selected=_allocate(persons),
    )


def _stratum_sizes(draws: Draws, province: Integers, kind: Integers, population: int) -> Integers:
    """Persons in each stratum: staff of the region in proportion to its province, then split by position."""
    n = len(province)
    staff = np.array([share.staff for share in PROVINCES], dtype=np.float64)[province]
    staff *= np.array([_SIZE_OF_KIND[name] for name in KINDS])[kind] * (0.65 + 0.7 * draws.uniform(n))
    staff *= population / float(np.cumsum(staff)[-1])
    posts = np.array([_JPT_POSTS[name] for name in KINDS])[kind]
    sizes = np.zeros((n, len(POSITIONS)), dtype=np.int64)
    sizes[:, 0] = posts[:, 0] + np.floor(draws.uniform(n) * posts[:, 1]).astype(np.int64)
    for column, share in enumerate(_STAFF_SHARES, start=1):
        spread = 0.9 + 0.2 * draws.uniform(n)
        sizes[:, column] = np.floor(staff * share * spread + 0.5).astype(np.int64)
    rest = np.floor(staff + 0.5).astype(np.int64) - sizes.sum(axis=1)
    sizes[:, 4] = rest
    return sizes.reshape(-1)


def _allocate(population: Integers) -> Integers:
    """Persons selected a stratum: square-root allocation within each position, at least five."""
    table = population.reshape(-1, len(POSITIONS))
    selected = np.zeros_like(table)
    for column, wanted in enumerate(_WANTED):
        root: Floats = np.sqrt(table[:, column].astype(np.float64))
        mean_root = float(np.cumsum(root)[-1]) / len(root)
        selected[:, column] = np.floor(wanted * root / mean_root + 0.5).astype(np.int64)
    return np.minimum(np.maximum(selected, 5), table).reshape(-1)


def response_rates() -> Floats:
    """Expected response rate by position, before the regions' own deviation."""
    return np.array(_RESPONSE_RATES)
