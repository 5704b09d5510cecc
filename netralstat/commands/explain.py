"""`netralstat explain`: the driver models of a wave, and the recipes of the field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netralstat.commands.terminal import AsJson, opened_wave, print_table, say
from netralstat.errors import UsageError

if TYPE_CHECKING:
    from netralstat.explain.planned import PlannedModel
    from netralstat.wave import Wave

MaybeWave = Annotated[
    Path | None,
    typer.Argument(metavar="WAVE", help="Folder with a wave.toml, such as surveys/asn-2021-demo."),
]
Recipes = Annotated[
    list[str] | None,
    typer.Option(
        "--recipe", "-r", help="Answer this question of the field instead; may be given several times."
    ),
]
Listed = Annotated[bool, typer.Option("--recipes", help="List the recipes and what each asks, and stop.")]


def explain(
    wave: MaybeWave = None, recipe: Recipes = None, recipes: Listed = False, as_json: AsJson = False
) -> None:
    """Fit the driver models of the wave file and print their coefficients: associations, no causes.

    Models stand in tables explain.models of wave.toml, questions of the field are named by explain.recipes.
    Rows that rest on fewer respondents than report.min_respondents are hidden.
    """
    if recipes:
        _list(as_json)
        return
    if wave is None:
        raise UsageError("no wave was named", where="netralstat explain", do="name the folder of a wave")
    import pandas as pd

    from netralstat.driver_models import driver_models, fit
    from netralstat.report.models.suppression import suppress_coefficients

    with opened_wave(wave) as opened:
        plan = opened.plan
        if recipe:
            models = _of_recipes(opened, recipe)
        else:
            planned = driver_models(opened)
            models = list(planned.models)
            for left in planned.unanswered:
                say(f"{left.id}: left out; the wave has no column for {', '.join(left.absent)}")
        survey = opened.survey() if models else None
        tables = []
        for model in models:
            assert survey is not None
            fitted = fit(model, survey, plan.estimate.level)
            say(f"{model.id}: {model.formula} ({model.family}), n = {fitted.n:,}, df = {fitted.df}")
            if model.absent:
                say(f"  without {', '.join(model.absent)}: the wave has no column for it")
            table = suppress_coefficients(fitted.to_frame(), plan.report.min_respondents)
            tables.append(table.assign(model=model.id))
    if tables:
        print_table(pd.concat(tables, ignore_index=True), as_json)
        return
    say("the wave file has no [[explain.models]] and no [explain] recipes")
    if as_json:
        typer.echo("[]")


def _of_recipes(opened: Wave, names: list[str]) -> list[PlannedModel]:
    from netralstat.driver_models import recipe_models, require_answered

    made = [require_answered(recipe_models(opened, name), opened) for name in dict.fromkeys(names)]
    return [model for models in made for model in models]


def _list(as_json: bool) -> None:
    import pandas as pd

    from netralstat.explain.recipes import recipes

    rows = [
        {
            "recipe": one.id,
            "asks": one.question["en"],
            "outcomes": ", ".join(str(outcome.modality or outcome.name) for outcome in one.outcomes),
            "terms": ", ".join(one.terms),
        }
        for one in recipes().values()
    ]
    if as_json:
        print_table(pd.DataFrame(rows), as_json)
        return
    for row in rows:
        typer.echo(f"{row['recipe']}\n  {row['asks']}\n  {row['outcomes']} ~ {row['terms']}")
