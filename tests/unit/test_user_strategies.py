"""A strategy of one's own plays like a built-in one, and what is wrong with it is said clearly."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bingosim import EventFileError, InputError, simulate
from bingosim.compilation import compile_team
from bingosim.compilation.trial import trial_standings, try_strategy
from bingosim.event import strategies
from bingosim.event.file import read_event
from bingosim.event.snapshot import Snapshot, make_snapshot
from bingosim.event.strategies import STRATEGIES, find_strategy, own
from bingosim.results import COLUMNS
from tests.builders import bonus, grid, player, rows, snapshot, team, tile
from tests.unit.event_text import EVENT_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bingosim import Event

GREEDY = """
def {name}(team, standing, player{params}):
    for tile in range(standing.value.size):
        standing.value[tile] = team.tile_points[tile]
        standing.cost[tile] = standing.work[tile]
"""


VALUE_ONLY = """
def mine(team, standing, player):
    for tile in range(standing.value.size):
        standing.value[tile] = 1
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """A function that writes a module into the current directory and returns its name."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)

    def write(code: str) -> str:
        name = f"own_{len(list(tmp_path.glob('*.py')))}"
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
        return name

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("own_"):
            del sys.modules[name]


def event_of(strategy: str, params: str = "{}") -> Event:
    """The small event, the first team playing by a strategy."""
    old = "players: [Ann]}"
    new = f"players: [Ann], strategy: {strategy!r}, params: {params}}}"
    return read_event(EVENT_TEXT.replace(old, new), "event.yaml").event


def greedy(name: str = "mine", params: str = "", then: str = "") -> str:
    """The code of a strategy that plays like `greedy`, and does something else at the end."""
    code = GREEDY.format(name=name, params=params)
    return code + "".join(f"    {line}\n" for line in then.splitlines())


def error_of(strategy: str, params: str = "{}") -> str:
    """What is said of a strategy when the event is loaded."""
    with pytest.raises(EventFileError) as caught:
        event_of(strategy, params)
    (finding,) = caught.value.findings
    return f"{finding.path}: {finding.message}"


def trial_error(module: str) -> str:
    """What is said of the strategy `mine` of a module when it is made ready."""
    with pytest.raises(InputError) as caught:
        simulate(event_of(f"{module}:mine"), runs=1)
    return str(caught.value).removeprefix(f"team 'Reds', strategy {module}:mine: ")


# -- played --------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["attempt", "jump"])
def test_a_copy_of_greedy_plays_bit_for_bit_like_greedy(
    write: Callable[[str], str], engine: str
) -> None:
    module = write(greedy())
    built_in = simulate(event_of("greedy"), 200, engine=engine, keep=True)
    copied = simulate(event_of(f"{module}:mine"), 200, engine=engine, keep=True)
    for name in (column.name for column in COLUMNS):
        one, other = getattr(built_in.results, name), getattr(copied.results, name)
        np.testing.assert_array_equal(one, other, err_msg=name)
    assert built_in.aggregates == copied.aggregates


def test_it_matters_what_it_says(write: Callable[[str], str]) -> None:
    module = write(greedy(then="standing.value[2] = 0\nstanding.value[1] = 9"))
    differs = simulate(event_of(f"{module}:mine"), 200, keep=True).results
    alike = simulate(event_of("greedy"), 200, keep=True).results
    assert (differs.tile_completed[:, 0] != alike.tile_completed[:, 0]).any()
    assert (differs.tile_completed[:, 1] == alike.tile_completed[:, 1]).all()  # the other team


def test_it_may_use_what_bingosim_offers_and_kernels_of_its_own(
    write: Callable[[str], str],
) -> None:
    module = write(
        "import numba\n"
        "from bingosim.strategies import GRANT, score_greedy\n"
        "@numba.njit\n"
        "def twice(number):\n    return number * 2\n"
        "@numba.njit\n"
        "def mine(team, standing, player):\n"
        "    score_greedy(team, standing, player)\n"
        "    if player != GRANT:\n"
        "        standing.value[0] = twice(standing.value[0])\n"
    )
    assert simulate(event_of(f"{module}:mine"), 20).complete


# -- parameters ----------------------------------------------------------------------------------

PARAMS = ", *, factor: float = 1.0, whole: int = 3, flag: bool = False"


def test_parameters_become_what_the_code_knows(write: Callable[[str], str]) -> None:
    module = write(
        greedy(
            params=PARAMS,
            then="if factor != 0.1 or whole != -7 or not flag:\n    raise ValueError('other')",
        )
    )
    event = event_of(f"{module}:mine", "{factor: 0.1, whole: -7, flag: true, max_players: 1}")
    made = make_snapshot(event)
    assert made.teams[0].params == {
        "max_players": 1,
        "factor": "0.1",  # as text, since a snapshot holds no floats
        "whole": -7,
        "flag": True,
    }
    again = Snapshot.from_json(made.to_json())
    assert again == made
    assert simulate(again, 5).complete
    with pytest.raises(InputError, match="ValueError: other"):
        simulate(event_of(f"{module}:mine"), 5)


def test_two_teams_may_give_other_parameters(write: Callable[[str], str]) -> None:
    module = write(
        greedy(
            params=", *, sign: int = 1",
            then="for i in range(standing.value.size):\n    standing.value[i] *= sign",
        )
    )
    one = simulate(event_of(f"{module}:mine", "{sign: -1}"), 100, keep=True).results
    two = simulate(event_of(f"{module}:mine", "{sign: 1}"), 100, keep=True).results
    assert (one.tile_completed != two.tile_completed).any()


def test_all_wrong_parameters_are_told_with_the_team(write: Callable[[str], str]) -> None:
    module = write(greedy(params=PARAMS))
    with pytest.raises(EventFileError) as caught:
        event_of(f"{module}:mine", "{factr: 1, factor: x, whole: 1.5, flag: 1, max_players: 0}")
    prefix = f"team 'Reds', strategy {module}:mine: "
    assert {f.path: f.message.removeprefix(prefix) for f in caught.value.findings} == {
        "teams[0].params.factr": "unknown key 'factr' (did you mean 'factor'?)",
        "teams[0].params.factor": "expected a number, got 'x'",
        "teams[0].params.whole": "expected a whole number of 64 bits, got 1.5",
        "teams[0].params.flag": "expected true or false, got 1",
        "teams[0].params.max_players": "expected at least 1, got 0",
    }
    assert all(f.message.startswith(prefix) for f in caught.value.findings)


# -- found ---------------------------------------------------------------------------------------


def registering(monkeypatch: pytest.MonkeyPatch, **homes: str) -> None:
    """Let installed packages register strategies."""
    found = EntryPoints(EntryPoint(name, home, own.GROUP) for name, home in homes.items())
    monkeypatch.setattr(own, "entry_points", found.select)


def test_a_package_may_register_a_name(
    write: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = write(greedy())
    registering(monkeypatch, eager=f"{module}:mine", greedy=f"{module}:mine")
    simulation = simulate(event_of("eager"), 20)
    assert simulation.snapshot.teams[0].strategy == "eager"
    assert simulation.aggregates == simulate(event_of("greedy"), 20).aggregates
    assert not find_strategy("greedy").is_own  # what is built in keeps its name
    assert error_of("eagr") == (
        "teams[0].strategy: team 'Reds': there is no strategy 'eagr' (did you mean 'eager'?)"
    )


def test_a_name_that_two_packages_register(monkeypatch: pytest.MonkeyPatch) -> None:
    two = EntryPoints(EntryPoint("eager", f"{home}:mine", own.GROUP) for home in ("a", "b"))
    monkeypatch.setattr(own, "entry_points", two.select)
    assert "the strategy 'eager' is registered twice: a:mine and b:mine" in error_of("eager")


@pytest.mark.parametrize(
    ("home", "message"),
    [
        ("absent:mine", "there is no module 'absent' in the current directory or where Python l"),
        ("{}:absent", "the module {} has no 'absent'"),
        ("{}:minee", "the module {} has no 'minee' (did you mean 'mine'?)"),
        ("{}:NUMBER", "NUMBER is no function: expected def NUMBER(team, standing, player), and "),
        ("a b:c", "expected module:function, such as my_module:my_strategy"),
        (":mine", "expected module:function, such as my_module:my_strategy"),
        ("{}:mine:more", "expected module:function, such as my_module:my_strategy"),
    ],
)  # fmt: skip
def test_a_home_that_leads_nowhere(write: Callable[[str], str], home: str, message: str) -> None:
    module = write(f"NUMBER = 3\n{greedy()}")
    name = home.format(module)
    expected = f"team 'Reds': the strategy {name!r} cannot be used: {message.format(module)}"
    assert error_of(name).startswith(f"teams[0].strategy: {expected}")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import nothing_of_the_kind", "No module named 'nothing_of_the_kind'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def mine(", "SyntaxError: '(' was never closed"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_a_module_that_cannot_be_imported(
    write: Callable[[str], str], code: str, message: str
) -> None:
    module = write(code)
    assert f"cannot be used: importing {module} failed: {message}" in error_of(f"{module}:mine")


def test_the_current_directory_is_looked_in_for_the_import_alone(
    write: Callable[[str], str],
) -> None:
    before = list(sys.path)
    event_of(f"{write(greedy())}:mine")
    assert sys.path == before


# -- its signature -------------------------------------------------------------------------------

SHAPE = "expected def mine(team, standing, player), and after a * the parameters it takes, if any"
FIELD = "expected the parameter 'a' as `a: float = 1.0`: annotated as int, float or bool, and with "


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("team, standing", SHAPE),
        ("team, standing, player, more", SHAPE),
        ("team, standing, player, more: int = 1", SHAPE),
        ("*rest", SHAPE),
        ("team, standing, player, **rest", SHAPE),
        ("team, standing, player, *, a", FIELD),
        ("team, standing, player, *, a: int", FIELD),
        ("team, standing, player, *, a = 1", FIELD),
        ("team, standing, player, *, a: str = ''", FIELD),
        (
            "team, standing, player, *, a: int = 1.5",
            "the default of the parameter 'a': expected a ",
        ),
        (
            "team, standing, player, *, a: float = None",
            "the default of the parameter 'a': expected",
        ),
        ("team, standing, player, *, a: 'nope' = 1", "the annotations of mine cannot be read: "),
        ("team, standing, player, *, max_players: int = 1", "every strategy takes max_players alr"),
        ("team, standing, player, *, _a: int = 1", "a parameter cannot be called '_a'"),
        ("team, standing, player, *, copy: int = 1", "a parameter cannot be called 'copy'"),
    ],
)
def test_a_function_that_is_no_strategy(
    write: Callable[[str], str], arguments: str, message: str
) -> None:
    module = write(f"def mine({arguments}):\n    pass\n")
    assert f"cannot be used: {message}" in error_of(f"{module}:mine")


def test_annotations_may_be_text(write: Callable[[str], str]) -> None:
    module = write(f"from __future__ import annotations\n{greedy(params=PARAMS)}")
    fields = find_strategy(f"{module}:mine").params.model_fields
    assert list(fields) == ["max_players", "factor", "whole", "flag"]


def test_what_it_says_of_itself(write: Callable[[str], str]) -> None:
    module = write('def mine(team, standing, player):\n    """Plays.\n\n    More."""\n')
    found = find_strategy(f"{module}:mine")
    assert (found.summary, found.is_own, found.ranks_each_player) == ("Plays", True, True)


# -- compiled and tried out ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (greedy(then="open('x')"), "it cannot be compiled: Untyped global name 'open'"),
        (greedy(then="team.tile_worth[0]"), "Unknown attribute 'tile_worth' of type CompiledTeam;"),
        (greedy(then="return 1"), "it cannot be compiled: expected a function that returns not"),
        (greedy(then="raise ValueError('no idea')"), "a grant, it raised ValueError: no idea"),
        (greedy(then="if player >= 0:\n    assert False"), "the player 'Ann', it raised Assert"),
        (greedy(then="standing.value[standing.value.size] = 1"), "a grant, it raised IndexError: "),
        (greedy(then="standing.remaining[0] += 1"), "it writes to `remaining`: expected it to"),
        (greedy(then="team.tile_points[0] = 3"), "it writes to `tile_points`: expected it"),
        (greedy(then="standing.value[1] = np.nan"), "it gives the open tile 'bell' no value (NaN)"),
        (greedy(then="standing.value[0] += np.random.random()"), "asked twice for a"),
        ("def mine(team, standing, player):\n    pass\n", "it gives the open tile 'hide' no value"),
        (VALUE_ONLY, "asked twice for a"),
    ],
)  # fmt: skip
def test_a_strategy_that_cannot_play(write: Callable[[str], str], code: str, message: str) -> None:
    error = trial_error(write(f"import numpy as np\n{code}"))
    assert message in error
    assert len(error) < 400


@pytest.mark.parametrize("engine", ["attempt", "jump"])
def test_what_is_raised_in_the_middle_of_a_run(write: Callable[[str], str], engine: str) -> None:
    module = write(
        greedy(then="if 3600 < standing.completed[0] < 3700:\n    raise ValueError('too late')")
    )
    event = event_of(f"{module}:mine")
    with pytest.raises(
        InputError, match=r"team 'Reds', .* in run (\d+) it raised ValueError: too l"
    ):
        simulate(event, 2_000, engine=engine, threads=1)


def test_the_reference_engine_does_without(write: Callable[[str], str]) -> None:
    module = write(greedy())
    with pytest.raises(InputError, match="'Reds': the reference engine plays built-in strategies"):
        simulate(event_of(f"{module}:mine"), 1, engine="reference")


BOARDS = {
    "rows": rows(
        [tile("a", 2, 3), tile("b", 3), tile("c", 1)],
        [tile("d", 4), tile("e", 1)],
        [tile("f", 5)],
        bonuses=[bonus(3, "a", "d")],
    ),
    "grid": grid(tile("a", 2, 3), tile("b", 3), bonuses=[bonus(3, "a", "b")]),
}


@pytest.mark.parametrize("name", list(STRATEGIES))
@pytest.mark.parametrize("board", list(BOARDS))
def test_built_in_strategies_pass_the_trial_that_users_own_must(name: str, board: str) -> None:
    params: dict[str, Any] = {"tiles": ["b"]} if name == "tile-order" else {}
    playing = team(player("ann"), player("bob"), strategy=name, **params)
    event = snapshot(BOARDS[board], teams=[playing])
    try_strategy(event, 0, compile_team(event, 0), STRATEGIES[name].function())


def test_the_trial_sees_a_run_from_its_beginning_to_its_end() -> None:
    compiled = compile_team(snapshot(BOARDS["rows"]), 0)
    seen = [
        ((standing.completed >= 0).sum(), (standing.row_opened >= 0).sum(), is_open.sum())
        for standing, is_open in trial_standings(compiled)
    ]
    assert (0, 1, 3) in seen
    assert (6, 3, 0) in seen
    assert any(left == 1 for _, opened, left in seen if opened == 3)
    assert {opened for _, opened, _ in seen} == {1, 2, 3}
    again = [standing.remaining.tolist() for standing, _ in trial_standings(compiled)]
    assert again == [standing.remaining.tolist() for standing, _ in trial_standings(compiled)]


# -- results depend on the snapshot alone --------------------------------------------------------


def test_a_snapshot_holds_the_digest_of_the_source(write: Callable[[str], str]) -> None:
    one, other = write(greedy()), write(greedy() + "# other\n")
    made = [make_snapshot(event_of(f"{module}:mine")).teams[0] for module in (one, other)]
    assert made[0].strategy_sha256 != made[1].strategy_sha256
    built_in = make_snapshot(event_of("greedy"))
    assert built_in.teams[0].strategy_sha256 is None
    assert "sha256" not in built_in.to_json()


@pytest.mark.parametrize("engine", ["attempt", "reference"])
def test_another_source_than_the_snapshots_is_refused(
    write: Callable[[str], str], tmp_path: Path, engine: str
) -> None:
    module = write(greedy())
    made = make_snapshot(event_of(f"{module}:mine"))
    del sys.modules[module]
    (tmp_path / f"{module}.py").write_text(greedy() + "# other\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"team 'Reds': the (source|reference)"):
        simulate(made, 1, engine=engine)


def test_a_source_that_changes_meanwhile_is_not_what_plays(
    write: Callable[[str], str], tmp_path: Path
) -> None:
    module = write(greedy())
    before = find_strategy(f"{module}:mine").source_sha256
    (tmp_path / f"{module}.py").write_text("changed = True\n", encoding="utf-8")
    assert find_strategy(f"{module}:mine").source_sha256 == before


def test_a_source_that_nobody_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace: dict[str, Any] = {}
    exec(compile(greedy(), "<nowhere>", "exec"), namespace)  # noqa: S102 - a function without a file
    module = type(sys)("own_nowhere")
    vars(module).update(namespace)
    monkeypatch.setitem(sys.modules, "own_nowhere", module)
    assert "its source cannot be read: expected a function in a file" in error_of(
        "own_nowhere:mine"
    )


def test_names_of_strategies() -> None:
    assert strategies.__all__ == sorted(strategies.__all__)
