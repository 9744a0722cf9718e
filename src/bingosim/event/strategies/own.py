"""A user's own strategy: found, imported, and its parameters read from its signature.

An event names it as `module:function`, the module being looked for in the current directory first
and then wherever Python looks; or by a name that an installed package has registered as an entry
point of the group `bingosim.strategies`. To see what it takes is to import it, which runs its code.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, Strict, ValidationError, create_model

from bingosim.errors import InputError, nearest
from bingosim.event.quantities import shown
from bingosim.event.strategies.strategy import Strategy, StrategyParams
from bingosim.event.words import explained, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

GROUP = "bingosim.strategies"
"""The group of entry points under which a package registers its strategies."""

_REFUSED: ContextVar[str | None] = ContextVar("why no module may be named", default=None)
"""Of a request, or of whatever else has a context of its own."""

_EXPECTED = "def {name}(team, standing, player), and after a * the parameters it takes, if any"


def _number(value: Any) -> float:
    if isinstance(value, (int, float, Decimal, str)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = float("nan")
        if isfinite(number):
            return number
    raise ValueError(f"expected a number, got {shown(value)}")


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    raise ValueError(f"expected a whole number of 64 bits, got {shown(value)}")


_KINDS = {
    int: Annotated[int, BeforeValidator(_whole)],
    # As text in a snapshot, which holds no floats; `repr` reads back as the same number.
    float: Annotated[float, BeforeValidator(_number), PlainSerializer(repr, return_type=str)],
    bool: Annotated[bool, Strict()],
}
"""What a parameter may be annotated as -> how the event file's value is checked."""


def registered() -> list[str]:
    """Return the names that installed packages have registered."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def is_own(name: str) -> bool:
    """Whether a name that is not built in is one that a user's strategy can have."""
    return ":" in name or bool(entry_points(group=GROUP, name=name))


@contextmanager
def modules_refused(reason: str) -> Iterator[None]:
    """Refuse events that name a module for a time: to import one is to run its code.

    Names that packages have registered are taken: who installed those meant them to be used.

    Args:
        reason: Goes into the message, after the strategy's name.
    """
    token = _REFUSED.set(reason)
    try:
        yield
    finally:
        _REFUSED.reset(token)


def check_named(name: str) -> None:
    """Refuse what an event may not name here.

    Raises:
        InputError: It names a module, and those are refused.
    """
    reason = _REFUSED.get()
    if reason is not None and ":" in name and name not in registered():
        raise InputError(f"the strategy {name!r} is not taken: {reason}")


def load_own(name: str) -> Strategy:
    """Import a user's strategy by its name.

    Raises:
        InputError: It cannot be imported, or is no strategy; the message says what was expected.
    """
    homes = {entry.value for entry in entry_points(group=GROUP, name=name)} or {name}
    if len(homes) > 1:
        raise InputError(f"the strategy {name!r} is registered twice: {listed(sorted(homes))}")
    (home,) = homes
    try:
        return _strategy(name, home)
    except InputError as error:
        raise InputError(f"the strategy {name!r} cannot be used: {error}") from None


def _strategy(name: str, home: str) -> Strategy:
    function = _find(home)
    lines = (inspect.getdoc(function) or "a strategy of one's own").splitlines()
    return Strategy(
        name=name,
        summary=lines[0].rstrip("."),
        home=home,
        params=_params(function),
        ranks_each_player=True,  # nobody knows what it looks at
        source_sha256=_source_sha256(function),
    )


# -- found ---------------------------------------------------------------------------------------


def _find(home: str) -> Callable[..., None]:
    """Import a function; a compiled one is taken for the function it was made of."""
    module_name, _, name = home.partition(":")
    if not all(part.isidentifier() for part in (*module_name.split("."), name)):
        raise InputError("expected module:function, such as my_module:my_strategy")
    module = _import(module_name)
    found = getattr(module, name, None)
    function: Any = getattr(found, "py_func", found)
    if function is None:
        functions = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        raise InputError(f"the module {module_name} has no {name!r}{nearest(name, functions)}")
    if not inspect.isfunction(function):
        raise InputError(f"{name} is no function: expected {_EXPECTED.format(name=name)}")
    return function


def _import(name: str) -> ModuleType:
    try:
        with _current_directory_first():
            return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise InputError(f"importing {name} failed: {error}") from None
        raise InputError(
            f"there is no module {error.name!r} in the current directory or where Python looks"
        ) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's module does
        reason = str(error).partition("\n")[0]
        raise InputError(f"importing {name} failed: {type(error).__name__}: {reason}") from None


@contextmanager
def _current_directory_first() -> Iterator[None]:
    """Look for modules in the current directory too, as `python script.py` does beside a script."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


@cache  # of a function: what it was made of is what the file said when it was imported
def _source_sha256(function: Callable[..., None]) -> str:
    try:
        return hashlib.sha256(Path(inspect.getfile(function)).read_bytes()).hexdigest()
    except (OSError, TypeError):
        raise InputError("its source cannot be read: expected a function in a file") from None


# -- its parameters ------------------------------------------------------------------------------


def _params(function: Callable[..., None]) -> type[StrategyParams]:
    """Return what the function takes after team, standing and player, as a type to check with."""
    name = function.__name__
    try:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    except Exception as error:  # noqa: BLE001 - an annotation is any expression
        raise InputError(f"the annotations of {name} cannot be read: {error}") from None
    given, own = parameters[:3], parameters[3:]
    if [p.kind for p in given] != [inspect.Parameter.POSITIONAL_OR_KEYWORD] * 3 or not all(
        p.kind is inspect.Parameter.KEYWORD_ONLY for p in own
    ):
        raise InputError(f"expected {_EXPECTED.format(name=name)}")
    fields = {parameter.name: _field(parameter) for parameter in own}
    params = create_model(f"{name} params", __base__=StrategyParams, **fields)  # type: ignore[call-overload]
    try:
        params()
    except ValidationError as error:
        ((path, message), *_) = explained(error, params, {p.name: p.default for p in own})
        raise InputError(f"the default of the parameter {path[0]!r}: {message}") from None
    return params


def _field(parameter: inspect.Parameter) -> tuple[Any, Any]:
    name = parameter.name
    if name in StrategyParams.model_fields:
        raise InputError(f"every strategy takes {name} already: call the parameter otherwise")
    if name.startswith("_") or hasattr(StrategyParams, name):
        raise InputError(f"a parameter cannot be called {name!r}: call it otherwise")
    if parameter.annotation not in _KINDS or parameter.default is inspect.Parameter.empty:
        raise InputError(
            f"expected the parameter {name!r} as `{name}: float = 1.0`: "
            "annotated as int, float or bool, and with a default"
        )
    return _KINDS[parameter.annotation], Field(default=parameter.default, validate_default=True)
