"""Killing a job at moments that follow from a repetition's luck and number."""

from __future__ import annotations

import random
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.chaos.processes import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.processes import Outcome, Server


class Course(NamedTuple):
    """How a job goes if nothing happens to it.

    Attributes:
        passed: How many moments of each name pass.
        seconds: How long it takes, about.
    """

    passed: Mapping[str, int]
    seconds: float


def follow(server: Server, job: str, **arguments: Any) -> Course:
    """Do a job undisturbed."""
    child = server.start(job, **arguments)
    outcome = child.end()
    assert outcome.done is not None
    return Course(outcome.passed, perf_counter() - child.begun)


def choose_moment(course: Course, luck: random.Random, number: int) -> Moment:
    """Return a moment of a job; as the number grows, each name has its turn."""
    names = sorted(course.passed)
    random.Random(0).shuffle(names)  # noqa: S311 - so that a few are not all of one sort
    name = names[number % len(names)]
    return Moment(name, luck.randint(1, course.passed[name]))


def kill(
    server: Server, course: Course, luck: random.Random, number: int, job: str, **arguments: Any
) -> Outcome:
    """Kill a job, in turn at a named moment and after a while; it may have ended before."""
    if number % 2 == 0:
        moment = choose_moment(course, luck, number // 2)
        return server.do(job, moment=moment, **arguments)
    child = server.start(job, **arguments)
    child.kill_after(luck.random() * course.seconds)
    return child.end()
