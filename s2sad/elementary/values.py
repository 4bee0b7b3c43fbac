"""Values of the machine code being written: with these, a formula in Python becomes instructions.

An elementary function is a plain Python function without branches. `elementary` makes it known
to Numba: where compiled code calls it, the function runs once on `Value`s, whose operators append
LLVM instructions. That costs about a hundredth of compiling the same text with Numba, and since
the instructions have neither branches nor calls, LLVM vectorizes the loop around them.

Every instruction that rounds is flagged `afn`, which means nothing for it, but keeps Numba from
flagging it for reassociation where the caller asks for `fastmath`: the reduction of arguments
rests on the rounding of single operations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import types
from numba.core.cgutils import ir  # type: ignore[attr-defined]  # llvmlite's
from numba.extending import intrinsic

DOUBLE, FLOAT, INTEGER = ir.DoubleType(), ir.FloatType(), ir.IntType(64)
KEPT = ("afn",)


class Value:
    """A double, a 64-bit integer or a truth value; operators append instructions."""

    def __init__(self, builder: Any, code: Any) -> None:
        self.builder, self.code = builder, code

    def _with(self, operation: str, other: Value | float, swapped: bool = False) -> Value:
        code = other.code if isinstance(other, Value) else ir.Constant(self.code.type, other)
        left, right = (code, self.code) if swapped else (self.code, code)
        if self.code.type == DOUBLE:
            return Value(
                self.builder, getattr(self.builder, f"f{operation}")(left, right, flags=KEPT)
            )
        return Value(self.builder, getattr(self.builder, operation)(left, right))

    def _compared(self, sign: str, other: Value | float) -> Value:
        code = other.code if isinstance(other, Value) else ir.Constant(self.code.type, other)
        if self.code.type == DOUBLE:
            return Value(self.builder, self.builder.fcmp_ordered(sign, self.code, code, flags=KEPT))
        return Value(self.builder, self.builder.icmp_signed(sign, self.code, code))

    def __add__(self, other: Value | float) -> Value:
        return self._with("add", other)

    def __radd__(self, other: float) -> Value:
        return self._with("add", other)

    def __sub__(self, other: Value | float) -> Value:
        return self._with("sub", other)

    def __rsub__(self, other: float) -> Value:
        return self._with("sub", other, swapped=True)

    def __mul__(self, other: Value | float) -> Value:
        return self._with("mul", other)

    def __rmul__(self, other: float) -> Value:
        return self._with("mul", other)

    def __truediv__(self, other: Value | float) -> Value:
        return self._with("div", other)

    def __rtruediv__(self, other: float) -> Value:
        return self._with("div", other, swapped=True)

    def __and__(self, other: Value | int) -> Value:
        return self._with("and_", other)

    def __or__(self, other: Value | int) -> Value:
        return self._with("or_", other)

    def __xor__(self, other: Value | int) -> Value:
        return self._with("xor", other)

    def __lshift__(self, other: int) -> Value:
        return self._with("shl", other)

    def __rshift__(self, other: int) -> Value:
        return self._with("lshr", other)  # zeros come in from the left

    def __neg__(self) -> Value:
        return Value(self.builder, self.builder.fneg(self.code))

    def __lt__(self, other: Value | float) -> Value:
        return self._compared("<", other)

    def __le__(self, other: Value | float) -> Value:
        return self._compared("<=", other)

    def __gt__(self, other: Value | float) -> Value:
        return self._compared(">", other)

    def __ge__(self, other: Value | float) -> Value:
        return self._compared(">=", other)

    def equals(self, other: Value | float) -> Value:
        """Whether the two are equal; a NaN equals nothing."""
        return self._compared("==", other)


def bits(x: Value) -> Value:
    """The bits of a double as an integer."""
    return Value(x.builder, x.builder.bitcast(x.code, INTEGER))


def double(i: Value) -> Value:
    """The double of these bits."""
    return Value(i.builder, i.builder.bitcast(i.code, DOUBLE))


def code_of(x: Value | float, like: Value) -> Any:
    """The code of a number of the type of another, that may be a constant."""
    return x.code if isinstance(x, Value) else ir.Constant(like.code.type, x)


def fma(x: Value, y: Value | float, z: Value | float) -> Value:
    """x * y + z, rounded once."""
    return Value(x.builder, x.builder.fma(x.code, code_of(y, x), code_of(z, x)))


def where(condition: Value, x: Value | float, y: Value | float) -> Value:
    """x where the condition holds, else y; both are computed."""
    typed = next((v.code.type for v in (x, y) if isinstance(v, Value)), DOUBLE)
    codes = [v.code if isinstance(v, Value) else ir.Constant(typed, v) for v in (x, y)]
    return Value(condition.builder, condition.builder.select(condition.code, *codes))


def library(name: str, *arguments: Value) -> Value:
    """A function for which LLVM has a name: an instruction or a call of the C library."""
    builder = arguments[0].builder
    function = builder.module.declare_intrinsic(f"llvm.{name}", [DOUBLE])
    return Value(builder, builder.call(function, [a.code for a in arguments]))


def root(x: Value) -> Value:
    """The square root."""
    return library("sqrt", x)


def nearest(x: Value) -> Value:
    """The nearest whole number, to even in a tie."""
    return library("rint", x)


def entry(table: tuple[float, ...], place: Value) -> Value:
    """A number of a table, which becomes a constant of the module."""
    builder, module = place.builder, place.builder.module
    name = f"s2sad.table.{len(table)}.{hash(table) & 0xFFFF_FFFF:x}"
    stored = module.globals.get(name)
    if stored is None:
        stored = ir.GlobalVariable(module, ir.ArrayType(DOUBLE, len(table)), name)
        stored.linkage, stored.global_constant = "internal", True
        stored.initializer = ir.Constant(stored.value_type, table)
    pointer = builder.gep(stored, [ir.Constant(INTEGER, 0), place.code])
    return Value(builder, builder.load(pointer))


def magnitude(x: Value) -> Value:
    """The absolute value."""
    return double(bits(x) & 0x7FFF_FFFF_FFFF_FFFF)


def signed(size: Value, x: Value) -> Value:
    """A size that is not negative, with the sign of x."""
    return double(bits(size) | (bits(x) & -0x8000_0000_0000_0000))


def polynomial(x: Value, *coefficients: float) -> Value:
    """The polynomial with these coefficients, the constant first, by Horner's rule."""
    total: Value | float = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = fma(x, total, coefficient)
    assert isinstance(total, Value)
    return total


