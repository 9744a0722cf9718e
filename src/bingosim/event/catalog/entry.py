"""One entry of the catalog: an activity as event files write it, and where its figures are from."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic resolves it
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from bingosim.event.catalog.sources import SourceCode  # noqa: TC001 - pydantic resolves it
from bingosim.event.model import Activity, Model
from bingosim.event.quantities import shown

Category = Literal["boss", "raid", "minigame", "clue", "slayer", "monster", "sailing", "activity"]
Confidence = Literal["high", "medium", "low"]

# What a figure can be about besides a drop key of its activity.
TIME, SPREAD, GROUP, BANDS = "time", "spread", "group", "bands"
# Drops that count completions: true by definition, so no figure speaks of them.
COUNTERS = frozenset({"kill", "completion"})


def parse_rate(value: Any) -> Fraction:
    """Return an exact positive number from `1/512`, `1/181.1`, `31/19200`, 105.9 or `2.4`.

    Unlike a chance it may exceed 1: it is seconds, or drops expected per completion.
    """
    above, _, below = str(value).partition("/")
    try:
        rate = Fraction(above) / Fraction(below or 1)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate <= 0:
        raise ValueError(f"expected a number above 0 such as 1/512 or 105.9, got {shown(value)}")
    return rate


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Rate = Annotated[Fraction, BeforeValidator(parse_rate), PlainSerializer(str, return_type=str)]


class Figure(Model):
    """Where one or more figures of an activity come from, and how sure they are.

    Attributes:
        of: `time`, `spread`, `group`, `bands`, or drop keys (their chance per completion).
        source: Code of the source that the activity's figure follows.
        confidence: `high`: independent sources agree. `medium`: one good source, or sources
            that differ for a known reason. `low`: a single weak source, or an estimate.
        agree: Other sources within 3 % of it.
        others: Sources that differ, and what they say: seconds for `time`, drops expected per
            completion for a drop key, each in the scope (`per`) of the activity's loot line.
        why: Why the figure was chosen; always there where `others` is.
        quantity: Source of the drop's quantity, where that is not 1.
    """

    of: Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
    source: SourceCode
    confidence: Confidence
    agree: tuple[SourceCode, ...] = ()
    others: Mapping[SourceCode, Rate] = {}
    why: str = ""
    quantity: SourceCode | None = None

    @model_validator(mode="after")
    def _disagreement_explained(self) -> Figure:
        if self.others and not self.why:
            raise ValueError(f"sources disagree on {', '.join(self.of)}: expected a why")
        return self


class CatalogEntry(Model):
    """An activity of the catalog with its provenance.

    Attributes:
        category: What kind of content it is.
        activity: Exactly what an event file's `activities:` may hold.
        figures: Provenance, complete: the time, its spread, group, bands and every drop.
        note: What a planner should know: the unit, what is left out.
    """

    category: Category
    activity: Activity
    figures: tuple[Figure, ...]
    note: str = ""

    @model_validator(mode="after")
    def _every_figure_has_a_source(self) -> CatalogEntry:
        told = [name for figure in self.figures for name in figure.of]
        expected = {TIME, SPREAD} | (self.activity.drop_keys - COUNTERS)
        expected |= {GROUP} if self.activity.group.max > 1 else set()
        expected |= {BANDS} if self.activity.bands else set()
        if len(told) != len(set(told)) or set(told) != expected:
            wrong = sorted(set(told) ^ expected) or sorted({n for n in told if told.count(n) > 1})
            raise ValueError(f"expected one figure each, check {', '.join(wrong)}")
        return self

    @property
    def key(self) -> str:
        """The activity's key."""
        return self.activity.key

    @cached_property
    def figure_of(self) -> Mapping[str, Figure]:
        """`time`, `spread`, `group`, `bands` or a drop key -> its figure."""
        return {name: figure for figure in self.figures for name in figure.of}
