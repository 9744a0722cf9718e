"""What goes on while a command simulates: a progress bar, and Ctrl-C as a request."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTERRUPTED = 130
"""Exit code after Ctrl-C, as of shells: 128 + SIGINT."""


class Interrupt:
    """What Ctrl-C does: ask for an end where that is soon heard, else end at once.

    Attributes:
        asked: Whether an end was asked for.
        can_wait: Whether somebody looks at `asked`; not so while kernels are compiled.
    """

    def __init__(self) -> None:
        self.asked = False
        self.can_wait = False

    def __call__(self, *_: object) -> None:
        """Take a signal; the second one ends at once."""
        if self.asked or not self.can_wait:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Take Ctrl-C as a request for the time of the block."""
    interrupt = Interrupt()
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield what takes (runs done, runs wanted); it draws a bar if stderr is a terminal."""
    if not shown or not sys.stderr.isatty():
        yield lambda _done, _wanted: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("simulating"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} runs"),
        TextColumn("{task.fields[speed]} runs/s"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    )
    task: TaskID | None = None

    def moved(done: int, wanted: int) -> None:
        nonlocal task
        if task is None:  # what was done before counts for no speed
            task = bar.add_task("simulating", total=wanted, completed=done, speed="-")
            bar.start()
            return
        speed = bar.tasks[task].speed
        bar.update(
            task, completed=done, total=wanted, speed="-" if speed is None else f"{speed:,.0f}"
        )

    try:
        yield moved
    finally:
        bar.stop()
