"""The shipped examples play to results that make sense, as `docs/examples.md` says."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bingosim.compilation import compile_snapshot
from bingosim.engine.arrays import Columns
from bingosim.engine.attempt import play_runs
from bingosim.engine.rng import seed_number
from bingosim.engine.state import new_state
from bingosim.event.file import read_event_file
from bingosim.event.snapshot import make_snapshot
from bingosim.results import RunResults, Shape
from bingosim.simulation import simulate
from bingosim.statistics import wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot
    from bingosim.simulation import Simulation

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read_without_a_warning(name: str) -> None:
    assert read_event_file(EXAMPLES / name).warnings == ()


def test_there_are_three_examples() -> None:
    assert NAMES == ["clan-card-5x5.yaml", "tiny.yaml", "winter-bingo.yaml"]


def snapshot_of(name: str) -> Snapshot:
    return make_snapshot(read_event_file(EXAMPLES / name).event)


# ------------------------------------------------------------------------------- winter-bingo.yaml

RUNS = 300


@dataclass(frozen=True)
class Played:
    """Runs of an event, and what their columns do not tell.

    Attributes:
        snapshot: The event.
        simulation: Its runs, kept.
        attempts: Attempts in a run on average, all teams; a group's attempt counts once.
        grouped: Keys of the activities that three or more played together in the last run.
    """

    snapshot: Snapshot
    simulation: Simulation
    attempts: float
    grouped: set[str]

    @property
    def tile_chances(self) -> NDArray[np.float64]:
        """float64[teams, tiles], in what part of the runs a tile was completed."""
        completed: NDArray[np.bool_] = self.simulation.results.tile_completed >= 0
        return np.asarray(completed.mean(axis=0), dtype=np.float64)


@pytest.fixture(scope="module")
def winter() -> Played:
    snapshot = snapshot_of("winter-bingo.yaml")
    simulation = simulate(snapshot, RUNS, keep=True)
    attempts, grouped = attempts_and_groups(snapshot, runs=20)
    return Played(snapshot, simulation, attempts, grouped)


def attempts_and_groups(snapshot: Snapshot, runs: int) -> tuple[float, set[str]]:
    """Play some runs for the number of attempts in a run, and what was done in groups."""
    shape = Shape.of(snapshot)
    results = RunResults.empty(np.arange(runs), shape)
    columns = Columns(*(getattr(results, name) for name in Columns._fields))
    activities = [source.activity for tile in snapshot.board.tiles for source in tile.sources]
    seed = np.uint64(seed_number("bingosim"))
    attempts = 0
    grouped = set()
    for index, team in enumerate(compile_snapshot(snapshot).teams):
        trace = np.full((300_000, 5), -1, dtype=np.int64)
        first = shape.players_of(index).start
        attempts += play_runs(
            team, new_state(team), seed, results.run, index, first, columns, trace
        )
        # A row for each member of an attempt: ATTEMPT, end, start, source, member.
        members = trace[trace[:, 0] == 0]
        together = (members[2:, :4] == members[:-2, :4]).all(axis=1)
        grouped |= {activities[source] for source in np.unique(members[2:][together, 3])}
    return attempts / runs, grouped


def test_winter_bingo_is_of_real_size(winter: Played) -> None:
    board = winter.snapshot.board
    assert [len(row) for row in board.rows] == [4] * 21
    assert all(sorted(tile.points for tile in row) == [1, 2, 3, 4] for row in board.rows)
    assert winter.snapshot.duration == 9 * 86_400
    assert [len(team.players) for team in winter.snapshot.teams] == [20, 20, 20]
    assert 65 <= len(winter.snapshot.activities) <= 75
    assert 150_000 <= winter.attempts <= 250_000


def test_players_of_winter_bingo_are_ordinary(winter: Played) -> None:
    players = [player for team in winter.snapshot.teams for player in team.players]
    assert all(Fraction(6, 5) <= player.speed <= 2 for player in players)
    assert all(Fraction(3, 5) <= player.attends < 1 for player in players)
    hours = [sum(end - start for start, end in player.sessions) / 3600 for player in players]
    assert all(54 <= online <= 140 for online in hours)


def test_every_team_of_winter_bingo_plays_in_its_own_way(winter: Played) -> None:
    strategies = [team.strategy for team in winter.snapshot.teams]
    assert len(set(strategies)) == len(strategies)


def test_winter_bingo_is_open(winter: Played) -> None:
    """No team is the certain winner, and none is there to lose."""
    chances = winter.simulation.win_probabilities.values()
    assert max(chances) <= 0.8
    assert min(chances) >= 0.05


def test_teams_of_winter_bingo_end_in_the_upper_half_of_the_board(winter: Played) -> None:
    medians = np.median(winter.simulation.results.rows_open, axis=0)
    assert ((medians >= 8) & (medians <= 18)).all(), medians


def test_many_tiles_of_winter_bingo_are_in_doubt(winter: Played) -> None:
    chances = winter.tile_chances
    in_doubt = ((chances >= 0.2) & (chances <= 0.8)).any(axis=0)
    assert in_doubt.sum() >= 10


def test_raids_of_winter_bingo_are_played_in_groups(winter: Played) -> None:
    raids = {key for key in winter.grouped if key.startswith("raid.")}
    finished = winter.tile_chances.max(axis=0) > 0
    contributing = {
        tile.sources[0].activity
        for tile, done in zip(winter.snapshot.board.tiles, finished, strict=True)
        if done and len(tile.sources) == 1
    }
    assert {"raid.cox", "raid.tob", "raid.toa_300"} <= raids & contributing


def test_harder_rows_of_winter_bingo_are_higher(winter: Played) -> None:
    """Tiles of lower rows are completed more often."""
    first, second, third = winter.tile_chances.mean(axis=0).reshape(3, 28).mean(axis=1)
    assert first > second > third


# ----------------------------------------------------------------------------- clan-card-5x5.yaml


@pytest.fixture(scope="module")
def card() -> Simulation:
    return simulate(snapshot_of("clan-card-5x5.yaml"), 1_000, keep=True)


def test_the_card_is_a_square_with_a_bonus_for_every_line(card: Simulation) -> None:
    board = card.snapshot.board
    assert board.kind == "grid"
    assert [len(row) for row in board.rows] == [5] * 5
    assert [len(bonus.tiles) for bonus in board.bonuses] == [5] * 12 + [25]
    assert [team.strategy for team in card.snapshot.teams] == ["lines", "greedy"]


def test_both_teams_of_the_card_can_win(card: Simulation) -> None:
    assert all(0.1 <= chance <= 0.9 for chance in card.win_probabilities.values())


def test_bonuses_of_the_card_are_paid_in_some_runs(card: Simulation) -> None:
    paid = (card.results.bonus_paid >= 0).any(axis=1).mean(axis=0)
    assert (paid > 0.01).all()
    assert (paid[:-1] < 1).all()


def test_going_for_lines_completes_more_of_them(card: Simulation) -> None:
    lines, greedy = (card.results.bonus_paid >= 0).sum(axis=2).mean(axis=0)
    assert lines > greedy + 1


# --------------------------------------------------------------------------------------- tiny.yaml

TINY_RUNS = 20_000
ONE_IN_A_MILLION = 4.8916
"""The standard normal's quantile beyond which, on either side, lies 1e-6 in all."""

