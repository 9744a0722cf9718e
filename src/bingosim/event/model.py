"""The domain: frozen, validated types that say what an event is.

The shapes are those of the event file (`file.py` adds names, lines and the checks that need more
than one object); `snapshot.py` reuses `Board` and `Activity` in frozen, resolved events. All
numbers are exact: integers and fractions, never floats. What is only unfinished (a tile without a
source, a team without players) is well-formed: the checks report it.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from bingosim.event.fields import (
    LONGEST_ATTEMPT_S,
    LONGEST_EVENT_S,
    LONGEST_SAMPLE_S,
    MOST_IN_GROUP,
    MOST_MODIFIERS,
    MOST_NEED,
    MOST_ROLLS,
    MOST_SESSIONS,
    Days,
    GroupSizes,
    Key,
    LocalTime,
    Name,
    Points,
    QuantityByDrop,
    Session,
    TileKeys,
    UnitsByDrop,
    Whole,
    Zone,
)
from bingosim.event.quantities import Attendance, Chance, Duration, Multiplier, Spread


class Model(BaseModel):
    """Frozen and closed: an unknown key is an error, and nothing changes after validation."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, validate_default=False
    )


class Modifier(Model):
    """What a capability changes at one source: multipliers for who has it.

    Attributes:
        has: The capability.
        time: Multiplies the time of an attempt; 0.9 is a tenth faster.
        chance: Multiplies the chances of the drops that the source accepts.
    """

    has: Key
    time: Multiplier = Field(default=1, validate_default=True)
    chance: Multiplier = Field(default=1, validate_default=True)


class Source(Model):
    """One way to make progress on a tile.

    Attributes:
        activity: Key of what is done.
        accepts: Drop key -> units that one dropped item is worth for this tile.
        requires: Capabilities a player must have to work here (not to receive a drop).
        modifiers: What capabilities change; those of a group's members are united and multiply.
    """

    activity: Key
    accepts: UnitsByDrop
    requires: tuple[Key, ...] = ()
    modifiers: tuple[Modifier, ...] = Field(default=(), max_length=MOST_MODIFIERS)


class Tile(Model):
    """A square of the board: complete when `need` units have been granted to it.

    Attributes:
        key: The name by which the file speaks of it; unique on the board.
        name: What people read; the key where it is not given.
        points: What it is worth.
        need: Units it takes.
        each: The most units that count from one drop key; 1 asks for different ones.
        sources: The ways to make progress.
    """

    key: Key
    name: Name = ""
    points: Points
    need: Annotated[Whole, Field(ge=1, le=MOST_NEED)] = 1
    each: Annotated[Whole, Field(ge=1, le=MOST_NEED)] | None = None
    sources: tuple[Source, ...] = Field(alias="from", json_schema_extra={"minItems": 1})

    @model_validator(mode="after")
    def _name_defaults_to_key(self) -> Self:
        if not self.name:
            object.__setattr__(self, "name", self.key)
        return self


class Bonus(Model):
    """Extra points, paid at the moment the last of its tiles is completed.

    Attributes:
        name: What people read; unique.
        tiles: Keys of its tiles; `all` is the whole card.
        points: What it pays.
    """

    name: Name
    tiles: TileKeys
    points: Points


class BonusLines(Model):
    """The short form of a grid's bonuses.

    Attributes:
        lines: What every row and column pays, and both diagonals of a square.
    """

    lines: Points


class BoardHead(Model):
    """What a board says about itself; its rows and bonuses are validated one by one."""

    kind: Literal["rows", "grid"]
    unlock_points: Annotated[Whole, Field(ge=0, le=10**9)] = 5
    rows: Any = None
    bonuses: Any = None
    lines: Points | None = None


class Board(Model):
    """Tiles in rows, and bonuses over sets of tiles.

    On a `rows` board row r opens once completed tiles of row r-1 are worth `unlock_points`; on a
    `grid` everything is open.

    Attributes:
        kind: `rows` or `grid`.
        unlock_points: What completed tiles of a row must be worth to open the next; rows only.
        rows: The tiles, row by row; a grid's too.
        bonuses: Sets of tiles that pay extra; the short forms of a file are written out here.
    """

    kind: Literal["rows", "grid"]
    unlock_points: Annotated[Whole, Field(ge=0, le=10**9)] = 5
    rows: tuple[tuple[Tile, ...], ...]
    bonuses: tuple[Bonus, ...] = ()

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """All tiles, row by row: the order in which arrays and results number them."""
        return tuple(tile for row in self.rows for tile in row)

    @property
    def everything_open(self) -> bool:
        """Whether no row ever has to be unlocked."""
        return self.kind == "grid" or self.unlock_points == 0


