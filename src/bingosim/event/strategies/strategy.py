"""What is known of a strategy before anybody plays it."""

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

from pydantic import Field

from bingosim.event.fields import Whole
from bingosim.event.model import Model


class StrategyParams(Model):
    """What every strategy takes.

    Attributes:
        max_players: How many players may work on one tile at a time; none: as many as like.
    """

    max_players: Annotated[Whole, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="How many may work on one tile at a time; nothing: all who like."
    )


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy as planners see it, and where its function is found.

    Attributes:
        name: What an event file calls it.
        summary: What it does, in a line.
        home: `module:function`; what such a function is, `bingosim.engine.strategies` says.
        params: What a team's `params` may hold.
        ranks_each_player: Whether players of one team may have different rankings.
        source_sha256: Of a user's own: hex digest of the file its function stands in. None for a
            built-in one, which belongs to the engine's version.
    """

    name: str
    summary: str
    home: str
    params: type[StrategyParams] = StrategyParams
    ranks_each_player: bool = False
    source_sha256: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is a user's own."""
        return self.source_sha256 is not None

    def function(self) -> Any:
        """Import its function; that of a built-in one is a compiled kernel."""
        module, _, name = self.home.partition(":")
        return getattr(import_module(module), name)

    def own_params(self, params: Any) -> dict[str, Any]:
        """Return a team's parameters for the function itself: name -> int, float or bool."""
        checked = self.params.model_validate(params)
        return {
            name: getattr(checked, name)
            for name in self.params.model_fields
            if name not in StrategyParams.model_fields
        }
