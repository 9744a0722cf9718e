"""Bundles: many named arrays handed to kernels as one pointer.

A kernel that takes a hundred arrays as a tuple takes them by value: every call copies them, and
compiling takes minutes. A bundle is a table of addresses and lengths, and a kernel gets the address
of the table; `team.tile_points` in a kernel is then an address and a length made on the spot from
two loads, which the compiler may keep in registers, since a table never changes.

In kernels a field is no numpy array but the least that can be indexed: `field[i]`, `field[i] = x`
and `field.size`, i from 0 to size - 1 and never negative. An index is one address computation, and
the compiler is told that no two fields share memory. With NUMBA_BOUNDSCHECK=1 every index is
checked.

A bundle's class is declared like a NamedTuple; each field is a contiguous one-dimensional array,
an integer scalar, or another bundle.
"""

from __future__ import annotations

import operator
from typing import Any, ClassVar, get_args, get_type_hints

import numpy as np
from llvmlite import ir
from numba import from_dtype
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin, lower_getattr_generic
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_global,
    signature,
)
from numba.extending import (
    NativeValue,
    infer_getattr,
    make_attribute_wrapper,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.numpy_support import as_dtype


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
        cls.numba_type = BundleType(cls.__name__, hints)

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
    if isinstance(field, FieldType):
        if (
            not isinstance(value, np.ndarray)
            or value.dtype != as_dtype(field.dtype)
            or value.ndim != 1
            or not value.flags.c_contiguous
        ):
            raise TypeError(f"{name}: expected a contiguous array of {field.dtype}, 1d")
        return value.ctypes.data, len(value)
    number = operator.index(value)
    if not -(2**63) <= number < 2**64:
        raise TypeError(f"{name}: expected a number of 64 bits")
    return number % 2**64, 0


class FieldType(types.Type):
    """What numba knows of a field that is an array: whose it is, and of what."""

    def __init__(self, bundle: str, name: str, dtype: Any) -> None:
        super().__init__(name=f"{bundle}.{name}: {dtype}[]")
        self.dtype = dtype


class BundleType(types.Type):
    """What numba knows of a bundle: the names and types of its fields, in order."""

    def __init__(self, name: str, hints: dict[str, Any]) -> None:
        self.fields = {field: _field_type(name, field, hint) for field, hint in hints.items()}
        self.place = {field: 2 * i for i, field in enumerate(hints)}
        super().__init__(name=name)

    @property
    def key(self) -> Any:
        """Return what tells this bundle from others of its name."""
        return self.name, tuple(self.fields.items())


def _field_type(bundle: str, name: str, hint: Any) -> Any:
    if hint is int:
        return types.int64
    if hint is np.uint64:
        return types.uint64
    if isinstance(hint, type) and issubclass(hint, Bundle):
        return hint.numba_type
    (dtype,) = get_args(get_args(hint)[1])  # of ndarray[shape, dtype[number]]
    return FieldType(bundle, name, from_dtype(np.dtype(dtype)))


# -- what kernels do with bundles ----------------------------------------------------------------

register_model(BundleType)(models.OpaqueModel)


@register_model(FieldType)
class _FieldModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, manager: Any, field: FieldType) -> None:
        address = types.CPointer(field.dtype)  # type: ignore[attr-defined]
        members = [("data", address), ("size", types.intp)]
        super().__init__(manager, field, members)


make_attribute_wrapper(FieldType, "size", "size")


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
    if not isinstance(field, FieldType):
        return word(0)
    array = cgutils.create_struct_proxy(field)(context, builder)
    array.data = builder.inttoptr(word(0), array.data.type)
    array.size = word(1)
    return array._getvalue()  # noqa: SLF001 - numba's own way to say it


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, _: Any) -> Any:
        field, i = args
        if isinstance(field, FieldType) and isinstance(i, types.Integer):
            return signature(field.dtype, field, types.intp)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, _: Any) -> Any:
        field, i, _value = args
        if isinstance(field, FieldType) and isinstance(i, types.Integer):
            return signature(types.none, field, types.intp, field.dtype)
        return None


@lower_builtin(operator.getitem, FieldType, types.Integer)
def _get_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    field, dtype = sig.args[0], sig.args[0].dtype
    loaded = builder.load(_pointer(context, builder, field, *args))
    _tell_apart(builder, field, loaded)
    return context.data_model_manager[dtype].from_data(builder, loaded)


@lower_builtin(operator.setitem, FieldType, types.Integer, types.Any)
def _set_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    field, dtype = sig.args[0], sig.args[0].dtype
    value = context.data_model_manager[dtype].as_data(builder, args[2])
    _tell_apart(builder, field, builder.store(value, _pointer(context, builder, field, *args[:2])))
    return context.get_dummy_value()


def _pointer(context: Any, builder: Any, field: FieldType, value: Any, i: Any) -> Any:
    array = cgutils.create_struct_proxy(field)(context, builder, value)
    if context.enable_boundscheck:
        with builder.if_then(builder.icmp_unsigned(">=", i, array.size), likely=False):
            message = f"index out of bounds of {field}"
            context.call_conv.return_user_exc(builder, IndexError, (message,))
    return builder.gep(array.data, [i], inbounds=True)


def _tell_apart(builder: Any, field: FieldType, access: Any) -> None:
    """Mark an access as one to this field's memory, which no other field shares (TBAA)."""
    zero = ir.Constant(ir.IntType(64), 0)
    root = builder.module.add_metadata(["bundles"])
    node = builder.module.add_metadata([field.name, root, zero])
    access.set_metadata("tbaa", builder.module.add_metadata([node, node, zero]))
