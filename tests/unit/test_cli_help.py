"""Every command says in one line what it does, and shows how it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from bingosim.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(group: Any, *names: str) -> Iterator[tuple[str, ...]]:
    """Yield the names that lead to each command, of nested groups too."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *names, name)
        else:
            yield *names, name


ROOT: Any = typer.main.get_command(app)
COMMANDS = list(commands(ROOT))
GROUPS = [(), *{names[:-1] for names in COMMANDS if names[1:]}]


def help_of(*names: str) -> str:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*names, "--help"])
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command_shows_examples_of_itself(names: tuple[str, ...]) -> None:
    text = help_of(*names)
    assert "For example:" in text
    examples = text.split("For example:")[1].split("\nOptions:")[0]
    assert f"bingosim {' '.join(names)}" in examples


@pytest.mark.parametrize("names", GROUPS, ids=" ".join)
def test_every_line_of_a_list_of_commands_is_whole(names: tuple[str, ...]) -> None:
    listed = help_of(*names).split("Commands:")[1]
    assert "..." not in listed
    for line in listed.strip().splitlines():
        assert line.rstrip().endswith("."), line


def test_the_commands_about_batches_are_all_there() -> None:
    assert {names[1] for names in COMMANDS if names[0] == "batch"} >= {
        *("start", "list", "show", "watch", "pause", "resume", "cancel", "extend"),
        *("retry", "rerun", "export", "delete", "prune"),
    }
