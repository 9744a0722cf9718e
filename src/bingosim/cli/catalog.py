"""`bingosim catalog`: activities, drops, rates and times, with their sources.

Commands import what they need when they run, so that `bingosim --help` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bingosim.event.catalog.entry import CatalogEntry
    from bingosim.event.model import Activity

app = typer.Typer(
    help="Look up activities: drops, rates, times, and their sources.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command("list")
def list_(
    category: Annotated[
        str,
        typer.Option(
            "--category",
            "-c",
            help="Only boss, raid, minigame, clue, slayer, monster, sailing or activity.",
        ),
    ] = "",
    as_json: _Json = False,
) -> None:
    """List activities with their time and best-known drops.

    For example:

        bingosim catalog list --category raid
    """
    from typing import get_args

    from bingosim.errors import UnknownKeyError
    from bingosim.event.catalog import catalog_keys, load_entry
    from bingosim.event.catalog.entry import Category
    from bingosim.event.catalog.telling import known_drops, spoken

    if category and category not in get_args(Category):
        raise UnknownKeyError("catalog category", category, get_args(Category))
    entries = [load_entry(key) for key in catalog_keys()]
    chosen = [entry for entry in entries if not category or entry.category == category]
    if as_json:
        _print_json([_summary(entry) for entry in chosen])
    else:
        _print_table(
            ["key", "name", "category", "time", "drops"],
            [[*_line(one), ", ".join(map(spoken, known_drops(one.activity)))] for one in chosen],
        )


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Key of an activity, such as boss.vorkath.")],
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the activity as YAML to paste into an event file.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Show one activity: its figures, sources and doubts.

    For example:

        bingosim catalog show boss.vorkath
    """
    from bingosim.event.catalog import entry_path, load_entry

    if as_yaml:
        typer.echo(_pasteable(entry_path(key).read_text(encoding="utf-8")), nl=False)
    elif as_json:
        import yaml

        # The file itself: every number as exact as it is written there.
        _print_json(yaml.safe_load(entry_path(key).read_text(encoding="utf-8")))
    else:
        _show(load_entry(key))


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="Words of a key, a name or a drop.")],
    as_json: _Json = False,
) -> None:
    """Find activities and drops by words that must all occur.

    For example:

        bingosim catalog search dragon pickaxe
    """
    from bingosim.event.catalog import search as find

    found = find(words)
    if as_json:
        _print_json([{**_summary(entry), "found": hits} for entry, hits in found])
    elif found:
        _print_table(
            ["key", "name", "category", "time", "drops found"],
            [
                [*_line(entry), ", ".join(f"{drop} {rates[drop]}" for drop in hits)]
                for entry, hits in found
                for rates in [_rates(entry.activity)]
            ],
        )
    else:
        typer.echo(f"Nothing in the catalog has {' '.join(words)!r}.", err=True)


def _line(entry: CatalogEntry) -> list[str]:
    from bingosim.event.quantities import format_duration

    activity = entry.activity
    time = format_duration(activity.time.seconds_rounded)
    return [entry.key, activity.name, entry.category, time]


def _summary(entry: CatalogEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "name": entry.activity.name,
        "category": entry.category,
        "seconds": float(entry.activity.time.seconds),
        "drops": _rates(entry.activity),
    }


def _rates(activity: Activity) -> dict[str, str]:
    from bingosim.event.catalog.telling import rate_told
    from bingosim.event.yields import stacks_per_completion

    return {drop: rate_told(rate) for drop, rate in stacks_per_completion(activity).items()}


def _show(entry: CatalogEntry) -> None:
    from bingosim.event.catalog.telling import disputes, facts, sources_of

    activity = entry.activity
    typer.echo(f"{activity.name} ({entry.key}), {entry.category}")
    if entry.note:
        typer.echo(entry.note)
    typer.echo()
    told = [
        [label, value, figure.source if figure else "", figure.confidence if figure else ""]
        for label, value, figure in facts(activity, entry.figure_of)
    ]
    _print_table(["", "", "source", "confidence"], told)
    typer.echo()
    _print_table(
        ["drop", "chance", "rolls", "per", "quantity", "expected", "source", "confidence", "agree"],
        list(_drop_rows(entry)),
    )
    disputed = list(disputes(entry))
    if disputed:
        typer.echo("\nWhy these figures")
        for of, why, others in disputed:
            typer.echo(f"  {', '.join(of)}: {why}")
            for source, said in others:
                typer.echo(f"    {source} says {said}")
    typer.echo("\nSources")
    for code, (name, version, licence) in sources_of(entry).items():
        typer.echo(f"  {code}: {name} ({version}; {licence})")


def _drop_rows(entry: CatalogEntry) -> Iterable[list[str]]:
    """Yield one row for each drop of each outcome, in the file's order."""
    from bingosim.event.quantities import format_chance

    rates = _rates(entry.activity)
    for line in entry.activity.loot:
        for outcome in line.drops:
            for drop, quantity in outcome.gives.items():
                figure = entry.figure_of.get(drop)
                yield [
                    drop,
                    format_chance(outcome.chance),
                    str(line.rolls),
                    line.per,
                    str(quantity),
                    rates[drop],
                    figure.source if figure else "",
                    figure.confidence if figure else "",
                    ", ".join(figure.agree) if figure else "",
                ]


def _pasteable(text: str) -> str:
    """Return the `activity` part of a file, as an item of an event file's `activities:`."""
    lines = text.splitlines()
    start = lines.index("activity:") + 1
    length = next(n for n, line in enumerate(lines[start:]) if not line.startswith(" "))
    first, *rest = lines[start : start + length]
    item = [f"  - {first.strip()}", *(f"  {line}" for line in rest)]
    return "\n".join(["activities:", *item, ""])


def _print_json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Rich table; aligned, uncoloured, unwrapped text where stdout is no terminal."""
    import sys

    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for header in headers:
            table.add_column(header, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
        return
    grid = [headers, *rows] if any(headers) else rows
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    for row in grid:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
