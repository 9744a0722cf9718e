"""The strategies that come with BingoSim."""

from pydantic import Field

from bingosim.event.fields import Key
from bingosim.event.strategies.strategy import Strategy, StrategyParams


class TileOrderParams(StrategyParams):
    """What `tile-order` takes.

    Attributes:
        tiles: Keys of tiles in the order to do them; what is not listed follows greedily.
    """

    tiles: tuple[Key, ...] = Field(
        default=(), description="Keys of tiles in the order to do them; the rest follows greedily."
    )


def _home(name: str) -> str:
    return f"bingosim.engine.strategies.{name}:score_{name}"


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("greedy", "most points first, then the least work", _home("greedy")),
        Strategy(
            "balanced",
            "most points per hour of the player's own work",
            _home("balanced"),
            ranks_each_player=True,
        ),
        Strategy(
            "row-unlocking",
            "whatever opens the next row with the least work",
            _home("row_unlocking"),
        ),
        Strategy(
            "combo-unlocking",
            "row-unlocking that saves activities needed again later",
            _home("combo_unlocking"),
        ),
        Strategy(
            "lines", "greedy, with each tile's share of the bonuses still open", _home("lines")
        ),
        Strategy(
            "look-ahead",
            "points, bonuses and the next row, each player where they shine, short tiles first",
            _home("look_ahead"),
            ranks_each_player=True,
        ),
        Strategy(
            "tile-order",
            "the team's own list of tiles, the rest greedily",
            _home("tile_order"),
            TileOrderParams,
        ),
    )
}
"""Strategy name -> strategy."""