class Group(Model):
    """How many players do an activity together.

    Attributes:
        solo: Whether one player may do it alone.
        min: Least size of a group; 1 only where solo is allowed.
        want: Size from which a group starts without waiting; `min` where it is not given.
        max: Greatest size.
        max_wait: Seconds that a player waits for team-mates, counted from first choosing it.
    """

    solo: Annotated[bool, Strict()] = True
    min: Annotated[Whole, Field(ge=1, le=MOST_IN_GROUP)] = 1
    want: Annotated[Whole, Field(ge=1, le=MOST_IN_GROUP)] = 0
    max: Annotated[Whole, Field(ge=1, le=MOST_IN_GROUP)] = 1
    max_wait: Annotated[Duration, Field(ge=1, le=86_400)] = 600

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        filled = dict(data)
        solo = filled.setdefault("solo", False)
        least = filled.setdefault("min", 1 if solo is True else 2)
        filled.setdefault("want", least)
        filled.setdefault("max", least)
        return filled

    @model_validator(mode="after")
    def _sizes_in_order(self) -> Self:
        if not self.min <= self.want <= self.max:
            raise ValueError(
                f"expected min <= want <= max, got min {self.min}, want {self.want}, max {self.max}"
            )
        if not self.solo and self.min == 1:
            raise ValueError("a group of min 1 is a solo player: expected solo: true or min: 2")
        return self

    def allows(self, size: int) -> bool:
        """Whether so many players may start (or go on) together."""
        return self.min <= size <= self.max or (size == 1 and self.solo)


SOLO = Group(solo=True, min=1, want=1, max=1)


