"""Capabilities are free words: one spelled two ways silently does nothing."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bingosim.event.checks.context import Context
    from bingosim.event.document import Path

_NEARLY = 0.9
_MOST_PAIRS = 200_000


def check_capability_spelling(context: Context) -> None:
    """Warn about a capability that differs from one in use by a slip of the pen."""
    asked: dict[str, Path] = {}
    for _, source, path in context.sources:
        for number, capability in enumerate(source.requires):
            asked.setdefault(capability, (*path, "requires", number))
        for number, modifier in enumerate(source.modifiers):
            asked.setdefault(modifier.has, (*path, "modifiers", number, "has"))
    owned: dict[str, Path] = {}
    for player, path in context.draft.players:
        for number, capability in enumerate(player.has):
            owned.setdefault(capability, (*path, "has", number))
    if len(owned) * len(asked) > _MOST_PAIRS:
        return
    for capability, place in owned.items():
        if capability not in asked:
            _warn(context, capability, place, asked, "tiles ask for")
    for capability, place in asked.items():
        if capability not in owned:
            shared = [other for other in asked if other in owned]
            _warn(context, capability, place, shared, "nobody has it, players have")


def _warn(
    context: Context, capability: str, place: Path, others: Iterable[str], where: str
) -> None:
    for other in others:
        if _nearly(capability, other):
            message = f"{capability!r} may be a slip: {where} {other!r}"
            context.findings.warning(place, message)
            return


def _nearly(one: str, other: str) -> bool:
    """Whether two words differ by their dots and underscores, or by very few letters.

    Their digits must be the same: `slayer.91` and `slayer.93` are meant to differ.
    """
    if [c for c in one if c.isdigit()] != [c for c in other if c.isdigit()]:
        return False
    if abs(len(one) - len(other)) > 2:
        return False
    plain, other_plain = ("".join(c for c in word if c.isalnum()) for word in (one, other))
    return plain == other_plain or SequenceMatcher(None, plain, other_plain).ratio() >= _NEARLY