CROWN = Fraction(1, 10)
EVENING = list(accumulate([2_700] * 4, initial=7 * 3_600))[1:]
MORNING = list(accumulate([1_800] * 4, initial=18 * 3_600))[1:]
NIGHT = list(accumulate([2_160] * 10, initial=10 * 3_600))[1:]
RED = [(Fraction(3, 4), EVENING + MORNING), (Fraction(1, 4), MORNING)]
BLUE = [(Fraction(4, 5), NIGHT), (Fraction(1, 5), [])]
"""What can happen to a team: how likely, and when its chests are opened then."""

Outcome = tuple[Fraction, int, int]
"""How likely, the points, and the second of the last of them."""


@pytest.fixture(scope="module")
def tiny() -> Simulation:
    return simulate(snapshot_of("tiny.yaml"), TINY_RUNS, keep=True)


def outcomes(team: list[tuple[Fraction, list[int]]]) -> list[Outcome]:
    """Work out a team by hand: the fourth chest is worth 1 point, the first crown 3."""
    found = []
    for likely, chests in team:
        fourth = chests[3] if chests else 0
        points = 1 if chests else 0
        for failures, second in enumerate(chests):
            crown = likely * (1 - CROWN) ** failures * CROWN
            found.append((crown, points + 3, max(fourth, second)))
        found.append((likely * (1 - CROWN) ** len(chests), points, fourth))
    return found


def test_tiny_crowns_come_as_often_as_worked_out(tiny: Simulation) -> None:
    for index, team in enumerate((RED, BLUE)):
        exact = sum(likely for likely, points, _ in outcomes(team) if points >= 3)
        found = int((tiny.results.tile_completed[:, index, 1] >= 0).sum())
        low, high = wilson_interval(found, TINY_RUNS, ONE_IN_A_MILLION)
        assert low <= exact <= high


def test_tiny_is_won_as_often_as_worked_out(tiny: Simulation) -> None:
    exact = sum(
        (
            mine * theirs
            for mine, points, second in outcomes(RED)
            for theirs, others, when in outcomes(BLUE)
            if (points, -second) > (others, -when)
        ),
        Fraction(0),
    )
    won = round(tiny.win_probabilities["Red"] * TINY_RUNS)
    low, high = wilson_interval(won, TINY_RUNS, ONE_IN_A_MILLION)
    assert low <= exact <= high
    assert tiny.aggregates.shared_wins == (0, 0)


def test_tiny_is_tiny(tiny: Simulation) -> None:
    attempts, grouped = attempts_and_groups(tiny.snapshot, 1_000)
    assert 8 <= attempts <= 30
    assert not grouped
    assert len((EXAMPLES / "tiny.yaml").read_text(encoding="utf-8").splitlines()) <= 45
