"""Tables beside the responses (contact log, case register): a column by its name, faults by their rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.errors import PlanError, did_you_mean

_SHOWN = 5


def column_of(table: TextTable, name: str, *, what: str, where: str) -> TextColumn:
    """The column that the wave file names.

    Parameters
    ----------
    what, where : what the table is called ("contact log"), and the place in the wave file that names it.

    Raises
    ------
    PlanError
        The table has no such column.
    """
    if name not in table.header:
        raise PlanError(
            f'the {what} has no column "{name}".{did_you_mean(name, table.header)}',
            where=f"{where}; {table.path}, row {table.first_row - 1}",
            do=f"name one of its {len(table.header)} columns",
        )
    return table.column(name)


def rows_of(hit: NDArray[np.bool_], table: TextTable) -> str:
    """The file and the numbers of its rows that are hit, the first few of many."""
    numbers = (np.flatnonzero(hit) + table.first_row).tolist()
    more = f" and {len(numbers) - _SHOWN:,} more" if len(numbers) > _SHOWN else ""
    return f"{table.path}, rows {', '.join(map(str, numbers[:_SHOWN]))}{more}"
