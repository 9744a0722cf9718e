"""How often each case is tried, the processes for it, and the table of what came of them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.chaos.processes import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPETITIONS, ON_POSTGRESQL = 100, 30
"""Of each case with `make chaos`."""
SAMPLE = 3
"""Of each case with `make test`."""
MOST_SECONDS = 900
"""That one case may take with `make chaos`."""

CASES = pytest.StashKey[list["Case"]]()


@dataclass(slots=True)
class Case:
    """One case, done again and again, each time with randomness of its own.

    Attributes:
        name: Which case.
        server: Where its children come from.
        number: How often.
        came: What came of it, and how often that.
    """

    name: str
    server: Server
    number: int
    came: Counter[str] = field(default_factory=Counter)

    def repeat(self, body: Callable[[random.Random, int], str]) -> None:
        """Do it; a repetition returns what came of it, and one that fails says which it was."""
        for number in range(self.number):
            try:
                # Text as a seed: the same luck in every process, and for the case run alone.
                self.came[body(random.Random(f"{self.name} {number}"), number)] += 1  # noqa: S311
            except BaseException as error:
                error.add_note(f"in repetition {number} of {self.name}; its luck follows from that")
                raise
            finally:
                self.server.end_children()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The process that children are forked from."""
    found = Server()
    yield found
    found.close()


@pytest.fixture(
    params=[
        pytest.param(False, id="sample"),
        pytest.param(True, id="all", marks=[pytest.mark.chaos, pytest.mark.timeout(MOST_SECONDS)]),
    ]
)
def case(request: pytest.FixtureRequest, server: Server) -> Iterator[Case]:
    """The case that a test is."""
    kind = request.getfixturevalue("kind") if "kind" in request.fixturenames else "sqlite"
    most = REPETITIONS if kind == "sqlite" else ON_POSTGRESQL
    name = request.node.originalname.removeprefix("test_").replace("_", " ")
    found = Case(f"{name} ({kind})", server, most if request.param else SAMPLE)
    yield found
    request.config.stash.setdefault(CASES, []).append(found)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what came of every case."""
    cases = config.stash.get(CASES, [])
    if cases:
        terminalreporter.section("cases")
    for case in sorted(cases, key=lambda case: case.name):
        came = ", ".join(f"{count} {what}" for what, count in sorted(case.came.items()))
        done = case.came.total()
        terminalreporter.line(f"| {case.name} | {done} of {case.number} | {came} |")
