"""Draw the figure of the README: `python docs/readme_figure.py` from the project's folder."""

from __future__ import annotations

from pathlib import Path

import netralstat as ns
from netralstat.reference import tiles
from netralstat.report.figures import tile_map, to_png
from netralstat.report.suppression import suppress

TARGET = Path(__file__).with_name("tile-map.png")
TEXT = {
    "legend_title": "SYNTHETIC DATA. Politicization of the bureaucracy: per cent of civil servants",
    "not_shown": "Not shown",
    "outside": "Outside the sampling frame",
}


def main() -> None:
    """Estimate politicization by province in the demonstration wave and write the tile map."""
    wave = ns.open_wave("surveys/asn-2021-demo")
    estimates = suppress(wave.survey().prevalence("politicization", by="province"))
    values = estimates.to_frame().rename(columns={"province": "slug"}).assign(direction="")
    regions = wave.plan.collect.regions
    assert regions is not None
    figure = tile_map(
        values[["slug", "estimate", "flag", "direction"]],
        tiles(regions.vintage, "kasn2021", "en", names="short"),
        outside=set(regions.outside),
        percent=lambda share: f"{100 * share:.0f}",
        text=TEXT,
    )
    TARGET.write_bytes(to_png(figure))


if __name__ == "__main__":
    main()
