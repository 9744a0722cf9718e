"""How often each case is tried, its servers, and the table of what came of it."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.chaos.distributed.trial import Servers, Trial
from tests.chaos.distributed.workers import Nursery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests import postgres, rabbitmq

REPETITIONS = int(os.environ.get("BINGOSIM_CHAOS_REPETITIONS", "20"))
"""Of each case with `make chaos`; `make test` does some cases once."""
MOST_SECONDS = 1800
"""That one case may take."""
CASES = pytest.StashKey[list["Case"]]()


@dataclass(slots=True)
class Case:
    """One case, done again and again, each time with luck of its own.

    Attributes:
        name: Which case.
        servers: Where it takes place.
        directory: Where workers log.
        number: How often.
        came: What came of it, and how often that.
        seconds: How long all of it took.
    """

    name: str
    servers: Servers
    directory: Path
    number: int
    came: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def repeat(self, body: Callable[[Trial], str]) -> None:
        """Do it; a repetition returns what came of it, and one that fails says which it was."""
        begun = time.monotonic()
        for number in range(self.number):
            # Text as a seed: the same luck in every process, and for the case run alone.
            luck = random.Random(f"{self.name} {number}")  # noqa: S311
            trial = Trial(self.servers, luck, number, self.directory / str(number))
            try:
                self.came[body(trial)] += 1
            except BaseException as error:
                error.add_note(f"in repetition {number} of {self.name}; its luck follows from that")
                error.add_note(trial.story())
                raise
            finally:
                trial.clear()
        self.seconds = time.monotonic() - begun


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """The process that workers are forked from."""
    found = Nursery()
    yield found
    found.close()


@pytest.fixture(scope="session")
def servers(postgresql: postgres.Server, rabbitmq: rabbitmq.Server, nursery: Nursery) -> Servers:
    """PostgreSQL, RabbitMQ and the nursery."""
    return Servers(postgresql, rabbitmq, nursery)


ALL = pytest.param(
    REPETITIONS, id="all", marks=[pytest.mark.chaos, pytest.mark.timeout(MOST_SECONDS)]
)


@pytest.fixture(params=[pytest.param(1, id="sample"), ALL])
def case(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[Case]:
    """The case that a test is: once with `make test`, often with `make chaos`."""
    yield from _case(request, servers, tmp_path)


@pytest.fixture(params=[ALL])
def often(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[Case]:
    """A case of `make chaos` only."""
    yield from _case(request, servers, tmp_path)


def _case(request: pytest.FixtureRequest, servers: Servers, directory: Path) -> Iterator[Case]:
    name = request.node.originalname.removeprefix("test_").replace("_", " ")
    found = Case(name, servers, directory, request.param)
    yield found
    request.config.stash.setdefault(CASES, []).append(found)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what came of every case."""
    cases = config.stash.get(CASES, [])
    if cases:
        terminalreporter.section("cases of workers")
    for case in sorted(cases, key=lambda case: case.name):
        came = ", ".join(f"{count} {what}" for what, count in sorted(case.came.items()))
        done = f"{case.came.total()} of {case.number}"
        terminalreporter.line(f"| {case.name} | {done} | {came} | {case.seconds:.0f} s |")
