"""Sphinx settings: `sphinx-build -W docs docs/_build` with the extra `docs`."""

from importlib.metadata import version as version_of

project = "netralstat"
author = "netralstat contributors"
copyright = "2026, netralstat contributors"
release = version = version_of("netralstat")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "jupyter_execute"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 4
autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = False

html_theme = "furo"
html_title = f"netralstat {release}"
