"""A user's own strategy: compiled, and listened to when it fails in the middle of a run."""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Any

from bingosim.engine.arrays import CompiledTeam
from bingosim.engine.strategies import address_of, own_kernel
from bingosim.errors import InputError

if TYPE_CHECKING:
    from bingosim.engine.state import State
    from bingosim.event.snapshot import SnapshotTeam
    from bingosim.event.strategies import Strategy

_NATIVE = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 4, ctypes.c_int64)
"""What kernels call at a strategy's address; see `engine.strategies.score`."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FIELDS = re.compile(r"\((\w+: (array\([^()]*\)|\w+)(, )?)+\)")
_NOISE = re.compile(r"Failed in |During: |There are \d+ candidate|- |\^|<source|\(inspect|$")


def compile_own(team: SnapshotTeam, strategy: Strategy) -> Any:
    """Compile a user's strategy with the team's parameters as constants; return the kernel.

    It is the same kernel each time.

    Raises:
        InputError: Numba cannot compile it.
    """
    found = strategy.function()
    params = strategy.own_params(team.params)
    kernel = own_kernel(getattr(found, "py_func", found), **params)
    try:
        address_of(kernel)
    except Exception as error:  # noqa: BLE001 - numba raises many things at what it does not know
        raise wrong(team, f"it cannot be compiled: {_reason(error)}") from None
    return kernel


def _reason(error: Exception) -> str:
    """Return the first of numba's many lines that say something, without the types of bundles."""
    lines = (line.strip() for line in _FIELDS.sub("", _ANSI.sub("", str(error))).splitlines())
    return "; ".join([line for line in lines if not _NOISE.match(line)][:3]) or said(error)


def wrong(team: SnapshotTeam, message: str) -> InputError:
    """Return what to raise where a team's strategy is no good."""
    return InputError(f"team {team.name!r}, strategy {team.strategy}: {message}")


def said(error: Exception) -> str:
    """Return what a strategy raised, in a line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class Overheard:
    """A compiled team whose strategy is called by way of Python, which hears what it raises.

    Kernels see only that a strategy failed. Who wants to know how plays the same run again with
    this team and state.

    Attributes:
        compiled: To be played in place of the one it was made of.
        raised: The first thing that the strategy raised.
    """

    def __init__(self, compiled: CompiledTeam, state: State, kernel: Any) -> None:
        self.raised: Exception | None = None

        def listen(_returned: Any, _raised: Any, _team: Any, _standing: Any, player: int) -> int:
            try:
                kernel(compiled, state.standing, player)
            except Exception as error:  # noqa: BLE001 - whatever a user's function raises
                self.raised = self.raised or error
            return self.raised is not None

        self._listener = _NATIVE(listen)  # kept, since its address dies with it
        address = ctypes.cast(self._listener, ctypes.c_void_p).value
        values = {name: getattr(compiled, name) for name in CompiledTeam.numba_type.fields}
        self.compiled = CompiledTeam(**values | {"strategy": address})
