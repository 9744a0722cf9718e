"""From what was measured of the pipeline to figures: medians, ratios, and the project's goals."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict

from bingosim.batch.observe import Phase
from bingosim.bench.measure import median_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.bench.modes import Mode
    from bingosim.bench.statements import Statements

Size = Literal["auto"] | int


class Way(NamedTuple):
    """One way to execute batches: results, runs of a message, threads or workers."""

    payloads: str
    size: Size
    hands: int


class Measured(NamedTuple):
    """One batch: seconds from submitting to its end, times and numbers of its parts, bytes."""

    runs: int
    seconds: float
    spent: dict[Phase, float]
    times: dict[Phase, int]
    bytes: int

    @property
    def runs_per_s(self) -> float:
        """Runs a second, from submitting to the end."""
        return self.runs / self.seconds

    def milliseconds(self, phase: Phase) -> float:
        """What a phase of a message took on average."""
        return 1e3 * self.spent[phase] / max(1, self.times[phase])


class Round(NamedTuple):
    """What was measured in turn.

    Attributes:
        executed: A batch of each way.
        alone: Claim and persist by themselves, by payloads and size.
        created: Runs a second created.
        rows: Rows of runs a second that the database takes ready made; None if not measured.
        published: Messages a second from the outbox to the broker; None where there is none.
    """

    executed: dict[Way, Measured]
    alone: dict[tuple[str, int], Statements]
    created: float
    rows: float | None = None
    published: float | None = None


class PipelineSpeed(TypedDict):
    """Batches of one message size on some threads; times in ms are means over messages.

    `to_one` is the ratio of runs/s to that of messages of one run, on the same threads; `hands` are
    threads or workers.
    """

    payloads: str
    message_size: Size
    hands: int
    runs: int
    runs_per_s: float
    to_one: float
    claims: int
    claim_avg_ms: float
    encode_ms: float
    persist_ms: float
    bytes_per_run: float


class Alone(TypedDict):
    """What claim and persist do by themselves, on one connection, with results ready made."""

    payloads: str
    message_size: int
    claim_runs_per_s: float
    persist_runs_per_s: float
    runs_per_s: float


class Goal(TypedDict):
    """A figure, and what the project asks for; its unit is x for a ratio of two of one run."""

    payloads: str
    name: str
    value: float
    unit: str
    goal: float
    met: bool


class PipelineBench(TypedDict):
    """What `bingosim bench pipeline --json` prints, but for what the machine is."""

    mode: str
    hands: str
    event: str
    created_per_s: float
    published_per_s: float | None
    alone: list[Alone]
    speeds: list[PipelineSpeed]
    goals: list[Goal]


ONE, STATEMENTS, BEST = "1 run in a message", "its statements alone", "the best"
"""What messages of a size are compared with."""
LOCAL_GOALS: dict[tuple[Size, str], float] = {(500, ONE): 15, (500, STATEMENTS): 0.5}
DISTRIBUTED_GOALS: dict[tuple[Size, str], float] = {
    (10, STATEMENTS): 0.5,
    (500, STATEMENTS): 0.6,
    ("auto", ONE): 20,
    ("auto", BEST): 0.9,
}
CREATED_GOAL, PUBLISHED_GOAL = 0.6, 2_500.0


def figures_of(
    mode: Mode,
    event: str,
    rounds: Sequence[Round],
    payloads: Sequence[str],
    hands: Sequence[int],
    sizes: Sequence[Size],
) -> PipelineBench:
    """Return the figures of some rounds."""
    ways = [Way(some, size, each) for some in payloads for each in hands for size in sizes]
    published = [one.published for one in rounds if one.published is not None]
    goals = DISTRIBUTED_GOALS if mode.distributed else LOCAL_GOALS
    return {
        "mode": mode.name,
        "hands": mode.hands,
        "event": event,
        "created_per_s": median(one.created for one in rounds),
        "published_per_s": median(published) if published else None,
        "alone": [_alone(*key, rounds) for key in rounds[0].alone],
        "speeds": [_speed(way, rounds) for way in ways],
        "goals": [
            *(
                _goal(
                    some, f"{size} to {what}", _ratio(rounds, some, hands, sizes, size, what), goal
                )
                for some in payloads
                for (size, what), goal in goals.items()
            ),
            *_goals_of_submitting(rounds, published),
        ],
    }


def _speed(way: Way, rounds: Sequence[Round]) -> PipelineSpeed:
    each = [one.executed[way] for one in rounds]
    ones = [one.executed[way._replace(size=1)] for one in rounds]
    return {
        "payloads": way.payloads,
        "message_size": way.size,
        "hands": way.hands,
        "runs": each[0].runs,
        "runs_per_s": median(one.runs_per_s for one in each),
        "to_one": median_ratio([e.runs_per_s for e in each], [o.runs_per_s for o in ones]),
        "claims": each[0].times[Phase.CLAIM],
        "claim_avg_ms": median(one.milliseconds(Phase.CLAIM) for one in each),
        "encode_ms": median(one.milliseconds(Phase.ENCODE) for one in each),
        "persist_ms": median(one.milliseconds(Phase.PERSIST) for one in each),
        "bytes_per_run": median(one.bytes / one.runs for one in each),
    }


def _alone(payloads: str, size: int, rounds: Sequence[Round]) -> Alone:
    each = [one.alone[payloads, size] for one in rounds]
    return {
        "payloads": payloads,
        "message_size": size,
        "claim_runs_per_s": median(1 / one.claim for one in each),
        "persist_runs_per_s": median(1 / one.persist for one in each),
        "runs_per_s": median(1 / one.together for one in each),
    }


def _ratio(
    rounds: Sequence[Round],
    payloads: str,
    hands: Sequence[int],
    sizes: Sequence[Size],
    size: Size,
    what: str,
) -> float:
    """Return what a size's runs/s are to something; of one and two hands the faster ones count."""

    def fastest(size: Size) -> list[float]:
        """Runs/s of the faster number of hands, round by round."""
        return [
            max(one.executed[Way(payloads, size, number)].runs_per_s for number in hands)
            for one in rounds
        ]

    if what == ONE:
        return median_ratio(fastest(size), fastest(1))
    if what == STATEMENTS:
        alone = [1 / one.alone[payloads, int(size)].together for one in rounds]
        return median_ratio(fastest(size), alone)
    # The best size is the one that is best in the median, not in a lucky round.
    return min(median_ratio(fastest(size), fastest(other)) for other in sizes if other != size)


def _goals_of_submitting(rounds: Sequence[Round], published: list[float]) -> list[Goal]:
    goals = []
    rows = [one.rows for one in rounds if one.rows is not None]
    if rows:
        ratio = median_ratio([one.created for one in rounds], rows)
        goals.append(_goal("", "runs created to rows ready made", ratio, CREATED_GOAL))
    if published:
        rate = median(published)
        goals.append(_goal("", "messages published", rate, PUBLISHED_GOAL, unit="/s"))
    return goals


def _goal(payloads: str, name: str, value: float, goal: float, unit: str = "x") -> Goal:
    return {
        "payloads": payloads,
        "name": name,
        "value": value,
        "unit": unit,
        "goal": goal,
        "met": value >= goal,
    }
