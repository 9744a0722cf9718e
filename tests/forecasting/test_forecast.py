"""Forecasts from the middle: what they say, what is kept, how chances moved."""

from __future__ import annotations

import json
import re
import shlex
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import bingosim
from bingosim import cli
from bingosim.errors import BingoSimError, EventFileError, ExecutionError, InputError
from bingosim.forecasting.earlier import Earlier, Shelf, moved_since, read_earlier

ROOT = Path(__file__).parents[2]
TINY = ROOT / "examples" / "tiny.yaml"
PAGE = ROOT / "docs" / "howto" / "forecast.md"
EVENING = {
    "bingosim_state": 1,
    "now": "2026-12-05T21:00",
    "teams": [{"name": "Red", "progress": {"chests": 1}}, {"name": "Blue"}],
}


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep forecasts where the test does not disturb anybody."""
    monkeypatch.setenv("BINGOSIM_FORECASTS", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "kept"


def called(*arguments: str) -> str:
    """Return what `bingosim forecast` prints."""
    result = CliRunner().invoke(cli.app, ["forecast", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def state_file(name: str, **changes: Any) -> str:
    Path(name).write_text(json.dumps({**EVENING, **changes}), encoding="utf-8")
    return name


def without_time(text: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text)
    del data["timing"]
    return data


def test_it_is_the_simulation_from_the_state() -> None:
    event = bingosim.load(TINY)
    found = bingosim.forecast(event, EVENING, runs=200)
    snapshot = found.simulation.snapshot
    assert snapshot.state == found.state
    assert found.state.at == 9 * 3600
    assert found.event_sha256 == bingosim.make_snapshot(event).sha256 != snapshot.sha256
    report = bingosim.simulate(snapshot, 200).to_dict()
    mine = found.to_dict()
    assert {key: mine[key] for key in report if key != "timing"} == {
        key: value for key, value in report.items() if key != "timing"
    }


def test_a_state_that_cannot_be_is_refused_in_python_too() -> None:
    event = bingosim.load(TINY)
    with pytest.raises(EventFileError, match="no tile 'crow'"):
        bingosim.forecast(event, {**EVENING, "teams": [{"name": "Red", "completed": ["crow"]}]})
    with pytest.raises(ExecutionError, match="before there was anything"):
        bingosim.forecast(event, EVENING, stop=lambda: True)


def test_json_is_the_same_each_time_and_with_any_threads() -> None:
    arguments = (str(TINY), "--state", state_file("s.json"), "--runs", "300", "--no-save")
    one = called(*arguments, "--json", "-", "--threads", "1")
    other = called(*arguments, "--json", "-", "--threads", "2", "--quiet")
    assert without_time(one) == without_time(other)
    data = json.loads(one)
    assert data["state"]["now"] == EVENING["now"]
    assert data["since"] is None
    assert sum(team["win"]["probability"] for team in data["teams"]) == pytest.approx(1)


def test_what_is_kept_is_what_is_compared_with(shelf: Path) -> None:
    few = ("--runs", "300", "--json", "-")
    evening = json.loads(called(str(TINY), "--state", state_file("a.json"), *few))
    again = json.loads(called(str(TINY), "--state", "a.json", *few))
    assert again["since"] is None  # not with itself
    night = state_file("b.json", now="2026-12-05T23:30")
    later = json.loads(called(str(TINY), "--state", night, *few))
    assert later["since"]["now"] == evening["state"]["now"]
    assert later["since"]["event_changed"] is False
    for team, now, then in zip(
        later["since"]["teams"], later["teams"], evening["teams"], strict=True
    ):
        rise = now["win"]["probability"] - then["win"]["probability"]
        assert team["win"]["value"] == pytest.approx(rise)
        assert team["win"]["low"] < rise < team["win"]["high"]
    assert len(list(shelf.rglob("*.json"))) == 2
    # An event that was changed is the same event by its name and start, and that is told.
    Path("changed.yaml").write_text(
        TINY.read_text("utf-8").replace("speed: 1.2", "speed: 1.3"), encoding="utf-8"
    )
    text = called("changed.yaml", "--state", night, "--runs", "300", "--no-save")
    assert "The event file is not what it was" in text
    assert "Since 2026-12-05T21:00" in text
    assert len(list(shelf.rglob("*.json"))) == 2


def test_a_damaged_file_on_the_shelf_is_passed_over(tmp_path: Path) -> None:
    snapshot = bingosim.make_snapshot(bingosim.load(TINY))
    shelf = Shelf(tmp_path / "other")
    assert shelf.latest_before(snapshot, 10) is None
    good = bingosim.forecast(snapshot, {**EVENING, "now": "1s"}, runs=10).to_dict()
    shelf.keep(snapshot, 1, good)
    shelf.keep(snapshot, 5, {"broken": True})
    found = shelf.latest_before(snapshot, 10)
    assert found is not None
    assert found.state.at_s == 1
    (tmp_path / "a file").write_text("", encoding="utf-8")
    with pytest.raises(ExecutionError, match="cannot keep the forecast"):
        Shelf(tmp_path / "a file").keep(snapshot, 1, good)


def test_since_another_file() -> None:
    state = state_file("a.json")
    called(str(TINY), "--state", state, "--runs", "100", "--json", "a-result.json", "--quiet")
    assert read_earlier(Path("a-result.json")).state.at_s == 9 * 3600
    for since, message in (
        (state, "this is no forecast"),
        ("none.json", "there is no such file"),
        ("a-result.json", "not before the state"),
    ):
        with pytest.raises(InputError, match=message):
            called(str(TINY), "--state", state, "--since", since)


def test_wrong_input_is_a_message() -> None:
    with pytest.raises(BingoSimError, match=r"bad.json:1: now: after the event's end"):
        called(str(TINY), "--state", state_file("bad.json", now="3d"))
    with pytest.raises(BingoSimError, match="--min-runs goes with --precision only"):
        called(str(TINY), "--state", state_file("a.json"), "--min-runs", "5")


chances = st.tuples(st.floats(0, 1), st.floats(0, 0.1), st.floats(0, 0.1))


@given(chances, chances)
def test_the_interval_of_a_difference(
    now: tuple[float, float, float], then: tuple[float, float, float]
) -> None:
    """It holds the difference, and is shorter than the sum of both and longer than either."""

    def team(found: tuple[float, float, float]) -> dict[str, Any]:
        value, below, above = found
        win = {"probability": value, "low": value - below, "high": value + above}
        points = {"mean": value, "mean_low": value - below, "mean_high": value + above}
        return {"name": "Red", "win": win, "points": points}

    state = {"now": "", "at_s": 0}
    earlier = Earlier.model_validate(
        {"event_sha256": "x", "state": state, "teams": [team(then), {**team(now), "name": "Gone"}]}
    )
    report: Any = {"teams": [team(now), {**team(now), "name": "New"}]}
    (moved,) = moved_since(earlier, report, "x").teams
    win = moved.win
    assert moved.name == "Red"
    assert win == moved.points
    assert win.low is not None
    assert win.high is not None
    assert win.value == now[0] - then[0]
    assert win.value - win.low == pytest.approx(sqrt(now[1] ** 2 + then[2] ** 2))
    assert win.high - win.value == pytest.approx(sqrt(now[2] ** 2 + then[1] ** 2))


def test_every_command_of_the_page_does_what_it_should() -> None:
    """The page's files are written, its commands called in order, its code run."""
    text = PAGE.read_text("utf-8")
    Path("my-bingo.yaml").write_text(TINY.read_text("utf-8"), encoding="utf-8")
    for content in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        name = re.match(r"# (\S+\.yaml)\n", content)
        assert name is not None
        Path(name[1]).write_text(content, encoding="utf-8")
    commands = re.findall(r"^    bingosim forecast (.*)$", text, re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        assert "left): " in called(*shlex.split(command), "--runs", "400")
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    exec(compile(code, PAGE.name, "exec"), {})  # noqa: S102 - that is what the page is for
