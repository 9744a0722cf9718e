"""Which is better: strategies of a team, or two events, played under the same luck.

Every team is played on its own (`played`), chances come of all pairs of runs (`crossing`), and at
fixed numbers of runs it is judged whether to go on (`judging`). docs/statistics.md has the why.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from time import perf_counter
from typing import TYPE_CHECKING

from bingosim.comparison.judging import Judge, Match
from bingosim.comparison.model import Comparison
from bingosim.comparison.played import Cast
from bingosim.engines import DEFAULT_ENGINE, check_engine, check_seed, engine_version
from bingosim.errors import ExecutionError, InputError, UnknownKeyError
from bingosim.event.file import as_snapshot
from bingosim.event.snapshot import with_strategy
from bingosim.event.strategies import STRATEGIES
from bingosim.precision import Precision
from bingosim.simulation import DEFAULT_SEED, available_threads, check_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bingosim.event.model import Event
    from bingosim.event.snapshot import Snapshot

DEFAULT_POINTS = 0.5
DEFAULT_MAX_RUNS = 100_000
AS_IN_THE_FILE = "as in the file"
MOST_VARIANTS = 30
FEWEST_JUDGED = 100
"""Runs: an interval of fewer would mean nothing."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How far a comparison goes, and with what.

    Attributes:
        seed: Any text; equal seeds give equal results.
        points: Percentage points to which differences of chances shall be known.
        max_runs: Runs of each team after which it ends in any case.
        engine: Which engine plays.
        threads: On how many cores; None is all. It changes no result.
        progress: Called with team runs played, and wanted up to the next look.
        stop: Asked now and then; once it says yes, what there is is judged.

    Raises:
        InputError: One of them is out of its range; the message says all that is wrong.
    """

    seed: str = DEFAULT_SEED
    points: float = DEFAULT_POINTS
    max_runs: int = DEFAULT_MAX_RUNS
    engine: str = DEFAULT_ENGINE
    threads: int | None = None
    progress: Callable[[int, int], None] = lambda _done, _wanted: None
    stop: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        check_engine(self.engine)
        check_seed(self.seed)
        _ = self.looks

    @property
    def looks(self) -> tuple[int, ...]:
        """After how many runs it is looked at: as for a forecast with a precision."""
        return Precision.within(self.points, None, self.max_runs).looks


def compare_strategies(
    event: Event | Snapshot,
    team: str | None = None,
    strategies: Sequence[str] = (),
    effort: Effort | None = None,
) -> Comparison:
    """Compare what strategies come to for one team, with the others as they are.

    Args:
        event: The event.
        team: Name of the team; None is the first one.
        strategies: Their names; none are all built-in ones but `tile-order`, which needs a list.
            What the event itself has the team do is compared too.
        effort: How far it goes.

    Raises:
        InputError: There is no such team or strategy, or too many are named.
    """
    snapshot = as_snapshot(event)
    names = [one.name for one in snapshot.teams]
    if team is not None and team not in names:
        raise UnknownKeyError("team", team, names)
    index = 0 if team is None else names.index(team)
    wanted = dict.fromkeys(strategies or (name for name in STRATEGIES if name != "tile-order"))
    variants = {name: with_strategy(snapshot, index, name) for name in wanted}
    if snapshot not in variants.values():
        variants[f"{snapshot.teams[index].strategy}, {AS_IN_THE_FILE}"] = snapshot
    return _compared(variants, [names[index]], effort or Effort())


def compare_events(
    one: Event | Snapshot,
    other: Event | Snapshot,
    labels: tuple[str, str],
    effort: Effort | None = None,
) -> Comparison:
    """Compare how the teams do that two events have in common, by their names.

    Args:
        one: An event.
        other: Another.
        labels: What to call them.
        effort: How far it goes.

    Raises:
        InputError: They have no team in common, or are called the same.
    """
    snapshots = [as_snapshot(one), as_snapshot(other)]
    there = {team.name for team in snapshots[1].teams}
    teams = [team.name for team in snapshots[0].teams if team.name in there]
    if not teams:
        raise InputError(f"{labels[0]} and {labels[1]} have no team in common: names must be equal")
    if labels[0] == labels[1]:
        raise InputError(f"both events are called {labels[0]}: there is nothing to compare")
    return _compared(dict(zip(labels, snapshots, strict=True)), teams, effort or Effort())


def _compared(variants: dict[str, Snapshot], teams: Sequence[str], effort: Effort) -> Comparison:
    """Play until the differences are known; every variant has all the teams."""
    if len(variants) < 2:
        raise InputError(f"{next(iter(variants))} is what the event has the team do: name another")
    if len(variants) > MOST_VARIANTS:
        raise InputError(f"expected at most {MOST_VARIANTS} to compare, got {len(variants)}")
    for snapshot in variants.values():
        check_runs(snapshot, effort.max_runs)
    begun = perf_counter()
    done = 0

    def moved(runs: int) -> None:
        nonlocal done
        done += runs
        effort.progress(done, look * len(cast))

    threads = effort.threads or available_threads()
    cast = Cast(effort.seed, effort.engine, threads, moved, effort.stop)
    matches = {name: [_match(cast, shot, name) for shot in variants.values()] for name in teams}
    judge = Judge.of(
        effort.points,
        differences=comb(len(variants), 2) * len(teams),
        looks=len(effort.looks) + 1,  # and one where it is stopped
    )
    for look in effort.looks:
        runs = cast.play_to(look)
        if runs < FEWEST_JUDGED:
            raise ExecutionError("stopped before there was anything to compare")
        judged = [judge.compare(name, matches[name], runs) for name in teams]
        if runs < look or all(judge.is_done(one) for one in judged):
            break
    return Comparison(
        event=next(iter(variants.values())).name,
        variants=tuple(variants),
        teams=tuple(judged),
        seed=effort.seed,
        engine=effort.engine,
        engine_version=engine_version(effort.engine),
        runs=runs,
        points=effort.points,
        looks=len(effort.looks),
        complete=runs == look,
        seconds=perf_counter() - begun,
    )


def _match(cast: Cast, snapshot: Snapshot, name: str) -> Match:
    """Return a team of an event and who it plays against, ready to be played."""
    solos = {team.name: cast.team(snapshot, i) for i, team in enumerate(snapshot.teams)}
    own = solos.pop(name)
    return Match(own, tuple(solos.values()))
