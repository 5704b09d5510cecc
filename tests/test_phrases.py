"""Printed words of a package: one file a language or several, no key twice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from netralstat.phrases import phrases


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wordy_package"
    (folder / "words" / "id").mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "wordy_package", raising=False)
    phrases.cache_clear()
    return folder


def test_files_of_a_language_are_one_table(package: Path) -> None:
    several = package / "words" / "id"
    (several / "a.toml").write_text('[a]\nb = "satu"\n[a.c]\none = "{n}"\n', encoding="utf-8")
    (several / "b.toml").write_text('[d]\ne = "dua"\n', encoding="utf-8")
    (package / "words" / "en.toml").write_text('[d]\ne = "two"\n', encoding="utf-8")
    assert phrases("wordy_package", "id") == {"a.b": "satu", "a.c.one": "{n}", "d.e": "dua"}
    assert phrases("wordy_package", "en") == {"d.e": "two"}


def test_a_key_in_two_files_is_told(package: Path) -> None:
    for name in ("a", "b"):
        (package / "words" / "id" / f"{name}.toml").write_text('[a]\nb = "x"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"the key a\.b stands twice, the second time in b\.toml"):
        phrases("wordy_package", "id")
