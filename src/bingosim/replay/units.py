"""A trace -> attempts of whole units, and grants with what dropped them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bingosim.event.model import Group
    from bingosim.reference import TraceLine

_ATTEMPT = 0  # first number of a line, for all engines; `engine.state` would import numba


@dataclass(frozen=True, slots=True)
class UnitAttempt:
    """An attempt that counts: start, end, source and members by their numbers."""

    start: int
    end: int
    source: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GrantMade:
    """A grant by numbers, and the source of the attempt that dropped it."""

    second: int
    source: int
    tile: int
    member: int
    units: int


def read_trace(
    lines: Iterable[TraceLine], groups: Sequence[Group], session_starts: Sequence[AbstractSet[int]]
) -> Iterator[UnitAttempt | GrantMade]:
    """Yield what happened, in the order of the trace.

    Args:
        lines: The rows of a team's trace.
        groups: Of each source of the board, the sizes that its activity allows.
        session_starts: Of each player, the seconds in which sessions start: who comes online when
            an attempt of theirs ends has left its unit.
    """
    latest: dict[int, UnitAttempt] = {}  # of each member
    source = -1
    for (kind, second, third, fourth), rows in groupby(lines, key=lambda line: tuple(line[:4])):
        if kind != _ATTEMPT:
            for *_, units in rows:
                yield GrantMade(second, source, third, fourth, units)
            continue
        start, source = third, fourth
        members = [member for *_, member in rows]
        former = {
            member: latest[member].members
            for member in members
            if member in latest
            and (latest[member].end, latest[member].source) == (start, source)
            and start not in session_starts[member]
        }
        for unit in _units(members, former, groups[source]):
            attempt = UnitAttempt(start, second, source, unit)
            latest.update(dict.fromkeys(unit, attempt))
            yield attempt


def _units(
    members: Sequence[int], former: Mapping[int, tuple[int, ...]], group: Group
) -> Iterator[tuple[int, ...]]:
    """Cut members of attempts with one source, start and end into units.

    A trace does not say where a unit ends. But units stand in the order of their first members,
    members in roster order, and a unit with room takes in whoever comes next. So there is a cut
    where the order falls, where a unit is full, and between members of two units that went on:
    units never merge, but for those with too few members left.

    Args:
        members: In the order of the trace.
        former: Who came from a unit of this source whose attempt ended at the start -> that unit.
        group: The sizes that the activity allows.
    """
    left = Counter(former.values())
    going_on = {m: unit for m, unit in former.items() if group.allows(left[unit])}
    unit: list[int] = []
    for member in members:
        known = {going_on[m] for m in unit if m in going_on}
        of_another = member in going_on and known and going_on[member] not in known
        if unit and (member < unit[-1] or len(unit) == group.max or of_another):
            yield tuple(unit)
            unit = []
        unit.append(member)
    yield tuple(unit)
