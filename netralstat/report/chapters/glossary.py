"""Glossary: the terms of the field, of the civil service and of statistics, explained for readers."""

from __future__ import annotations

from netralstat.report.blocks import Block, Box
from netralstat.report.context import Context

TERMS = {
    "glossary.asn": "glossary.asn_text",
    "glossary.pns": "glossary.pns_text",
    "glossary.pppk": "glossary.pppk_text",
    "glossary.ptt": "glossary.ptt_text",
    "glossary.jpt": "glossary.jpt_text",
    "glossary.ppk": "glossary.ppk_text",
    "glossary.incumbent": "glossary.incumbent_text",
    "glossary.politicization": "glossary.politicization_text",
    "glossary.politicking": "glossary.politicking_text",
}
STATISTICS = {
    "glossary.population": "glossary.population_text",
    "glossary.weight": "glossary.weight_text",
    "glossary.calibration": "glossary.calibration_text",
    "glossary.ci": "glossary.ci_text",
    "glossary.std_error": "glossary.std_error_text",
    "glossary.rse": "glossary.rse_text",
    "glossary.n_eff": "glossary.n_eff_text",
    "glossary.deff": "glossary.deff_text",
    "glossary.df": "glossary.df_text",
    "glossary.significant": "glossary.significant_text",
    "glossary.odds_ratio": "glossary.odds_ratio_text",
    "glossary.alpha": "glossary.alpha_text",
    "glossary.numerator": "glossary.numerator_text",
    "glossary.suppression": "glossary.suppression_text",
}


def write(context: Context) -> tuple[str, list[Block]]:
    """Two lists, each in the alphabet of its language."""
    w = context.w

    def entries(terms: dict[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple(
            sorted(((w(term), w(text)) for term, text in terms.items()), key=lambda one: one[0].lower())
        )

    return w("glossary.title"), [
        Box(id="box-glossary", title=w("glossary.service"), entries=entries(TERMS)),
        Box(id="box-glossary-statistics", title=w("glossary.statistics"), entries=entries(STATISTICS)),
    ]
