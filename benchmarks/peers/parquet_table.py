"""The 18 × 38 table from a parquet file through DuckDB: `python -m peers.parquet_table [FILE]`.

Without a file everything is imported and nothing is read: what a process costs before it has seen a row.
"""

from __future__ import annotations

import sys

import duckdb
from works import ITEMS

from netralstat import Survey


def main() -> None:
    """Estimate the table and say how many rows it has."""
    if len(sys.argv) == 1:
        return
    people = duckdb.read_parquet(sys.argv[1])
    survey = Survey(people, weight="weight", stratum="stratum", psu="psu")
    table = survey.prevalence(ITEMS, by="province").to_frame()
    yes = table[table["level"] == 1]
    print(f"{len(yes)} {yes['estimate'].sum():.15g} {yes['std_error'].sum():.15g}")


if __name__ == "__main__":
    main()
