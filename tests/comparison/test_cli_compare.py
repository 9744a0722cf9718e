"""`bingosim compare`: a ranking for people, JSON for programs, clear refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from bingosim import cli
from bingosim.errors import BingoSimError

if TYPE_CHECKING:
    from pathlib import Path

CARD = "examples/clan-card-5x5.yaml"
QUICK = ("--precision", "5", "--max-runs", "1000")


def called(*arguments: str) -> str:
    """Return what `bingosim compare` prints."""
    result = CliRunner().invoke(cli.app, ["compare", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_ranking() -> None:
    text = called(CARD, "--strategies", "greedy,balanced", *QUICK)
    assert "1,000 runs of each team" in text
    assert "greedy" in text
    assert "Two independent simulations would need" in text
    assert ("the order is settled" in text) != ("cannot be told apart yet" in text)


def test_json_is_the_same_each_time() -> None:
    arguments = (CARD, "--team", "Zamorak", "--strategies", "lines", *QUICK, "--json", "-")
    one, other = (json.loads(called(*arguments)) for _ in range(2))
    assert one.pop("timing").keys() == other.pop("timing").keys() == {"total_s"}
    assert one == other
    assert one["teams"][0]["name"] == "Zamorak"
    ranking = one["teams"][0]["ranking"]
    assert all(e["win"]["low"] <= e["win"]["value"] <= e["win"]["high"] for e in ranking)


def test_two_files(tmp_path: Path) -> None:
    changed = tmp_path / "changed.yaml"
    with open(CARD, encoding="utf-8") as file:  # noqa: PTH123 - as short as it gets
        changed.write_text(file.read().replace("Clan card", "Other card"), encoding="utf-8")
    text = called(CARD, "--against", str(changed), *QUICK)
    assert "Guthix" in text
    assert "Zamorak" in text
    assert "cannot be told apart yet" in text  # nothing differs but the name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--against", CARD, "--team", "Guthix"), "leave --team and --strategies out"),
        (("--strategies", "greedy,,lines"), "names with commas"),
        (("--strategies", "greedy", "--team", "Zamorak"), "name another"),
        (("--strategies", "gready"), "did you mean 'greedy'"),
        (("--precision", "0"), "percentage points"),
        (("--against", CARD), "nothing to compare"),
        (("--json", "/no/such/directory/x.json"), "cannot write"),
    ],
)
def test_refusals(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(BingoSimError, match=message):
        CliRunner().invoke(cli.app, ["compare", CARD, *arguments], catch_exceptions=False)
