"""Random small events, rich in what can go wrong: for tests that compare two engines.

A run of one has up to some hundred attempts. Everything drawn is allowed in an event file, down to
the corners: capabilities that nobody has, sessions that touch, tiles that were completed in a row
that is still locked.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bingosim.event.model import Activity, Board
from bingosim.event.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn

CAPABILITIES = ("cap.a", "cap.b", "cap.c")
DROPS = ("amber", "beryl", "coral", "dust")
LAWS = ("fixed", "uniform", "normal")
MULTIPLIERS = ("0.5", "0.75", "1", "1", "1.1", "1.35", "2")
STRATEGIES = (
    "greedy",
    "balanced",
    "row-unlocking",
    "combo-unlocking",
    "lines",
    "look-ahead",
    "tile-order",
)

multipliers = st.sampled_from(MULTIPLIERS)
capabilities = st.lists(st.sampled_from(CAPABILITIES), unique=True, max_size=3)


@st.composite
def small_snapshots(
    draw: DrawFn,
    laws: Sequence[str] = LAWS,
    strategies: Sequence[str] = STRATEGIES,
    most_teams: int = 3,
) -> Snapshot:
    """Draw an event of 1 to 3 rows (or a grid) of 1 to 4 tiles, and 1 to 3 teams of 1 to 5."""
    duration = draw(st.integers(300, 1200))
    activities = draw(_activities(laws))
    board = draw(_boards(activities))
    teams = draw(_teams(board, activities, duration, strategies, most_teams))
    in_the_middle = draw(st.sampled_from([False, False, False, True]))
    state = draw(_states(board, len(teams), duration)) if in_the_middle else None
    return Snapshot.model_validate(
        {
            "name": "random",
            "start": "2026-12-05T12:00",
            "timezone": "UTC",
            "duration": duration,
            "board": board,
            "activities": activities,
            "teams": teams,
            "state": state,
        }
    )


# Activities


@st.composite
def _activities(draw: DrawFn, laws: Sequence[str]) -> list[Activity]:
    keys = draw(st.permutations(["mine", "boss.one", "raid"]))
    count = draw(st.integers(1, 3))
    return [
        Activity.model_validate(
            {
                "key": key,
                "time": draw(_times(laws)),
                "group": draw(_groups()),
                "bands": draw(_bands()),
                "loot": draw(st.lists(_lines(), min_size=1, max_size=3)),
            }
        )
        for key in keys[:count]
    ]


@st.composite
def _times(draw: DrawFn, laws: Sequence[str]) -> dict[str, Any]:
    law = draw(st.sampled_from(laws))
    seconds = draw(st.integers(4, 24))
    decimals = draw(st.sampled_from(["", "", ".4", ".5", ".75"]))
    time: dict[str, Any] = {"seconds": f"{seconds}{decimals}", "law": law}
    if law == "uniform":
        time["spread"] = draw(st.integers(0, seconds - 1))
    if law == "normal":
        time["spread"] = draw(st.sampled_from(["0.8", "1", "2.5", "4"]))
    return time


@st.composite
def _groups(draw: DrawFn) -> dict[str, Any]:
    if draw(st.sampled_from([False, False, True])):
        return {"solo": True, "min": 1, "want": 1, "max": 1}
    solo = draw(st.sampled_from([True, True, False]))
    least = draw(st.integers(1 if solo else 2, 3))
    want = draw(st.integers(least, 4))
    return {
        "solo": solo,
        "min": least,
        "want": want,
        "max": draw(st.integers(want, 5)),
        "max_wait": draw(st.integers(1, 90)),
    }


@st.composite
def _bands(draw: DrawFn) -> list[dict[str, Any]]:
    cuts = sorted(draw(st.sets(st.integers(1, 6), max_size=3)))
    ranges = pairwise(cuts)
    return [
        {"sizes": f"{low}-{high - 1}", "time": draw(multipliers), "chance": draw(multipliers)}
        for low, high in ranges
    ]


@st.composite
def _lines(draw: DrawFn) -> dict[str, Any]:
    parts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    whole = sum(parts) + draw(st.sampled_from([0, 0, 1, 3, 10]))
    return {
        "per": draw(st.sampled_from(["player", "player", "group"])),
        "rolls": draw(st.sampled_from([1, 1, 1, 2, 3])),
        "drops": [{"chance": f"{part}/{whole}", "gives": draw(_gives())} for part in parts],
    }


@st.composite
def _gives(draw: DrawFn) -> list[tuple[str, str]]:
    keys = draw(st.lists(st.sampled_from(DROPS), unique=True, min_size=1, max_size=3))
    quantities = [(draw(st.integers(1, 4)), draw(st.sampled_from([0, 0, 1, 5]))) for _ in keys]
    return [(key, f"{low}-{low + more}") for key, (low, more) in zip(keys, quantities, strict=True)]


# The board


@st.composite
def _boards(draw: DrawFn, activities: list[Activity]) -> Board:
    kind = draw(st.sampled_from(["rows", "rows", "grid"]))
    sizes = draw(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=3))
    keys = draw(st.permutations([f"t{number}" for number in range(12)]))
    rows: list[list[dict[str, Any]]] = []
    used = 0
    for size in sizes:
        rows.append([draw(_tiles(key, activities)) for key in keys[used : used + size]])
        used += size
    reachable = min(sum(tile["points"] for tile in row) for row in rows)
    bonus = st.fixed_dictionaries(
        {
            "name": st.just("a bonus"),
            "points": st.integers(1, 7),
            "tiles": st.lists(st.sampled_from(keys[:used]), min_size=1, max_size=4, unique=True),
        }
    )
    return Board.model_validate(
        {
            "kind": kind,
            "unlock_points": draw(st.integers(0, reachable)) if kind == "rows" else 5,
            "rows": rows,
            "bonuses": draw(st.lists(bonus, max_size=3)),
        }
    )


@st.composite
def _tiles(draw: DrawFn, key: str, activities: list[Activity]) -> dict[str, Any]:
    # Sources with one activity must give a drop one worth: so it is drawn once for the tile.
    worth = {drop: draw(st.sampled_from([1, 1, 2, 5])) for drop in DROPS}
    sources = [
        {
            "activity": activity.key,
            "accepts": {
                drop: worth[drop]
                for drop in draw(
                    st.lists(
                        st.sampled_from(sorted(activity.drop_keys)),
                        unique=True,
                        min_size=1,
                        max_size=3,
                    )
                )
            },
            "requires": draw(st.sampled_from([[], [], [], [], *([name] for name in CAPABILITIES)])),
            "modifiers": draw(st.lists(_modifiers(), max_size=2)),
        }
        for activity in draw(st.lists(st.sampled_from(activities), min_size=1, max_size=3))
    ]
    drops = {drop for source in sources for drop in source["accepts"]}
    need = draw(st.sampled_from([1, 3, 8, 20, 60, 150, 400]))
    enough = -(-need // len(drops))
    return {
        "key": key,
        "points": draw(st.integers(1, 4)),
        "need": need,
        "each": draw(st.none() | st.integers(enough, need)),
        "from": sources,
    }


@st.composite
def _modifiers(draw: DrawFn) -> dict[str, Any]:
    return {
        "has": draw(st.sampled_from(CAPABILITIES)),
        "time": draw(multipliers),
        "chance": draw(multipliers),
    }


# The teams


@st.composite
def _teams(
    draw: DrawFn,
    board: Board,
    activities: list[Activity],
    duration: int,
    strategies: Sequence[str],
    most: int,
) -> list[dict[str, Any]]:
    names = draw(st.permutations(["Zulu", "echo", "Ærø"]))[: draw(st.integers(1, most))]
    return [
        {
            "name": name,
            **draw(_strategies(board, strategies)),
            "players": [
                draw(_players(f"{name} {number}", activities, duration))
                for number in range(draw(st.sampled_from([1, 2, 3, 4, 4, 5, 5])))
            ],
        }
        for name in names
    ]


@st.composite
def _strategies(draw: DrawFn, board: Board, strategies: Sequence[str]) -> dict[str, Any]:
    strategy = draw(st.sampled_from(strategies))
    params: dict[str, Any] = {}
    if strategy == "tile-order":
        keys = [tile.key for tile in board.tiles]
        params["tiles"] = draw(st.lists(st.sampled_from(keys), unique=True, min_size=1))
    if draw(st.sampled_from([False, False, True])):
        params["max_players"] = draw(st.integers(1, 3))
    return {"strategy": strategy, "params": params}


@st.composite
def _players(draw: DrawFn, name: str, activities: list[Activity], duration: int) -> dict[str, Any]:
    always = draw(st.booleans())
    own = draw(st.lists(st.sampled_from([a.key for a in activities]), unique=True, max_size=1))
    return {
        "name": name,
        "speed": draw(multipliers),
        "speeds": {key: draw(multipliers) for key in own},
        "has": draw(capabilities),
        "attends": 1
        if always
        else draw(st.sampled_from(["1", "1", "1", "0.9", "0.5", "0.1", "0"])),
        "sessions": [(0, duration)] if always else draw(_sessions(duration)),
    }


@st.composite
def _sessions(draw: DrawFn, duration: int) -> list[tuple[int, int]]:
    parts = sorted(draw(st.sets(st.integers(0, 15), min_size=2, max_size=7)))
    pieces = list(pairwise(duration * part // 15 for part in parts))
    # Every piece, or every second one: sessions that touch, or with gaps.
    return pieces[:: draw(st.sampled_from([1, 2, 2]))]


# The beginning in the middle


@st.composite
def _states(draw: DrawFn, board: Board, teams: int, duration: int) -> dict[str, Any]:
    at = draw(st.integers(0, duration // 2))
    return {"at": at, "teams": [draw(_team_states(board, at)) for _ in range(teams)]}


@st.composite
def _team_states(draw: DrawFn, board: Board, at: int) -> dict[str, Any]:
    progress: dict[str, dict[str, int]] = {}
    completed: dict[str, int | None] = {}
    for tile in board.tiles:
        kind = draw(st.sampled_from(["nothing", "some", "some", "all"]))
        if kind == "all":
            completed[tile.key] = draw(st.none() | st.integers(0, at))
        elif kind == "some" and tile.need > 1:
            accepted = sorted({key for source in tile.sources for key in source.accepts})
            key = draw(st.sampled_from(accepted)) if tile.each else ""
            most = min(tile.need - 1, tile.each or tile.need)
            progress[tile.key] = {key: draw(st.integers(1, most))}
    return {"progress": progress, "completed": completed}


# Groups in a crowd


@st.composite
def crowded_snapshots(draw: DrawFn) -> Snapshot:
    """Draw an event in which a crowd's attempts, sessions and waits end in the same seconds.

    Everything takes a multiple of five seconds, so that the rare meetings of rules about groups
    come up all the time.
    """
    duration = 150
    boss = {
        "key": "boss",
        "time": {"seconds": 10},
        "group": {**draw(_groups()), "max_wait": draw(st.sampled_from([5, 10, 25]))},
        "loot": [{"drops": [{"chance": draw(st.sampled_from(["1/2", "1/5"])), "gives": "item"}]}],
    }
    alone = {**boss, "key": "alone", "time": {"seconds": 5}, "group": {"solo": True}}
    tiles = [
        {
            "key": key,
            "points": draw(st.integers(1, 3)),
            "need": draw(st.sampled_from([1, 4, 15, 1000])),
            "from": [
                {
                    "activity": activity,
                    "accepts": "item",
                    "requires": draw(st.sampled_from([[], [], [], ["cap.a"]])),
                }
                for activity in draw(
                    st.lists(st.sampled_from(["boss", "alone"]), min_size=1, max_size=2)
                )
            ],
        }
        for key in ("t0", "t1", "t2")[: draw(st.integers(1, 3))]
    ]
    players = [
        {
            "name": f"p{number}",
            "speed": draw(st.sampled_from([1, 1, 1, 1, "1.5", 2])),
            "speeds": {},
            "has": draw(st.sampled_from([[], ["cap.a"]])),
            "attends": 1,
            "sessions": draw(st.just([(0, duration)]) | _sessions(duration)),
        }
        for number in range(draw(st.integers(2, 8)))
    ]
    limit = draw(st.sampled_from([{}, {}, {}, {"max_players": 2}, {"max_players": 3}]))
    return Snapshot.model_validate(
        {
            "name": "crowded",
            "start": "2026-12-05T12:00",
            "timezone": "UTC",
            "duration": duration,
            "board": {"kind": "grid", "rows": [tiles]},
            "activities": [alone, boss],
            "teams": [{"name": "reds", "strategy": "greedy", "params": limit, "players": players}],
        }
    )
