"""Formulas for rare arguments in loops that LLVM vectorizes.

A branch would keep the loop scalar, and without a branch every argument pays for the rare ones.
So the choice is a function of which LLVM is told versions for 2, 4 and 8 arguments at once (the
attribute `vector-function-abi-variant` of the LLVM language reference): they return at once
unless one of their arguments is rare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numba.core.cgutils import ir  # type: ignore[attr-defined]  # llvmlite's

from s2sad.elementary.values import DOUBLE, Value

LANES = (2, 4, 8)
BYTES = ir.IntType(8).as_pointer()


def beyond(
    bound: float, size: Value, formula: Callable[..., Value], arguments: Sequence[Value], y: Value
) -> Value:
    """formula(*arguments) where |size| > bound, else y."""
    module, name = y.builder.module, f"s2sad.{formula.__name__}"
    choice = module.globals.get(f"{name}.or")
    if choice is None:
        rare = function(module, name, DOUBLE, len(arguments))
        builder = ir.IRBuilder(rare.append_basic_block())
        builder.ret(formula(*(Value(builder, a) for a in rare.args)).code)
        choice = function(module, f"{name}.or", DOUBLE, len(arguments) + 2)
        write_choice(choice, rare, bound)
        tell_versions(choice, [version(choice, bound, lanes) for lanes in LANES])
    codes = [v.code for v in (y, size, *arguments)]
    return Value(y.builder, y.builder.call(choice, codes))


def function(module: Any, name: str, number: Any, count: int) -> Any:
    """A new function of numbers that is kept as a function until loops are vectorized."""
    made = ir.Function(module, ir.FunctionType(number, [number] * count), name)
    made.linkage = "internal"
    for attribute in ("noinline", "nounwind", "readnone"):
        made.attributes.add(attribute)
    return made


def outside(builder: Any, x: Any, bound: float, lanes: int = 0) -> Any:
    """Whether |x| > bound, in each lane."""
    ends = [[end] * lanes if lanes else end for end in (bound, -bound)]
    above, below = (ir.Constant(x.type, end) for end in ends)
    return builder.or_(builder.fcmp_ordered(">", x, above), builder.fcmp_ordered("<", x, below))


def write_choice(choice: Any, rare: Any, bound: float) -> None:
    """The choice for one number: its arguments are y, size, and those of the formula."""
    builder = ir.IRBuilder(choice.append_basic_block())
    with builder.if_then(outside(builder, choice.args[1], bound), likely=False):
        builder.ret(builder.call(rare, choice.args[2:]))
    builder.ret(choice.args[0])


def version(choice: Any, bound: float, lanes: int) -> Any:
    """The choice for several numbers: one after the other if any is rare."""
    vector = ir.VectorType(DOUBLE, lanes)
    made = function(choice.module, f"{choice.name}.{lanes}", vector, len(choice.args))
    builder = ir.IRBuilder(made.append_basic_block())
    found = builder.bitcast(outside(builder, made.args[1], bound, lanes), ir.IntType(lanes))
    with builder.if_then(builder.icmp_unsigned("!=", found, found.type(0)), likely=False):
        chosen = made.args[0]
        for lane in (ir.IntType(32)(i) for i in range(lanes)):
            numbers = [builder.extract_element(v, lane) for v in made.args]
            chosen = builder.insert_element(chosen, builder.call(choice, numbers), lane)
        builder.ret(chosen)
    builder.ret(made.args[0])
    return made


def tell_versions(choice: Any, versions: list[Any]) -> None:
    """Name the versions in an attribute, and keep them, which nothing calls as yet."""
    names = ",".join(
        f"_ZGV_LLVM_N{lanes}{'v' * len(choice.args)}_{choice.name}({made.name})"
        for lanes, made in zip(LANES, versions, strict=True)
    )
    attribute = f'"vector-function-abi-variant"="{names}"'
    set.add(choice.attributes, attribute)  # llvmlite knows only attributes without a value
    kept = [made.bitcast(BYTES) for made in versions]
    used = choice.module.globals.get("llvm.compiler.used")
    if used is None:
        used = ir.GlobalVariable(choice.module, ir.ArrayType(BYTES, 0), "llvm.compiler.used")
        used.linkage, used.section = "appending", "llvm.metadata"
        used.initializer = ir.Constant(used.value_type, [])
    kept = [*used.initializer.constant, *kept]
    used.value_type = ir.ArrayType(BYTES, len(kept))
    used.type = used.value_type.as_pointer()
    used.initializer = ir.Constant(used.value_type, kept)
