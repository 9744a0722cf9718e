"""How kernels are compiled, and where the compiled code is kept.

Numba's own cache notices a change of the file that defines a function, not of the functions it
calls. So the cache lies in a directory named after everything that compiled code depends on: the
sources of the engine, and the versions of numba, llvmlite and Python. A changed engine starts with
an empty directory, and two versions side by side never read each other's code.
"""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llvmlite
import numba
import platformdirs
from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import NativeLowering

if TYPE_CHECKING:
    from collections.abc import Callable

ENGINE_DIRECTORY = Path(__file__).parent


@cache
def fingerprint() -> str:
    """Return 16 hex digits that change with the engine's sources and its compiler."""
    digest = hashlib.sha256()
    for part in (numba.__version__, llvmlite.__version__, platform.python_version()):
        digest.update(part.encode())
    for path in sorted(ENGINE_DIRECTORY.rglob("*.py")):
        digest.update(path.relative_to(ENGINE_DIRECTORY).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> Path:
    """Return the directory that holds this engine's compiled code."""
    if numba.config.CACHE_DIR:
        return Path(numba.config.CACHE_DIR)
    return Path(platformdirs.user_cache_dir("bingosim")) / "kernels" / fingerprint()


if not numba.config.CACHE_DIR:
    numba.config.CACHE_DIR = str(cache_directory())


_OPTIONS = {"nogil": True, "error_model": "numpy"}


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, when it first does; it needs no interpreter lock.

    No `fastmath`: every float operation is the IEEE one that is written, so that results are the
    same bits on every host. `error_model="numpy"` spares the check of each division for zero.
    """
    return numba.njit(cache=True, **_OPTIONS)(function)


def part(function: Callable[..., Any]) -> Any:
    """Compile a function that only kernels, and other parts, call.

    Numba would optimise a function, and turn it into machine code, by itself and once more inside
    each of its callers. A part is optimised inside a kernel alone: that halves the compilation.
    """
    return numba.njit(**PART)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function into its callers before these are optimised, for what is small."""
    return numba.njit(inline="always", **_OPTIONS)(function)


class _PartLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Code to be linked into that of its callers, and not to be run by itself."""

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)  # noqa: SLF001
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):  # type: ignore[misc]
    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library = library
        state.flags.no_compile = state.flags.no_cpython_wrapper = True
        state.flags.no_cfunc_wrapper = True
        super().run_pass(state)
        # What numba does for its callers beside the machine code: a name, under which they find it.
        result, no_code = state["cr"], 0
        name = _dynfunc.make_function(
            result.fndesc.lookup_module(), self._name, "", no_code, result.env, (library,)
        )
        state.targetctx.insert_user_function(name, result.fndesc, [library])
        state["cr"] = result._replace(cfunc=name)
        return True


class _PartCompiler(CompilerBase):  # type: ignore[misc]
    def define_pipelines(self) -> list[Any]:
        usual = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes = PassManager("part")
        for step, description in usual.passes:
            passes.add_pass(_PartLowering if step is NativeLowering else step, description)
        passes.finalize()
        return [passes]


PART = {"pipeline_class": _PartCompiler, **_OPTIONS}
"""Options that make a part of what numba compiles."""


@inlined
def fill(array, value):
    """Set every entry (numba's own `array[:] =` compiles the texts of its errors with it)."""
    for i in range(array.size):
        array[i] = value


@inlined
def copy(array, source):
    """Copy every entry of an array of the same size."""
    for i in range(array.size):
        array[i] = source[i]
