"""`bingosim validate`, `init` and `schema` as their users meet them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bingosim import cli
from bingosim.cli.estimates import tiles_table
from bingosim.estimates import estimate
from bingosim.event.file import read_event_file
from bingosim.event.schema import event_schema
from tests.unit.event_samples import GOOD, changed

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Call the command line as the shell does; return the exit code."""
    monkeypatch.setattr(sys, "argv", ["bingosim", *arguments])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return str(path)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    path = tmp_path / "bad.yaml"
    path.write_text(changed("need: 6", "need: x", changed("speed: 1.4", "speed: x")))
    return str(path)


Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def test_validate_shows_what_will_be_simulated(
    good: str, capsys: Capture, monkeypatch: Patch
) -> None:
    assert run("validate", good, monkeypatch=monkeypatch) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        f"{good} can be simulated.",
        "  event       Winter Bingo 2026",
        "  time        2026-12-05 12:00 to 2026-12-14 12:00, America/New_York (9d)",
        "  board       rows: 3 tiles in 2 rows, 8 points; 5 open the next row",
        "  bonuses     1, 5 points",
        "  activities  2: own.dragon, own.nex",
        "  team Alpha: 2 players, row-unlocking, 192.1 hours online a week",
        "    Ada    24.1 h a week, attends 85%",
        "    Bo    168.0 h a week",
        (
            "  team Beta: 2 players, tile-order (tiles listed: 2, max_players 2), "
            "19.8 hours online a week"
        ),
        "    Cleo    10.5 h a week",
        "    Dag      9.3 h a week",
        "",
    ]


def test_validate_reports_every_file(
    good: str, bad: str, capsys: Capture, monkeypatch: Patch
) -> None:
    missing = bad + ".not"
    assert run("validate", bad, good, missing, monkeypatch=monkeypatch) == 2
    out, err = capsys.readouterr()
    assert f"{good} can be simulated." in out
    assert err.splitlines() == [
        f"{bad}:11: board.rows[0][0].need: expected a whole number of at least 1, got 'x'",
        f"{bad}:37: players[0].speed: expected a number above 0 such as 1.35, got 'x'",
        f"{missing}: there is no such file",
        f"cannot be simulated: {bad}, {missing}",
    ]


def test_validate_shows_warnings(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    path = tmp_path / "event.yaml"
    path.write_text(changed("teams:\n", "  - {name: Eve}\nteams:\n"))
    assert run("validate", "--quiet", str(path), monkeypatch=monkeypatch) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"warning: {path}:43: players[4]: Eve is in no team and does not play\n"


def test_validate_speaks_json(good: str, bad: str, capsys: Capture, monkeypatch: Patch) -> None:
    assert run("validate", "--json", good, bad, monkeypatch=monkeypatch) == 2
    first, second = json.loads(capsys.readouterr().out)["files"]
    assert (first["file"], first["ok"], first["findings"]) == (good, True, [])
    assert first["event"]["board"]["tiles"] == 3
    assert first["event"]["teams"][1]["players"][0]["online_s"] == 9 * 5_400
    assert (second["ok"], second["event"]) == (False, None)
    assert second["findings"][0] == {
        "severity": "error",
        "line": 11,
        "path": "board.rows[0][0].need",
        "message": "expected a whole number of at least 1, got 'x'",
    }


def test_validate_estimates_the_work(good: str, capsys: Capture, monkeypatch: Patch) -> None:
    assert run("validate", "-q", "--estimates", good, monkeypatch=monkeypatch) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = [line.split() for line in out.splitlines() if line.strip()]
    assert lines[1] == ["Tile", "Alpha", "Beta", "Source"]
    tiles = [line[-1] for line in lines if line[-1] in ("own.dragon", "own.nex")]
    assert tiles
    (alpha,) = [line for line in lines if line[0] == "Alpha"]
    event = read_event_file(good).event
    assert alpha[1] == f"{estimate(event).teams[0].hours():,.1f}"
    assert alpha[2] == "h"


def test_validate_estimates_one_team(good: str, capsys: Capture, monkeypatch: Patch) -> None:
    assert run("validate", "-q", "--team", "Alpha", good, monkeypatch=monkeypatch) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "for Alpha: the mean, and who is fastest" in out
    assert "Beta" not in out
    assert "Ada " in out


def test_validate_knows_no_other_team(good: str, capsys: Capture, monkeypatch: Patch) -> None:
    assert run("validate", "-q", "--team", "Alpa", good, monkeypatch=monkeypatch) == 2
    assert capsys.readouterr().err == "there is no team 'Alpa' (did you mean 'Alpha'?)\n"


def test_validate_estimates_as_json(
    good: str, bad: str, capsys: Capture, monkeypatch: Patch
) -> None:
    assert run("validate", "--json", "--estimates", good, bad, monkeypatch=monkeypatch) == 2
    first, second = json.loads(capsys.readouterr().out)["files"]
    assert first["estimates"] == estimate(read_event_file(good).event).to_dict()
    assert "estimates" not in second


def test_estimates_fit_a_narrow_terminal_without_their_sources(good: str) -> None:
    teams = estimate(read_event_file(good).event).teams
    for width, heads in (
        (100, ["Tile", "Alpha", "Beta", "Source"]),
        (80, ["Tile", "Alpha", "Beta"]),
    ):
        table = tiles_table(teams, width)
        assert [str(column.header).strip() for column in table.columns] == heads
        assert Console(width=200).measure(table).maximum <= width


def test_init_writes_a_file_that_is_good_as_it_is(
    tmp_path: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    path = tmp_path / "event.yaml"
    assert run("init", str(path), monkeypatch=monkeypatch) == 0
    assert f"Wrote {path}" in capsys.readouterr().out
    event, warnings = read_event_file(path)
    assert warnings == ()
    assert len(event.teams) == 2


def test_init_overwrites_nothing(good: str, capsys: Capture, monkeypatch: Patch) -> None:
    assert run("init", good, monkeypatch=monkeypatch) == 2
    assert capsys.readouterr().err == f"{good} is there already: choose another name\n"
    read_event_file(good)


def test_init_says_where_it_cannot_write(
    tmp_path: Path, capsys: Capture, monkeypatch: Patch
) -> None:
    assert run("init", str(tmp_path / "no" / "event.yaml"), monkeypatch=monkeypatch) == 1
    assert "No such file or directory" in capsys.readouterr().err


def test_init_can_print(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    assert run("init", "-", monkeypatch=monkeypatch) == 0
    path = tmp_path / "event.yaml"
    path.write_text(capsys.readouterr().out)
    assert read_event_file(path).warnings == ()


@pytest.mark.parametrize("arguments", [(), ("event",)])
def test_schema(arguments: tuple[str, ...], capsys: Capture, monkeypatch: Patch) -> None:
    assert run("schema", *arguments, monkeypatch=monkeypatch) == 0
    assert json.loads(capsys.readouterr().out) == event_schema()


def test_an_unknown_schema(capsys: Capture, monkeypatch: Patch) -> None:
    assert run("schema", "evnt", monkeypatch=monkeypatch) == 2
    assert "there is no schema 'evnt' (did you mean 'event'?)" in capsys.readouterr().err


def test_the_package_is_a_command_too(bad: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bingosim", "validate", bad],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    assert done.stderr.count("\n") == 3
