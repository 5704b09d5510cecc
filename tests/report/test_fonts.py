"""Fonts: small, complete, reproducible, and there without a cache."""

import base64
import io
import re
from importlib.metadata import PackageNotFoundError

import pytest
from fontTools.ttLib import TTFont

from netralstat.errors import EnvironmentProblem
from netralstat.report import font_cache, fonts

pytestmark = pytest.mark.long

RULE = re.compile(
    r'@font-face\{font-family:"([^"]+)";.*?font-weight:(\d+) (\d+);.*?base64,([A-Za-z0-9+/=]+)\)'
)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(font_cache, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def faces(css: str) -> dict[str, TTFont]:
    return {match[1]: TTFont(io.BytesIO(base64.b64decode(match[4]))) for match in RULE.finditer(css)}


def test_a_page_gets_both_typefaces_with_the_glyphs_it_uses(own_cache):
    css = fonts.font_faces("Persentase ≥ 10 → naik ▲ čś − ½")
    found = faces(css)
    assert list(found) == ["Inter", "Plus Jakarta Sans"]
    for font in found.values():
        points = font.getBestCmap()
        assert {ord(sign) for sign in "Az09≥→▲č−½ "} <= set(points)
        assert ord("Ж") not in points
        assert "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
        assert "kern" in {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}
        assert [axis.axisTag for axis in font["fvar"].axes] == ["wght"]
    axis = found["Inter"]["fvar"].axes[0]
    assert (axis.minValue, axis.defaultValue, axis.maxValue) == (400, 400, 700)
    assert len(css) < 60_000
    assert "http" not in css


def test_kept_files_and_fresh_ones_are_the_same_bytes(own_cache, monkeypatch):
    monkeypatch.setattr(fonts, "TYPEFACES", (fonts.PLUS_JAKARTA_SANS,))
    first = fonts.font_faces("satu")
    names = sorted(path.name for path in own_cache.iterdir())
    assert len(names) == 1
    assert all(name.endswith(".woff2") and "fonttools-" in name for name in names)
    assert fonts.font_faces("dua") == first  # no glyph beyond the basic ones: the same files
    for path in own_cache.iterdir():
        path.unlink()
    assert fonts.font_faces("satu") == first


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(font_cache, "cache_folder", lambda: blocked / "cache")
    assert font_cache.kept_bytes("a", lambda: b"content") == b"content"
    path = font_cache.kept_file("b.ttf", lambda: b"content")
    assert path.read_bytes() == b"content"
    assert tmp_path not in path.parents


def test_kept_things_are_made_once(own_cache):
    made = []

    def build() -> bytes:
        made.append(1)
        return b"content"

    assert [font_cache.kept_bytes("x", build), font_cache.kept_bytes("x", build)] == [b"content"] * 2
    assert font_cache.kept_file("x", build).read_bytes() == b"content"
    assert len(made) == 1
    assert [path.name for path in own_cache.iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("platform", "variable", "tail"),
    [
        ("linux", "XDG_CACHE_HOME", ("netralstat",)),
        ("win32", "LOCALAPPDATA", ("netralstat", "Cache")),
        ("darwin", "", ("Library", "Caches", "netralstat")),
    ],
)
def test_the_cache_lies_where_the_platform_wants_it(monkeypatch, tmp_path, platform, variable, tail):
    monkeypatch.setattr(font_cache.sys, "platform", platform)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert font_cache.cache_folder().parts[-len(tail) :] == tail
    if variable:
        assert font_cache.cache_folder().is_relative_to(tmp_path)


def test_an_absent_font_package_is_named(tmp_path):
    absent = fonts.Typeface(
        family="No", package="no-font", module="no_font_here", file="no.ttf", weights=(4, 7)
    )
    with pytest.raises(EnvironmentProblem, match="pip install no-font"):
        assert absent.path
    with pytest.raises(PackageNotFoundError):
        assert absent.mark
    other = fonts.Typeface(
        family="Inter", package="fontpkg-inter", module="fontpkg_inter", file="Old.ttf", weights=(4, 7)
    )
    with pytest.raises(EnvironmentProblem, match=r"does not hold Old\.ttf"):
        assert other.path


def test_absent_brotli_is_named(own_cache, monkeypatch):
    monkeypatch.setattr(fonts.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EnvironmentProblem, match="pip install brotli"):
        fonts.font_faces("x")
