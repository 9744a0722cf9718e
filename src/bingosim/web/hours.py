"""Expected hours of work in an event's tiles, the latest kept: each takes a moment."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from bingosim.errors import BingoSimError, InputError
from bingosim.estimates import estimate
from bingosim.event.snapshot import make_snapshot

if TYPE_CHECKING:
    from bingosim.estimates.model import Estimates
    from bingosim.event.model import Event

KEPT = 16
_kept: OrderedDict[str, Estimates] = OrderedDict()
_computing = Lock()
"""One at a time: they take the interpreter from whoever serves pages."""


def hours_of(event: Event) -> Estimates:
    """Return the expected hours of an event that was checked.

    Raises:
        InputError: The event cannot be simulated.
    """
    snapshot = make_snapshot(event)
    with _computing:
        if snapshot.sha256 not in _kept:
            try:
                _kept[snapshot.sha256] = estimate(snapshot)
            except BingoSimError:
                raise
            except Exception as error:
                # A strategy is a user's code, and may fail in any way.
                raise InputError(f"the event cannot be simulated: {error}") from error
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(snapshot.sha256)
        return _kept[snapshot.sha256]
