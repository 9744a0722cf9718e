"""State files: what they say is played on from; what cannot be is refused with its place."""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

import bingosim
from bingosim import cli
from bingosim.errors import EventFileError
from bingosim.event.file import read_event
from bingosim.event.snapshot import StartingState, make_snapshot, with_state
from bingosim.event.state_file import check_state, load_state, read_state
from tests.random_events import small_snapshots
from tests.unit.event_samples import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from bingosim.errors import Finding
    from bingosim.event.snapshot import Snapshot

HOUR = 3600
STATE = """\
bingosim_state: 1
now: 2026-12-08T20:00
teams:
  - name: Alpha
    completed: {heads: 2026-12-06T10:30, armour: 2d}
    progress: {set: {item.heads: 1}}
  - name: Beta
    completed: [heads]
    progress: {armour: 340}
"""


@cache
def sample() -> Snapshot:
    return make_snapshot(read_event(GOOD).event)


def changed(old: str, new: str) -> str:
    assert STATE.count(old) == 1
    return STATE.replace(old, new)


def findings_in(text: str) -> list[Finding]:
    """Return everything said about a state, errors or not."""
    try:
        return list(read_state(text, sample(), "state.yaml").warnings)
    except EventFileError as error:
        return list(error.findings)


def test_what_a_file_says() -> None:
    state, warnings = read_state(STATE, sample())
    assert warnings == ()
    assert state == StartingState.model_validate(
        {
            "at": (3 * 24 + 8) * HOUR,
            "teams": [
                {
                    "completed": {"heads": 22 * HOUR + 1800, "armour": 48 * HOUR},
                    "progress": {"set": {"item.heads": 1}},
                },
                {"completed": {"heads": None}, "progress": {"armour": {"": 340}}},
            ],
        }
    )


def test_local_times_are_the_calendars() -> None:
    """Clocks go back an hour in the middle of this event."""
    autumn = sample().model_copy(update={"start": sample().start.replace(month=10, day=30)})
    text = changed("now: 2026-12-08T20:00", "now: 2026-11-02T12:00")
    state, _ = read_state(text.replace("2026-12-06T10:30", "1h"), autumn)
    assert state.at == (3 * 24 + 1) * HOUR


WRONG = [
    ("now: 2026-12-08T20:00", "now: 2026-12-05T11:59", "now", "before the event's start"),
    ("now: 2026-12-08T20:00", "now: 9d1s", "now", "after the event's end (2026-12-14T12:00)"),
    ("now: 2026-12-08T20:00", "now: soon", "now", "expected a local time"),
    ("now: 2026-12-08T20:00", "now: 2026-12-08T20:00+01:00", "now", "without an offset"),
    ("now: 2026-12-08T20:00\n", "", "", "`now` is missing"),
    ("bingosim_state: 1", "bingosim_state: 2", "bingosim_state", "expected 1"),
    ("bingosim_state: 1", "bingosim_state: yes", "bingosim_state", "expected a whole number"),
    ("name: Beta", "name: Betta", "teams[1].name", "no team 'Betta' (did you mean 'Beta'?)"),
    ("name: Beta", "name: Alpha", "teams[1].name", "there twice, first on line 4"),
    ("[heads]", "[haeds]", "teams[1].completed[0]", "no tile 'haeds' (did you mean 'heads'?)"),
    ("armour: 2d", "armour: 3d9h", "teams[0].completed.armour", "in the future: now is 2026-12-08"),
    ("armour: 2d", "armour: 2026-12-04T10:00", "teams[0].completed.armour", "before the event's"),
    ("armour: 340", "armour: 1500", "teams[1].progress.armour", "fewer units than the 1,500"),
    ("armour: 340", "armour: -1", "teams[1].progress.armour", "at least 0, got -1"),
    ("armour: 340", "armour: 1.5", "teams[1].progress.armour", "at least 0, got 1.5"),
    ("armour: 340", "heads: 3", "teams[1].progress.heads", "is completed too"),
    (
        "armour: 340",
        "set: {item.tail: 1}",
        "teams[1].progress.set",
        "row 2 is locked: what is done",
    ),
    ("{item.heads: 1}", "1", "teams[0].progress.set", "expected units by drop (item.heads, item."),
    ("{item.heads: 1}", "{item.haeds: 1}", "teams[0].progress.set['item.haeds']", "accepts no"),
    ("{item.heads: 1}", "{item.heads: 2}", "teams[0].progress.set['item.heads']", "at most 1 of"),
    ("{item.heads: 1}", "{item.heads: 1, item.tail: 1}", "teams[0].progress.set", "than the 2"),
    ("progress: {armour: 340}", "progres: {armour: 340}", "teams[1].progres", "did you mean"),
]


