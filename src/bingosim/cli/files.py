"""A result in files: which are wanted, whether they can be written, and writing them whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bingosim.errors import ExecutionError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bingosim.report import Report
    from bingosim.simulation import Simulation

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Files:
    """Where a result is to be written; None is nowhere, `-` is stdout.

    Attributes:
        json: As JSON.
        report: As a page.
        plot: As a picture.
        markdown: As a summary to post.
    """

    json: str | None = None
    report: Path | None = None
    plot: Path | None = None
    markdown: str | None = None

    @property
    def places(self) -> dict[str, str]:
        """The options that were given, and where each leads."""
        given = {
            "--json": self.json,
            "--report": self.report,
            "--plot": self.plot,
            "--markdown": self.markdown,
        }
        return {option: str(place) for option, place in given.items() if place is not None}

    def check(self) -> None:
        """Refuse what cannot be written, before anything is simulated for it.

        Raises:
            InputError: The message has a line for everything that is wrong.
        """
        wrong = [*_shared(self.places)]
        if self.plot is not None and self.plot.suffix.lower() not in ("", ".png"):
            wrong.append(f"--plot writes PNG: expected a name that ends in .png, got {self.plot}")
        paths = {
            place
            for option, place in self.places.items()
            if option in ("--report", "--plot") or place != STDOUT
        }
        wrong += filter(None, map(_unwritable, sorted(paths)))
        if wrong:
            raise InputError("\n".join(wrong))

    def shows_tables(self, *, quiet: bool) -> bool:
        """Return whether tables are printed beside the files: not where they would disturb."""
        return STDOUT not in (self.json, self.markdown) and not (quiet and self.places)

    def write(
        self, simulation: Simulation, report: Report, beside: Mapping[str, object] | None = None
    ) -> None:
        """Write them all.

        Args:
            simulation: What came out.
            report: What is said of it.
            beside: What the JSON holds beside that.

        Raises:
            ExecutionError: One cannot be written; those before it are there.
        """
        if self.json is not None:
            write_json({**report, **(beside or {})}, self.json)
        if self.report is not None:
            from bingosim.reporting.page import to_html

            write_whole(self.report, to_html(report, simulation.snapshot).encode())
        if self.plot is not None:
            from bingosim.reporting.picture import to_png

            write_whole(self.plot, to_png(report, simulation.snapshot))
        if self.markdown is not None:
            from bingosim.reporting.summary import to_markdown

            write_to(self.markdown, to_markdown(report).encode())


def write_json(data: Mapping[str, object], place: str) -> None:
    """Write JSON to a file, or to stdout for `-`.

    Raises:
        ExecutionError: It cannot be written.
    """
    from bingosim.report import to_json

    write_to(place, to_json(data).encode())


def write_to(place: str, content: bytes) -> None:
    """Write to a file, or to stdout for `-`.

    Raises:
        ExecutionError: It cannot be written.
    """
    if place == STDOUT:
        typer.echo(content, nl=False)
    else:
        write_whole(Path(place), content)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one that is there is replaced.

    Raises:
        ExecutionError: It cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or a device
            return
        target = path.resolve()  # what a link leads to is replaced, not the link
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise ExecutionError(f"cannot write {path}: {error.strerror or error}") from None


def _shared(places: Mapping[str, str]) -> list[str]:
    """Return what is wrong where two options lead to one place."""
    options: dict[str, list[str]] = {}
    for option, place in places.items():
        options.setdefault(place if place == STDOUT else os.path.realpath(place), []).append(option)
    return [
        f"{' and '.join(several)} cannot both go to {places[several[0]]}"
        for several in options.values()
        if len(several) > 1
    ]


def _unwritable(place: str) -> str | None:
    """Return why a file cannot be written; nothing is left of the attempt."""
    path = Path(place)
    if path.exists() and not path.is_file() and not path.is_dir():
        return None  # a pipe or a device: to open it is to use it
    there = path.exists()
    try:
        with path.open("ab"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        return f"cannot write {place}: {error.strerror or error}"
    return None
