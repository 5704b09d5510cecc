"""Split choices: a blank beside a chosen answer of a select_multiple was seen and not chosen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.labels import relabelled
from netralstat.collect.text_table import TextColumn

_MARK = "not chosen"


def blanks_not_chosen(
    split: Mapping[str, TextColumn],
    hidden: Mapping[str, NDArray[np.bool_]] | None = None,
    *,
    everywhere: bool = False,
) -> dict[str, TextColumn]:
    """Write "0" for the blanks of a select_multiple in the rows where it was answered.

    Parameters
    ----------
    split : Mapping[str, TextColumn]
        By choice, the cells as "1", "0" and "".
    hidden : Mapping[str, array of bool], optional
        By choice, the rows in which the tool says that it was not shown: there a blank stays one.
    everywhere : bool
        Whether a blank means so in every row, and not only beside a filled cell.
    """
    filled = np.logical_or.reduce([column.test(bool) for column in split.values()])
    if everywhere:
        filled = np.ones_like(filled)
    written = {}
    for choice, column in split.items():
        blank = filled & column.test(lambda text: not text)
        if hidden is not None:
            blank &= ~hidden[choice]
        codes = np.where(blank, len(column.levels), column.codes).astype(np.int32)
        marked = TextColumn(levels=(*column.levels, _MARK), codes=codes)
        written[choice] = relabelled(marked, lambda text: "0" if text == _MARK else text)
    return written