@pytest.mark.parametrize(("old", "new", "path", "message"), WRONG)
def test_what_cannot_be_is_refused_with_its_place(
    old: str, new: str, path: str, message: str
) -> None:
    text = changed(old, new)
    found = [finding for finding in findings_in(text) if finding.severity == "error"]
    assert len(found) == 1, [str(finding) for finding in found]
    assert found[0].path == path
    assert message in found[0].message
    assert found[0].line > 0


def test_a_tile_done_before_its_row_opened() -> None:
    text = changed("progress: {set: {item.heads: 1}}", "").replace("2d}", "2d, set: 47h59m}")
    (found,) = findings_in(text)
    assert found.path == "teams[0].completed.set"
    assert "row 2 was locked until 2026-12-07T12:00 at the earliest" in found.message
    assert findings_in(text.replace("armour: 2d", "armour: ~")) == []  # it may have been earlier


def test_all_errors_at_once() -> None:
    text = "".join(
        (
            "bingosim_state: 1\nnow: later\nteams:\n",
            "  - {name: Alfa, complete: [], completed: {heads: 10d, haeds: ~}}\n",
            "  - {name: Beta, progress: {armour: x, set: 3}}\n",
        )
    )
    errors = {(f.line, f.path) for f in findings_in(text) if f.severity == "error"}
    assert errors == {
        (2, "now"),
        (4, "teams[0].name"),
        (4, "teams[0].complete"),
        (4, "teams[0].completed.heads"),
        (4, "teams[0].completed.haeds"),
        (5, "teams[1].progress.armour"),
        (5, "teams[1].progress.set"),
    }


def test_a_team_that_is_missing_is_told() -> None:
    text = STATE[: STATE.index("  - name: Beta")]
    (found,) = findings_in(text)
    assert found.severity == "warning"
    assert "'Beta'" in found.message
    assert read_state(text, sample()).state.teams[1].completed == {}


@pytest.mark.parametrize("text", ["", "[]", "3", "bingosim: 1", "teams: {Alpha: 1}", "a: [b"])
def test_what_is_no_state_is_refused(text: str) -> None:
    found = findings_in(text)
    assert found
    assert all(finding.severity == "error" for finding in found)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EventFileError, match="there is no such file"):
        load_state(tmp_path / "none.yaml", sample())


def test_the_schema_fits() -> None:
    printed = CliRunner().invoke(cli.app, ["schema", "state"])
    assert printed.exit_code == 0
    assert '"bingosim_state"' in printed.stdout


@given(small_snapshots().filter(lambda snapshot: snapshot.state is not None))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_a_state_written_and_read_is_the_same(snapshot: Snapshot) -> None:
    """Random states do not care for locked rows: that, and no more, may be refused."""
    state = snapshot.state
    assert state is not None
    try:
        found = check_state(state, snapshot)
    except EventFileError as error:
        refused = error.findings
    else:
        assert found == state
        return
    assert all("locked" in finding.message for finding in refused)


# -- the engines go on from there ----------------------------------------------------------------


def tiny(now: str | int, **teams: dict[str, Any]) -> Snapshot:
    """Return examples/tiny.yaml as it goes on from a state."""
    snapshot = make_snapshot(bingosim.load("examples/tiny.yaml"))
    listed = [{"name": name, **done} for name, done in teams.items()]
    state = check_state({"bingosim_state": 1, "now": now, "teams": listed}, snapshot)
    return with_state(snapshot, state)


@pytest.mark.parametrize("engine", ["jump", "attempt"])
def test_a_closed_form_from_the_middle(engine: str) -> None:
    """At five in the morning Early bird's four chests are all that is left.

    A crown is in one of them with 1 - 0.9^4. False alarm: 1e-6 (4.9 standard errors).
    """
    snapshot = tiny("2026-12-06T05:00", Red={"progress": {"chests": 3}}, Blue={})
    results = bingosim.simulate(snapshot, 20_000, engine=engine, keep=True).results
    chance = 1 - 0.9**4
    crowns = (results.tile_completed[:, 0, 1] >= 0).mean()
    assert abs(crowns - chance) < 4.9 * sqrt(chance * (1 - chance) / 20_000)
    assert (results.tile_completed[:, 0, 0] == 18 * HOUR + 1800).all()  # the first chest will do
    assert (results.points[:, 1] == 0).all()


@pytest.mark.parametrize("engine", ["jump", "attempt", "reference"])
def test_nothing_happens_after_the_end(engine: str) -> None:
    snapshot = tiny("1d", Red={"completed": {"crown": "5h"}}, Blue={"completed": ["chests"]})
    results = bingosim.simulate(snapshot, 5, engine=engine, keep=True).results
    assert results.points.tolist() == [[3, 1]] * 5
    assert results.last_point.tolist() == [[5 * HOUR, 24 * HOUR]] * 5