def elementary(formula: Callable[..., Value]) -> Any:
    """Make a formula a function that compiled code can call, in double or single precision."""
    name, count = f"s2sad.{formula.__name__}", formula.__code__.co_argcount

    def body(module: Any) -> Any:
        """The function in this module, written on first use, and inlined where it is called."""
        function = module.globals.get(name)
        if function is None:
            function = ir.Function(module, ir.FunctionType(DOUBLE, [DOUBLE] * count), name)
            function.linkage = "internal"
            function.attributes.add("alwaysinline")
            builder = ir.IRBuilder(function.append_basic_block())
            builder.ret(formula(*(Value(builder, a) for a in function.args)).code)
        return function

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = [builder.fpext(a, DOUBLE) if a.type == FLOAT else a for a in arguments]
        result = builder.call(body(builder.module), wide)
        single = signature.return_type == types.float32
        return builder.fptrunc(result, FLOAT) if single else result

    def typed(*arguments: Any) -> Any:
        number = types.float32 if set(arguments) == {types.float32} else types.float64
        kept = [types.float32 if a == types.float32 else types.float64 for a in arguments]
        return number(*kept), write

    def of_one(context: Any, x: Any) -> Any:
        return typed(x)

    def of_two(context: Any, x: Any, y: Any) -> Any:
        return typed(x, y)

    return intrinsic(of_one if count == 1 else of_two)
