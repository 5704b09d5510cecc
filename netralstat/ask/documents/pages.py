"""Templates become pages: autoescaped, self-contained, the same bytes every time."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from netralstat.ask.documents.words import PACKAGE, Words

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(PACKAGE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, words: Words, **fields: Any) -> str:
    """Fill a template; `w` in it gives a word, `style` its style sheet."""
    from markupsafe import Markup

    style = files(PACKAGE).joinpath("templates", f"{template}.css").read_text(encoding="utf-8")
    shared = files(PACKAGE).joinpath("templates", "page.css").read_text(encoding="utf-8")
    return _environment().get_template(f"{template}.html.j2").render(
        w=words, policy=POLICY, style=Markup(shared + style), **fields
    )  # fmt: skip
