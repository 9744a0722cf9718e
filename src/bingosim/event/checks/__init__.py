"""Checks over more than one piece of an event; each adds what it finds, with its place.

They run over the valid pieces only, and say nothing about what a broken piece may have meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.event.checks.board import BOARD_CHECKS
from bingosim.event.checks.capabilities import check_capability_spelling
from bingosim.event.checks.context import Context
from bingosim.event.checks.names import NAME_CHECKS
from bingosim.event.checks.numbers import NUMBER_CHECKS
from bingosim.event.checks.players import PLAYER_CHECKS
from bingosim.event.checks.reach import check_who_can_do_what
from bingosim.event.checks.teams import TEAM_CHECKS

if TYPE_CHECKING:
    from bingosim.event.draft import Draft
    from bingosim.event.findings import Findings

__all__ = ["run_checks"]

_CHECKS = (
    *NAME_CHECKS,
    *BOARD_CHECKS,
    *NUMBER_CHECKS,
    *PLAYER_CHECKS,
    *TEAM_CHECKS,
    check_capability_spelling,
    check_who_can_do_what,
)


def run_checks(draft: Draft, findings: Findings) -> None:
    """Run every check over the valid pieces of an event."""
    context = Context(draft, findings)
    for check in _CHECKS:
        check(context)
