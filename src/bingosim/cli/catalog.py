"""`bingosim catalog`: activities, drops, rates and times, with their sources.

Commands import what they need when they run, so that `bingosim --help` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bingosim.event.catalog.entry import CatalogEntry, Figure
    from bingosim.event.model import Activity

app = typer.Typer(
    help="Look up activities: drops, rates, times, and their sources.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
_KNOWN_DROPS = 3


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

    if category and category not in get_args(Category):
        raise UnknownKeyError("catalog category", category, get_args(Category))
    entries = [load_entry(key) for key in catalog_keys()]
    chosen = [entry for entry in entries if not category or entry.category == category]
    if as_json:
        _print_json([_summary(entry) for entry in chosen])
    else:
        _print_table(
            ["key", "name", "category", "time", "drops"],
            [[*_line(entry), ", ".join(map(_spoken, _known_drops(entry)))] for entry in chosen],
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
                [*_line(entry), ", ".join(_with_rate(entry, drop) for drop in hits)]
                for entry, hits in found
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
        "drops": {drop: _rate(entry, drop) for drop in _drops(entry.activity)},
    }


def _drops(activity: Activity) -> list[str]:
    """Return the drop keys in the file's order, each once."""
    keys = (key for line in activity.loot for outcome in line.drops for key in outcome.gives)
    return list(dict.fromkeys(keys))


def _known_drops(entry: CatalogEntry) -> list[str]:
    """Return the first drops of the file that are not certain; entries put the best known first."""
    from bingosim.event.catalog.entry import COUNTERS

    drops = [drop for drop in _drops(entry.activity) if drop not in COUNTERS]
    rare = [drop for drop in drops if entry.drops_per_completion(drop) < 1]
    return (rare or drops)[:_KNOWN_DROPS]


def _spoken(drop: str) -> str:
    return drop.partition(".")[2].replace("_", " ") or drop


def _rate(entry: CatalogEntry, drop: str) -> str:
    from bingosim.event.quantities import format_chance, format_fraction

    rate = entry.drops_per_completion(drop)
    return format_chance(rate) if rate <= 1 else format_fraction(rate)


def _with_rate(entry: CatalogEntry, drop: str) -> str:
    return f"{drop} {_rate(entry, drop)}"


def _show(entry: CatalogEntry) -> None:
    from bingosim.event.catalog.sources import SOURCES

    activity = entry.activity
    typer.echo(f"{activity.name} ({entry.key}), {entry.category}")
    if entry.note:
        typer.echo(entry.note)
    typer.echo()
    _print_table(["", "", "source", "confidence"], list(_facts(entry)))
    typer.echo()
    _print_table(
        ["drop", "chance", "rolls", "per", "quantity", "expected", "source", "confidence", "agree"],
        list(_drop_rows(entry)),
    )
    disputed = [figure for figure in entry.figures if figure.others or figure.why]
    if disputed:
        typer.echo("\nWhy these figures")
        for figure in disputed:
            typer.echo(f"  {', '.join(figure.of)}: {figure.why}")
            for source, rate in figure.others.items():
                typer.echo(f"    {source} says {_said(figure, rate)}")
    used = {source for figure in entry.figures for source in _named(figure)}
    typer.echo("\nSources")
    for code, (name, version, licence) in SOURCES.items():
        if code in used:
            typer.echo(f"  {code}: {name} ({version}; {licence})")


def _facts(entry: CatalogEntry) -> Iterable[list[str]]:
    """Yield what there is besides drops: label, value, source, confidence."""
    from bingosim.event.catalog.entry import BANDS, GROUP, SPREAD, TIME
    from bingosim.event.quantities import format_duration, format_fraction

    activity = entry.activity
    of = entry.figure_of

    def row(label: str, value: str, figure: str) -> list[str]:
        return [label, value, of[figure].source, of[figure].confidence]

    seconds = activity.time.seconds
    pace = f"{float(3600 / seconds):.1f} an hour"
    yield row("time", f"{format_fraction(seconds)} s ({pace})", TIME)
    yield row("spread", f"±{format_fraction(activity.time.spread)} s, {activity.time.law}", SPREAD)
    group = activity.group
    if group.max > 1:
        alone = "alone or " if group.solo else ""
        wait = format_duration(group.max_wait)
        sizes = f"{alone}{max(2, group.min)} to {group.max}, wants {group.want}, waits {wait}"
        yield row("group", sizes, GROUP)
    else:
        yield ["group", "alone", "", ""]
    for band in activity.bands:
        chance = "" if band.chance == 1 else f", chance x{format_fraction(band.chance)}"
        effect = f"time x{format_fraction(band.time)}{chance}"
        yield row(f"size {band.sizes}", effect, BANDS)
    if activity.requires:
        yield ["requires", ", ".join(activity.requires), "", ""]


def _drop_rows(entry: CatalogEntry) -> Iterable[list[str]]:
    """Yield one row for each drop of each outcome, in the file's order."""
    from bingosim.event.quantities import format_chance

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
                    _rate(entry, drop),
                    figure.source if figure else "",
                    figure.confidence if figure else "",
                    ", ".join(figure.agree) if figure else "",
                ]


def _named(figure: Figure) -> set[str]:
    quantity = {figure.quantity} if figure.quantity else set()
    return {figure.source, *figure.agree, *figure.others, *quantity}


def _said(figure: Figure, rate: Any) -> str:
    from bingosim.event.catalog.entry import TIME
    from bingosim.event.quantities import format_chance, format_fraction

    if TIME in figure.of:
        return f"{format_fraction(rate)} s"
    return format_chance(rate) if rate <= 1 else format_fraction(rate)


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
