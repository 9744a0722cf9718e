"""Groups: who starts together, who waits, and who waited in vain, at one source in one second."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bingosim.event.model import Group


@dataclass
class Settlement:
    """How a source was settled.

    Attributes:
        starts: Groups that start an attempt now, each in roster order.
        waiting: Who goes on waiting -> since when.
        in_vain: Who waited in vain, in roster order.
    """

    starts: list[list[int]] = field(default_factory=list)
    waiting: dict[int, int] = field(default_factory=dict)
    in_vain: list[int] = field(default_factory=list)


def settle(
    group: Group,
    second: int,
    returning: Sequence[Sequence[int]],
    waiting: Mapping[int, int],
    running: Sequence[int],
) -> Settlement:
    """Settle one source: the five steps of `docs/simulation.md`, but for the choosing of step 5.

    Args:
        group: The sizes that the activity allows.
        second: Now.
        returning: Of each unit whose attempt ended now, the members who chose the source again.
        waiting: Who else waits for the source -> the second of first choosing it.
        running: Sizes of the units whose attempt is still running.
    """
    result = Settlement()
    waiting = dict(waiting)
    sizes = list(running)

    # 1. Units with too few members dissolve, and these wait from now; the others go on with those
    #    who chose the source again, and the waiting join them.
    going_on = [members for members in returning if group.allows(len(members))]
    for members in returning:
        if members not in going_on:
            waiting.update(dict.fromkeys(members, second))
    for members in going_on:
        joining = sorted(waiting)[: group.max - len(members)]
        if not group.allows(len(members) + len(joining)):
            joining = []
        for player in joining:
            del waiting[player]
        result.starts.append(sorted([*members, *joining]))
        sizes.append(len(result.starts[-1]))

    # 2. Units that play hold their free places for those who wait.
    free_places = sum(group.max - size for size in sizes)
    held, others = sorted(waiting)[:free_places], sorted(waiting)[free_places:]
    result.waiting = {player: waiting[player] for player in held}

    # 3. The others start as soon as they are as many as wanted.
    while len(others) >= group.want:
        result.starts.append(others[: group.max])
        others = others[group.max :]

    # 4. The waiting time of one of them has run out: all start, or those wait in vain.
    run_out = [player for player in others if waiting[player] + group.max_wait <= second]
    if run_out and group.allows(len(others)):
        result.starts.append(others)
        others = []
    elif run_out:
        result.in_vain = run_out
        others = [player for player in others if player not in run_out]
    result.waiting.update({player: waiting[player] for player in others})
    return result
