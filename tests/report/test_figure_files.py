"""The pictures of a report as files: their formats, the list beside them, the same bytes twice."""

import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from PIL import Image

from netralstat.errors import DisclosureError, EnvironmentProblem, UsageError
from netralstat.report.figure_files import WRITERS, chosen_formats, write_figures
from netralstat.report.figures import read_svg


@pytest.fixture(scope="module")
def written(material, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return write_figures(material, folder, ["id", "en"], ["svg"])


def test_every_figure_in_every_format_and_a_list_a_language(built, written):
    figures = built("en").figures
    names = [path.name for path in written]
    assert len(figures) >= 2
    assert names == [
        name
        for language in ("id", "en")
        for name in (*(f"{one.id}.{language}.svg" for one in figures), f"figures.{language}.json")
    ]
    assert sorted(names) == sorted(path.name for path in written[0].parent.iterdir())


def test_the_list_says_what_stands_on_each_picture(built, written):
    document = built("id")
    told = json.loads(next(path for path in written if path.name == "figures.id.json").read_bytes())
    assert (told["schema"], told["wave"], told["synthetic"]) == ("netralstat.figures/1", "small-wave", True)
    numbers = {table.id: table.number for table in document.tables}
    for one, figure in zip(told["figures"], document.figures, strict=True):
        assert (one["title"], one["alt"], one["source"]) == (figure.title, figure.alt, figure.source)
        assert one["alt"]
        assert (one["table"], one["table_number"]) == (figure.table_id, numbers.get(figure.table_id))
        assert all((written[0].parent / name).is_file() for name in one["files"])


def test_pictures_are_the_reports(built, written):
    files = {path.name: path.read_bytes() for path in written}
    for figure in built("en").figures:
        svg = files[f"{figure.id}.en.svg"].decode()
        root = ElementTree.fromstring(svg)
        assert root.find("{http://www.w3.org/2000/svg}desc").text == figure.alt
        assert "var(" not in svg
        assert read_svg(svg.partition("\n")[2]) == read_svg(figure.svg)


def test_a_picture_in_every_format_the_same_bytes_twice(built):
    figure = built("en").figures[0]
    made, again = ({kind: write(figure) for kind, write in WRITERS.items()} for _ in range(2))
    assert made == again
    picture = read_svg(figure.svg)
    assert Image.open(io.BytesIO(made["png"])).size == (2 * picture.width, 2 * picture.height)
    assert made["pdf"].startswith(b"%PDF-")


@pytest.mark.long
def test_a_second_run_gives_the_same_bytes(material, written, tmp_path):
    again = write_figures(material, tmp_path, ["id", "en"])
    assert {path.name: path.read_bytes() for path in again} == {
        path.name: path.read_bytes() for path in written
    }


def test_formats_are_chosen_or_refused():
    assert chosen_formats(None) == ("svg",)
    assert chosen_formats(["pdf", "svg"]) == ("svg", "pdf")
    with pytest.raises(UsageError, match=r'format "pgn"\. Did you mean "png"'):
        chosen_formats(["pgn"])
    with pytest.raises(UsageError, match='format ""'):
        chosen_formats([])


def test_nothing_is_written_of_numbers_that_are_not_suppressed(material, raw, tmp_path):
    with pytest.raises(DisclosureError):
        write_figures(replace(material, estimates=raw), tmp_path / "no", ["en"])
    assert not (tmp_path / "no").exists()
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(EnvironmentProblem):
        write_figures(material, blocked, ["en"])
