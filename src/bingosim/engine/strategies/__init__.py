"""Strategies: each gives every tile a value and a cost.

A ranking is the open, incomplete tiles by value descending, then cost ascending, then key. A
strategy, built in or a user's own, is a function

    score(team, standing, player)

that fills `standing.value` (float64[T], higher comes first) and `standing.cost` (int64[T], lower
comes first among equal values) for a player, or for a grant where `player` is `GRANT`. What it
writes for closed and completed tiles is not looked at. It may look at anything in `team` (a
`CompiledTeam`) and `standing` (a `Standing`), and changes nothing else. What it takes beyond that
are parameters, which become constants of the compiled code.

A kernel that plays runs knows a strategy by its address alone: strategies are compiled apart, each
when a team first asks for it, and a new one costs no compilation of the rest.
"""

from __future__ import annotations

from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import numba
from llvmlite import ir
from numba.core import types
from numba.core.types.misc import Omitted
from numba.extending import intrinsic

from bingosim.engine.arrays import CompiledTeam
from bingosim.engine.strategies.standing import GRANT, Standing

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GRANT", "Standing", "address_of", "own_kernel", "score"]

_SIGNATURE = (CompiledTeam.numba_type, Standing.numba_type, types.int64)


@cache
def own_kernel(function: Callable[..., None], **params: Any) -> Any:
    """Return a user's function as a kernel for whose code the parameters are constants.

    Its indices are checked, since nobody has read it and rankings are made seldom enough. It is not
    kept on disk: numba would not notice a change in what the function calls.
    """
    code: CodeType = function.__code__
    names = code.co_varnames[len(_SIGNATURE) :][: code.co_kwonlyargcount]
    # The same code with keyword-only arguments as plain ones that nobody gives: numba makes
    # constants of defaults.
    baked = FunctionType(
        code.replace(co_argcount=len(_SIGNATURE) + len(names), co_kwonlyargcount=0),
        function.__globals__,
        function.__name__,
        tuple(params[name] for name in names),
        function.__closure__,
    )
    baked.__module__ = function.__module__
    return numba.njit(nogil=True, error_model="numpy", boundscheck=True)(baked)


def address_of(kernel: Any) -> int:
    """Compile a strategy; return the address at which kernels call it, good as long as it lives.

    Raises:
        TypeError: It returns something, for which a caller has no room.
        numba.core.errors.NumbaError: It is beyond what numba compiles.
    """
    defaults = kernel.py_func.__defaults__ or ()
    signature = (*_SIGNATURE, *(Omitted(value) for value in defaults))
    kernel.compile(signature)
    compiled = kernel.overloads[signature]
    if compiled.signature.return_type != types.none:
        raise TypeError("expected a function that returns nothing")
    return int(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))


def _score(_: Any, address: Any, team: Any, standing: Any, player: Any) -> Any:
    """Call the strategy at an address; return whether it raised: score(address, team, ...).

    What lies there is native code as numba makes it: a status (0: all is well) comes back, and
    two places are handed over, for the value returned and for what was raised.
    """

    def call(_context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        pointer, status = ir.IntType(8).as_pointer(), ir.IntType(32)
        signature = [pointer.as_pointer()] * 2 + [pointer, pointer, ir.IntType(64)]
        function = builder.inttoptr(arguments[0], ir.FunctionType(status, signature).as_pointer())
        with builder.goto_entry_block():
            places = [builder.alloca(pointer) for _ in range(2)]
        returned = builder.call(function, [*places, *arguments[1:]])
        return builder.icmp_signed("!=", returned, status(0))

    return types.boolean(address, team, standing, types.int64), call


score: Any = intrinsic(_score)
