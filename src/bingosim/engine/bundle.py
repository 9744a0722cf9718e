"""Bundles: many named arrays handed to kernels as one pointer.

A kernel that takes a hundred arrays as a tuple takes them by value: every call copies them, and
compiling takes minutes. A bundle is a table of addresses and lengths, and a kernel gets the address
of the table; `team.tile_points` in a kernel is then a one-dimensional array made on the spot from
two loads, which the compiler may keep in registers, since a table never changes.

A bundle's class is declared like a NamedTuple; each field is a contiguous one-dimensional array,
an integer scalar, or another bundle.
"""

from __future__ import annotations

from operator import index
from typing import Any, ClassVar, get_args, get_type_hints

import numpy as np
from llvmlite import ir
from numba import from_dtype
from numba.core import types
from numba.core.imputils import impl_ret_borrowed, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np import arrayobj
from numba.np.numpy_support import as_dtype

_WORD = 8


class Bundle:
    """Base of all bundles: holds the arrays for Python, and the table for kernels.

    Subclasses annotate their fields: `NDArray[dtype]`, `int` (int64 in kernels), `np.uint64`, or a
    bundle. A field is looked at once, when the bundle is made: its array may be written to, but
    never be exchanged.
    """

    __slots__ = ("__dict__", "_table")
    numba_type: ClassVar[BundleType]

    def __init_subclass__(cls) -> None:
        hints = get_type_hints(cls)
        hints.pop("numba_type")
        cls.numba_type = BundleType(cls.__name__, {n: _field_type(h) for n, h in hints.items()})

    def __init__(self, **values: Any) -> None:
        expected = self.numba_type.fields
        if values.keys() != expected.keys():
            wrong = sorted(values.keys() ^ expected.keys())
            raise TypeError(f"{type(self).__name__}: missing or unknown fields {', '.join(wrong)}")
        self.__dict__.update(values)
        words = [_words(name, values[name], field) for name, field in expected.items()]
        self._table = np.array(words, np.uint64).reshape(-1)

    @property
    def table_address(self) -> int:
        """Where kernels find the table."""
        return self._table.ctypes.data


def _words(name: str, value: Any, field: Any) -> tuple[int, int]:
    """Return what the table holds of a field: address and length, or the number itself."""
    if isinstance(field, BundleType):
        if not isinstance(value, Bundle) or value.numba_type is not field:
            raise TypeError(f"{name}: expected a bundle {field}")
        return value.table_address, 0
    if isinstance(field, types.Array):
        if (
            not isinstance(value, np.ndarray)
            or value.dtype != as_dtype(field.dtype)
            or value.ndim != 1
            or not value.flags.c_contiguous
        ):
            raise TypeError(f"{name}: expected a contiguous {field}")
        return value.ctypes.data, len(value)
    number = index(value)
    if not -(2**63) <= number < 2**64:
        raise TypeError(f"{name}: expected a number of 64 bits")
    return number % 2**64, 0


class BundleType(types.Type):
    """What numba knows of a bundle: the names and types of its fields, in order."""

    def __init__(self, name: str, fields: dict[str, Any]) -> None:
        super().__init__(name=f"{name}({', '.join(f'{n}: {t}' for n, t in fields.items())})")
        self.fields = fields
        self.place = {field: 2 * i for i, field in enumerate(fields)}


def _field_type(hint: Any) -> Any:
    if hint is int:
        return types.int64
    if hint is np.uint64:
        return types.uint64
    if isinstance(hint, type) and issubclass(hint, Bundle):
        return hint.numba_type
    (dtype,) = get_args(get_args(hint)[1])  # of ndarray[shape, dtype[number]]
    return types.Array(from_dtype(np.dtype(dtype)), 1, "C")


register_model(BundleType)(models.OpaqueModel)


@typeof_impl.register(Bundle)
def _typeof(value: Bundle, _: Any) -> BundleType:
    return value.numba_type


@unbox(BundleType)
def _unbox(_: Any, value: Any, context: Any) -> NativeValue:
    address = context.pyapi.object_getattr_string(value, "table_address")
    number = context.pyapi.long_as_ulonglong(address)
    context.pyapi.decref(address)
    return NativeValue(context.builder.inttoptr(number, ir.IntType(8).as_pointer()))


@infer_getattr
class _BundleAttribute(AttributeTemplate):  # type: ignore[misc]
    key = BundleType

    def generic_resolve(self, bundle: BundleType, name: str) -> Any:
        return bundle.fields.get(name)


@lower_getattr_generic(BundleType)
def _get_field(context: Any, builder: Any, bundle: BundleType, pointer: Any, name: str) -> Any:
    field = bundle.fields[name]
    words = builder.bitcast(pointer, ir.IntType(64).as_pointer())

    def word(offset: int) -> Any:
        place = ir.Constant(ir.IntType(64), bundle.place[name] + offset)
        loaded = builder.load(builder.gep(words, [place]))
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    if isinstance(field, BundleType):
        return builder.inttoptr(word(0), ir.IntType(8).as_pointer())
    if not isinstance(field, types.Array):
        return word(0)
    array = arrayobj.make_array(field)(context, builder)
    itemsize = context.get_constant(types.intp, context.get_abi_sizeof(array.data.type.pointee))
    arrayobj.populate_array(
        array,
        data=builder.inttoptr(word(0), array.data.type),
        shape=[word(1)],
        strides=[itemsize],
        itemsize=itemsize,
        meminfo=None,
    )
    value = array._getvalue()  # noqa: SLF001 - numba's own way to say it
    return impl_ret_borrowed(context, builder, field, value)
