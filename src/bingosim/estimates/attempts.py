"""How many attempts a tile is expected to take: exactly, as far as that can be computed.

A tile that holds all its units in one count is a renewal problem: sums of independent steps until
they reach the need. A set (`each`) is a Markov chain over what is held of each key. Both are solved
forward, without sampling; what is too large for that is left to the caller.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from itertools import product
from math import gcd, inf, prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bingosim.engine.arrays import Floats
    from bingosim.estimates.laws import AttemptLaw, Hit, Stack

# What takes longer than about a second is not computed; no tile of a usual board comes near.
MOST_STEPS = 4_000
LONGEST_NEED = 200_000
MOST_OPERATIONS = 150_000

State = tuple[int, ...]
"""Units held in each slot."""


class Way(NamedTuple):
    """A source as a player meets it.

    Attributes:
        law: What an attempt brings.
        slots: The slots that make it worth choosing: it is left once all of them are full.
    """

    law: AttemptLaw
    slots: tuple[int, ...]


class Task(NamedTuple):
    """What is left of a tile for somebody who works at it alone.

    Attributes:
        need: Units that complete the tile.
        caps: Most units of each slot.
        held: Units of each slot at the beginning; together fewer than `need`.
        ways: Their sources, the one they prefer first. At every attempt they take the first that is
            still worth choosing, as players do in a run.
    """

    need: int
    caps: State
    held: State
    ways: tuple[Way, ...]


def expected_attempts(task: Task) -> tuple[float, ...] | None:
    """Return the expected attempts at each way until the tile is complete.

    Returns:
        One number for each way, exact but for rounding; all inf where the tile cannot be completed
        so; None where it would take too long to compute.
    """
    if not _can_be_completed(task):
        return (inf,) * len(task.ways)
    if len(task.caps) > 1:
        return _Chain(task).attempts()
    first, *others = task.ways
    attempts = _renewals(task.need - task.held[0], first.law)
    return None if attempts is None else (attempts, *(0.0 for _ in others))


def _can_be_completed(task: Task) -> bool:
    """Whether the slots that the ways fill are enough; until then some way is worth choosing."""
    given = {slot for way in task.ways for slot in way.slots if slot in _slots_of(way.law)}
    most = (
        cap if slot in given else held
        for slot, (cap, held) in enumerate(zip(task.caps, task.held, strict=True))
    )
    return sum(most) >= task.need


def _slots_of(law: AttemptLaw) -> set[int]:
    return {stack.slot for rolls in law for hit in rolls.hits for stack in hit.stacks}


# -- one count: renewal --------------------------------------------------------------------------


def _renewals(need: int, law: AttemptLaw) -> float | None:
    """Return the expected number of attempts until their units add up to `need` or more.

    Only attempts that bring something count; with u(k) the chance that such attempts ever stand at
    exactly k units, their number is u(0) + ... + u(need - 1), and u is the renewal sequence
    u(k) = sum of P(step = x) u(k - x) (Feller, An Introduction to Probability Theory and Its
    Applications I, chapter XIII). One of them takes 1 / P(something) attempts in the mean.
    """
    if not law:  # a chance too small to be a threshold
        return inf
    stacks = [stack for rolls in law for hit in rolls.hits for stack in hit.stacks]
    unit = gcd(*(size for stack in stacks for size in _step_sizes(stack)))
    need = -(-need // unit)
    longest = min(need, sum(rolls.times * _most(rolls.hits) for rolls in law) // unit)
    if longest > MOST_STEPS or (longest > 1 and need > LONGEST_NEED):
        return None
    units = _units_of_attempt(law, unit, longest)
    something = float(units[1:].sum())
    if longest == 1:
        return need / something
    return _visits(units[1:] / something, need) / something


def _step_sizes(stack: Stack) -> tuple[int, int]:
    """Return numbers whose common divisors are those of all that the stack can be worth."""
    return stack.low * stack.units, (stack.units if stack.width > 1 else 0)


def _most(hits: Iterable[Hit]) -> int:
    """Return the most units that one roll can bring."""
    return max(sum((s.low + s.width - 1) * s.units for s in hit.stacks) for hit in hits)


def _units_of_attempt(law: AttemptLaw, unit: int, longest: int) -> Floats:
    """Return the chances of 0, 1, ..., `longest` times `unit`; more counts as `longest`."""
    total = _nothing(longest)
    for rolls in law:
        one = rolls.nothing * _nothing(longest)
        for hit in rolls.hits:
            together = _nothing(longest)
            for stack in hit.stacks:
                together = _sum(together, _units_of_stack(stack, unit, longest))
            one += hit.chance * together
        total = _sum(total, _power(one, rolls.times))
    return total


def _nothing(longest: int) -> Floats:
    return np.eye(1, longest + 1).reshape(-1)


def _units_of_stack(stack: Stack, unit: int, longest: int) -> Floats:
    values = (stack.low + np.arange(stack.width)) * stack.units // unit
    return np.bincount(np.minimum(values, longest), minlength=longest + 1) / stack.width


def _sum(one: Floats, other: Floats) -> Floats:
    """Return the law of a sum; what lies beyond the last value counts as the last."""
    both = np.convolve(one, other)
    longest = one.size - 1
    return np.append(both[:longest], both[longest:].sum())


def _power(law: Floats, count: int) -> Floats:
    """Return the law of a sum of `count` values, by repeated doubling."""
    total = _nothing(law.size - 1)
    while count:
        if count & 1:
            total = _sum(total, law)
        law = _sum(law, law) if count > 1 else law
        count >>= 1
    return total


def _visits(steps: Floats, need: int) -> float:
    """Return u(0) + ... + u(need - 1) for steps of 1, 2, ... with these chances."""
    longest = steps.size
    least = int(steps.nonzero()[0][0]) + 1
    visited = np.zeros(longest + need)  # u(k) stands at longest + k, zeros before the beginning
    visited[longest] = 1.0
    # As many at once as the least step allows: none of them can lead to another.
    for begin in range(least, need, least):
        end = min(begin + least, need)
        before = visited[begin : longest + end - 1]
        visited[longest + begin : longest + end] = np.convolve(before, steps, "valid")
    return float(visited[longest:].sum())


# -- sets: a Markov chain ------------------------------------------------------------------------


class _TooLargeError(Exception):
    """The chain would take too long."""


class _Chain:
    """What is held of each key, attempt by attempt; held units never become fewer.

    Keys that a law cannot tell apart are interchangeable: states that differ only by an exchange of
    such keys are one (lumping; Kemeny and Snell, Finite Markov Chains, section 6.3).
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._alike = [same for same in _alike(task) if len(same) > 1]
        self._hits: dict[Hit, list[tuple[float, tuple[tuple[int, int], ...]]]] = {}
        self._operations = 0

    def attempts(self) -> tuple[float, ...] | None:
        """Return the expected attempts at each way, or None; see `expected_attempts`."""
        try:
            return self._forward()
        except _TooLargeError:
            return None

    def _forward(self) -> tuple[float, ...]:
        """Follow the chances from state to state, those that hold least first.

        An attempt that changes nothing is repeated: a state that is reached with chance r and left
        with chance q has r / q attempts in the mean.
        """
        attempts = [0.0] * len(self._task.ways)
        begin = self._lumped(list(self._task.held))
        reached = defaultdict(float, {begin: 1.0})
        ahead = [(sum(begin), begin)]
        while ahead:
            _, state = heappop(ahead)
            way = self._choice(state)
            moves = self._attempt(state, self._task.ways[way].law)
            moves.pop(state, None)
            if not moves:  # a chance too small to be a threshold
                return (inf,) * len(attempts)
            here = reached.pop(state) / sum(moves.values())
            attempts[way] += here
            for after, chance in moves.items():
                if sum(after) < self._task.need:
                    if after not in reached:
                        heappush(ahead, (sum(after), after))
                    reached[after] += here * chance
        return tuple(attempts)

    def _choice(self, state: State) -> int:
        full = [held == cap for held, cap in zip(state, self._task.caps, strict=True)]
        return next(
            number
            for number, way in enumerate(self._task.ways)
            if not all(full[slot] for slot in way.slots)
        )

    def _attempt(self, state: State, law: AttemptLaw) -> dict[State, float]:
        """Return the states after an attempt, with their chances."""
        states = {state: 1.0}
        for rolls in law:
            for _ in range(rolls.times):
                after: dict[State, float] = defaultdict(float)
                for before, chance in states.items():
                    after[before] += chance * rolls.nothing
                    for hit in rolls.hits:
                        for part, gains in self._gains(hit):
                            after[self._with(before, gains)] += chance * hit.chance * part
                states = after
        return states

    def _gains(self, hit: Hit) -> list[tuple[float, tuple[tuple[int, int], ...]]]:
        """Return the combinations of quantities: their chance, and (slot, units) of each stack."""
        if hit not in self._hits:
            sizes = [dict(self._sizes(stack)) for stack in hit.stacks]
            self._count(prod(map(len, sizes)))
            self._hits[hit] = [
                (
                    prod(size[units] for size, units in zip(sizes, chosen, strict=True)),
                    tuple((s.slot, u) for s, u in zip(hit.stacks, chosen, strict=True)),
                )
                for chosen in product(*sizes)
            ]
        self._count(len(self._hits[hit]))
        return self._hits[hit]

    def _sizes(self, stack: Stack) -> Iterator[tuple[int, float]]:
        """Yield what a stack can be worth and the chance; all that fills the slot counts as one."""
        cap = self._task.caps[stack.slot]
        filling = min(max(-(-cap // stack.units) - stack.low, 0), stack.width)
        self._count(filling)
        for more in range(filling):
            yield (stack.low + more) * stack.units, 1 / stack.width
        if filling < stack.width:
            yield cap, (stack.width - filling) / stack.width

    def _count(self, operations: int) -> None:
        self._operations += operations
        if self._operations > MOST_OPERATIONS:
            raise _TooLargeError

    def _with(self, state: State, gains: tuple[tuple[int, int], ...]) -> State:
        held = list(state)
        for slot, units in gains:
            held[slot] = min(held[slot] + units, self._task.caps[slot])
        return self._lumped(held)

    def _lumped(self, held: list[int]) -> State:
        """Return the one state that stands for all that differ by an exchange of equal keys."""
        for same in self._alike:
            for slot, units in zip(same, sorted(held[slot] for slot in same), strict=True):
                held[slot] = units
        return tuple(held)


def _alike(task: Task) -> list[list[int]]:
    """Return the slots in classes of those that no way can tell apart.

    Slots are alike if they have one cap, make the same ways worth choosing, and drop alone, with
    equal chances and quantities in the same rolls.
    """
    marks: list[list[tuple[object, ...]]] = [[("cap", cap)] for cap in task.caps]
    for number, way in enumerate(task.ways):
        for slot in way.slots:
            marks[slot].append(("way", number))
        for roll, rolls in enumerate(way.law):
            for hit in rolls.hits:
                for slot, *stack in hit.stacks:
                    alone = len(hit.stacks) == 1
                    mark = (number, roll, hit.chance, *stack) if alone else ("itself", slot)
                    marks[slot].append(mark)
    classes: dict[tuple[str, ...], list[int]] = {}
    for slot, its in enumerate(marks):
        classes.setdefault(tuple(sorted(map(repr, its))), []).append(slot)
    return list(classes.values())