class TimeModel(Model):
    """How long one attempt takes for a player of speed 1.

    Attributes:
        seconds: Baseline; one with decimals is sampled around the nearest whole second.
        spread: Half width (uniform) or standard deviation (normal), in seconds.
        law: `uniform`: every whole second of baseline +- spread is equally likely. `normal`:
            rounded normal, values below 1 become 1. `fixed`: always the nearest whole second.
    """

    seconds: Annotated[Multiplier, Field(le=LONGEST_ATTEMPT_S)]
    spread: Spread = Field(default=0, validate_default=True)
    law: Literal["uniform", "normal", "fixed"] = "fixed"

    @model_validator(mode="before")
    @classmethod
    def _law_from_spread(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "law" not in data and "spread" in data:
            return {**data, "law": "uniform"}
        return data

    @model_validator(mode="after")
    def _spread_fits(self) -> Self:
        if self.law == "fixed" and self.spread:
            raise ValueError("a fixed time has no spread: expected law uniform or normal")
        if self.law == "uniform":
            if self.spread.denominator != 1:
                raise ValueError("a uniform time's spread is a whole number of seconds")
            if self.spread >= self.seconds_rounded:
                raise ValueError("a uniform time's spread must be smaller than its seconds")
        if self.law == "normal" and not 0 < self.spread <= self.seconds:
            raise ValueError("a normal time's spread must be above 0 and at most its seconds")
        if self.longest_sample > LONGEST_SAMPLE_S:
            raise ValueError(f"an attempt could take longer than {LONGEST_SAMPLE_S} seconds")
        return self

    @property
    def seconds_rounded(self) -> int:
        """The whole second around which attempts are sampled; halves go up, never below 1."""
        return max(1, floor(self.seconds + Fraction(1, 2)))

    @property
    def longest_sample(self) -> int:
        """An upper bound of the sampled seconds (a normal draw never lies beyond 9 spreads)."""
        reach = 9 if self.law == "normal" else 1
        return self.seconds_rounded + ceil(reach * self.spread)


class Band(Model):
    """A range of group sizes and what it changes.

    Attributes:
        sizes: One size or a range such as 2-4.
        time: Multiplies the time of an attempt.
        chance: Multiplies the chances of the drops that a source accepts.
    """

    sizes: GroupSizes
    time: Multiplier = Field(default=1, validate_default=True)
    chance: Multiplier = Field(default=1, validate_default=True)


class Outcome(Model):
    """One way a roll can end.

    Attributes:
        chance: Its chance in one roll.
        gives: What it drops: drop key -> how many, such as 3 or 50-100.
    """

    chance: Chance
    gives: QuantityByDrop


class LootLine(Model):
    """Outcomes that exclude each other within one roll; the rest of 1 is "nothing".

    Attributes:
        per: `player`: each member of the group rolls. `group`: one roll for the group.
        rolls: Rolls per completion.
        drops: The outcomes.
    """

    per: Literal["player", "group"] = "player"
    rolls: Annotated[Whole, Field(ge=1, le=MOST_ROLLS)] = 1
    drops: tuple[Outcome, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _chances_fit(self) -> Self:
        total = sum(outcome.chance for outcome in self.drops)
        if total > 1:
            raise ValueError(
                f"the chances of one roll add up to {float(total):.6g}, more than 1: drops that "
                "can come together belong on loot lines of their own"
            )
        return self


class Activity(Model):
    """Something a player does over and over: a boss, a raid, a minigame, a skilling method.

    Attributes:
        key: Its stable name, such as boss.vorkath.
        name: What people read; the key where it is not given.
        group: How many do it together; solo only where it is not given.
        time: How long one attempt takes.
        bands: What the size of the group changes; sizes in no band change nothing.
        loot: What a completion rolls.
        requires: What the game asks for, as a hint to planners; it binds nobody until a tile's
            source repeats it.
    """

    key: Key
    name: Name = ""
    group: Group = SOLO
    time: TimeModel
    bands: tuple[Band, ...] = ()
    loot: tuple[LootLine, ...] = Field(min_length=1)
    requires: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.name:
            object.__setattr__(self, "name", self.key)
        covered: set[int] = set()
        for band in self.bands:
            sizes = set(range(band.sizes.low, band.sizes.high + 1))
            if covered & sizes:
                raise ValueError(f"bands overlap at size {min(covered & sizes)}")
            covered |= sizes
        return self

    @property
    def drop_keys(self) -> frozenset[str]:
        """Every drop key that the activity can give."""
        return frozenset(
            key for line in self.loot for outcome in line.drops for key in outcome.gives
        )

    def band(self, size: int) -> Band | None:
        """Return the band of a group size; None where no band covers it (multipliers 1)."""
        return next((b for b in self.bands if b.sizes.low <= size <= b.sizes.high), None)


class Player(Model):
    """Who plays: how fast, with which capabilities, and when.

    Attributes:
        name: Unique within the event.
        speed: Time multiplier; 1 is an activity's baseline, 1.5 half as slow again.
        speeds: Activity key -> multiplier that replaces `speed` there.
        has: Capabilities.
        attends: Chance that a session takes place, drawn once per run and session.
        timezone: IANA name of the zone of `plays` and `away`; None is the event's.
        plays: Weekly sessions such as `mon-fri 18:00 3h`; none = always online.
        away: Dates (`2026-12-07`) or ranges of dates (`2026-12-07..2026-12-09`) off.
    """

    name: Name
    speed: Multiplier = Field(default=1, validate_default=True)
    speeds: Mapping[Key, Multiplier] = {}
    has: tuple[Key, ...] = ()
    attends: Attendance = Field(default=1, validate_default=True)
    timezone: Zone | None = None
    plays: tuple[Session, ...] = Field(default=(), max_length=MOST_SESSIONS)
    away: tuple[Days, ...] = ()


class Team(Model):
    """Players in order, and the strategy they follow.

    Attributes:
        name: Unique within the event.
        strategy: Name of the strategy.
        params: The strategy's parameters, such as max_players.
        players: Names of its players; their order settles ties.
    """

    name: Name
    strategy: str = "greedy"
    params: Mapping[str, Any] = {}
    players: tuple[Name, ...] = Field(json_schema_extra={"minItems": 1})


class Header(Model):
    """Name and time of an event.

    Attributes:
        name: What people read.
        start: Local date and time.
        timezone: The zone of `start`, and of players who name none.
        duration: How long it lasts; a day is 24 hours.
    """

    name: Name
    start: LocalTime
    timezone: Zone
    duration: Annotated[Duration, Field(ge=1, le=LONGEST_EVENT_S)]


class Event(Model):
    """A whole event file: the board, what can be done, who plays, and in which teams.

    Attributes:
        version: The version of the file format: 1.
        header: Name and time.
        board: The tiles.
        activities: Adds to the catalog, or replaces an entry of the same key.
        players: Everyone who plays.
        teams: Who plays together.
    """

    version: Literal[1] = Field(alias="bingosim")
    header: Header = Field(alias="event")
    board: Board
    activities: tuple[Activity, ...] = ()
    players: tuple[Player, ...] = ()
    teams: tuple[Team, ...] = ()
