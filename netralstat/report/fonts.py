"""The report's two typefaces, cut to the glyphs that a page uses.

Inter (text, figures) and Plus Jakarta Sans (headings) come as variable fonts from the packages
``fontpkg-inter`` and
``fontpkg-plus-jakarta-sans`` (SIL Open Font License), never from the machine.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.util
import io
import string
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from netralstat.errors import EnvironmentProblem
from netralstat.report.font_cache import kept_bytes

# What nearly every page uses: with it inside, pages of one report share one kept file.
BASIC = string.ascii_letters + string.digits + string.punctuation + "\u00a0 ×±·°–—‘’“”•…−≈≠≤≥←→↑↓■□▲▼◆○●✓Δα²"
FEATURES = ("ccmp", "kern", "locl", "mark", "mkmk", "tnum")
Range = tuple[float, float]
_RECIPE = "1"  # raise when the way of cutting changes, so that kept files are made anew
_version = cache(version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeface:
    """A variable font from a package.

    Parameters
    ----------
    family : str
        Its name in CSS.
    package, module, file : str
        Where it comes from.
    weights : tuple of int
        Lightest and boldest weight kept.
    fixed : tuple of (str, float)
        Axes set to one value: Inter's optical size stays at that of text, so that page and layout agree.
    """

    family: str
    package: str
    module: str
    file: str
    weights: tuple[int, int]
    fixed: tuple[tuple[str, float], ...] = ()

    @property
    def path(self) -> Path:
        """The variable font file.

        Raises
        ------
        EnvironmentProblem
            The font package is not installed, or is another version than expected.
        """
        try:
            root = Path(str(importlib.import_module(self.module).ROOT))
        except ImportError as problem:
            raise EnvironmentProblem(
                f"The font {self.family} is not installed.",
                where=f"package {self.package}",
                do=f"install it with: pip install {self.package}",
            ) from problem
        path = root / "files" / self.file
        if not path.is_file():
            raise EnvironmentProblem(
                f"The package {self.package} {version(self.package)} does not hold {self.file}.",
                where=str(root),
                do="install the version of the constraints file.",
            )
        return path

    @property
    def mark(self) -> str:
        """What a file made from this font depends on."""
        return f"{self.package}-{_version(self.package)}-fonttools-{_version('fonttools')}-recipe-{_RECIPE}"


INTER = Typeface(
    family="Inter",
    package="fontpkg-inter",
    module="fontpkg_inter",
    file="Inter[opsz,wght].ttf",
    weights=(400, 700),
    fixed=(("opsz", 14.0),),
)
PLUS_JAKARTA_SANS = Typeface(
    family="Plus Jakarta Sans",
    package="fontpkg-plus-jakarta-sans",
    module="fontpkg_plus_jakarta_sans",
    file="PlusJakartaSans[wght].ttf",
    weights=(400, 800),
)
TYPEFACES = (INTER, PLUS_JAKARTA_SANS)


def font_faces(text: str) -> str:
    """The ``@font-face`` rules that a page with this text needs.

    Parameters
    ----------
    text : str
        Everything that the page shows; markup does no harm. Letters, digits and ASCII punctuation are always
        in.

    Returns
    -------
    str
        One rule for each typeface, the font inside as base64 WOFF2. The same text and versions give the same
        bytes.

    Raises
    ------
    EnvironmentProblem
        A font package, or brotli for WOFF2, is not installed.
    """
    characters = frozenset(text + BASIC) - set(map(chr, range(32)))
    return "\n".join(_rule(face, characters) for face in TYPEFACES) + "\n"


def cut(
    face: Typeface, characters: Iterable[int], axes: dict[str, float | Range], flavor: str | None = None
) -> bytes:
    """A font file with only these characters (code points) and these parts of the axes.

    Its time stamp is that of the original, so the same cut gives the same bytes.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options(
        layout_features=list(FEATURES),
        name_IDs=[1, 2, 3, 4, 6],
        hinting=False,
        notdef_outline=True,
        recalc_timestamp=False,
        drop_tables=["DSIG", "meta", "STAT"],
    )
    font = TTFont(io.BytesIO(face.path.read_bytes()), lazy=True, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=set(characters))
    cutter.subset(font)
    instancer.instantiateVariableFont(font, axes, inplace=True, updateFontNames=False)
    font.flavor = flavor
    target = io.BytesIO()
    font.save(target)
    return target.getvalue()


def _rule(face: Typeface, characters: frozenset[str]) -> str:
    points = sorted(map(ord, characters))
    key = hashlib.sha256(",".join(map(str, points)).encode()).hexdigest()[:20]
    content = kept_bytes(f"{face.mark}-{key}.woff2", lambda: _woff2(face, points))
    data = base64.b64encode(content).decode("ascii")
    lightest, boldest = face.weights
    return (
        f'@font-face{{font-family:"{face.family}";font-style:normal;font-weight:{lightest} {boldest};'
        f'font-display:block;src:url(data:font/woff2;base64,{data}) format("woff2")}}'
    )


def _woff2(face: Typeface, points: list[int]) -> bytes:
    if importlib.util.find_spec("brotli") is None:
        raise EnvironmentProblem(
            "WOFF2 fonts need the package brotli, which is not installed.",
            where="netralstat.report.fonts",
            do="install it with: pip install brotli",
        )
    return cut(face, points, {**dict(face.fixed), "wght": face.weights}, flavor="woff2")
