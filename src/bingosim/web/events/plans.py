"""Events as pages need them: put together, checked, ready to be estimated; kept while they last."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from bingosim.event.model import Header
from bingosim.event.quantities import format_duration
from bingosim.library.assemble import Checked, Whole, load
from bingosim.web.events.hours import Workload
from bingosim.web.events.places import Remark, remarks

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.library.plain import Document
    from bingosim.storage.database import Database

KEPT = 32


@dataclass(frozen=True)
class Plan:
    """An event as it is at one moment, and what was found out about that.

    Attributes:
        whole: It, with all that it uses.
    """

    whole: Whole

    @property
    def document(self) -> Document:
        """The event's own document."""
        return self.whole.event.document

    @property
    def base(self) -> str:
        """The path of its pages."""
        return f"/events/{self.whole.event.id}"

    @property
    def time(self) -> str:
        """When it is, in words."""
        header = Header.model_validate(self.document["event"])
        length = format_duration(header.duration)
        return f"{length} from {header.start:%Y-%m-%d %H:%M}, {header.timezone}"

    @property
    def capabilities(self) -> list[str]:
        """What its players have and its tiles ask for, to be chosen from."""
        had = {word for player in self.whole.players for word in player.document.get("has") or ()}
        sources = [source for tile in self.load.tiles.values() for source in tile.sources]
        asked = {word for source in sources for word in source.requires}
        return sorted(had | asked)

    @cached_property
    def checked(self) -> Checked:
        """What is wrong with it."""
        return self.whole.check()

    @cached_property
    def remarks(self) -> tuple[Remark, ...]:
        """The same, each with the way to where it can be mended."""
        return remarks(self.whole, self.checked)

    @cached_property
    def load(self) -> Workload:
        """The work in its tiles, to be estimated."""
        return Workload(self.whole)


@dataclass(slots=True)
class Plans:
    """Reads events; what was found out about one is found out once.

    Attributes:
        database: Where they are.
    """

    database: Database
    _kept: OrderedDict[tuple[UUID, str], Plan] = field(default_factory=OrderedDict)
    _keeping: Lock = field(default_factory=Lock)

    def read(self, event: UUID) -> Plan:
        """Return an event.

        Raises:
            MissingError: It is not there.
        """
        whole = load(self.database, event)
        with self._keeping:
            key = (event, whole.versions)
            plan = self._kept.setdefault(key, Plan(whole))
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return plan
