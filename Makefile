# netralstat: every command of the project, one line each. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test long check fuzz goldens bench simulate spark constraints clean
SHELL := /bin/sh
# Compiled modules and tests are kept, also where the environment says otherwise: the next run begins 15 s sooner.
export PYTHONDONTWRITEBYTECODE :=
BIN := .venv/bin
INSTALLED := .venv/.netralstat-run
TOOLS := .venv/.netralstat-dev

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(INSTALLED)  ## install into .venv, write the demonstration report and say where it is
	@$(BIN)/netralstat demo

test: $(TOOLS)  ## run the tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

long: $(TOOLS)  ## run the longer tests: every file there and back, damaged files, a browser, more cases of each idea
	@$(BIN)/python -m pytest -n auto --dist worksteal -m long

check: $(TOOLS)  ## lint, format, types, the guard against respondent data, and a minute of fuzz
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/python .ci/guard_data.py && $(BIN)/python .ci/fuzz.py --seconds 60

fuzz: $(TOOLS)  ## spoil small files of every format for ten minutes: readers may refuse them, and nothing else
	@$(BIN)/python .ci/fuzz.py --seconds 600

goldens:  ## make the reference numbers again (needs R with survey 4.5)
	@sh tests/golden/run.sh

bench: $(TOOLS)  ## time the report, and the estimators beside R survey and svy where they are installed
	@$(BIN)/python benchmarks/report.py && $(BIN)/python benchmarks/engine.py

simulate: $(TOOLS)  ## run the long simulations: do intervals cover the truth as often as they say?
	@$(BIN)/python -m pytest -n auto -m slow

spark: $(TOOLS)  ## run the contract tests on a real Spark (installs pyspark; needs Java)
	@.ci/venv spark && $(BIN)/python -m pytest tests/contract -m spark

constraints:  ## pin the newest versions of every dependency (needs uv)
	@sh .ci/pin

clean:  ## remove .venv, caches and the demonstration report
	@rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis dist docs/_build reports/asn-2021-demo && find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml constraints.txt
	@.ci/venv run && touch $@

$(TOOLS): pyproject.toml constraints.txt
	@.ci/venv dev && touch $(INSTALLED) $@
