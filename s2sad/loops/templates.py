"""What is Python's rather than NumPy's: lists of unknown length, constants, assertions."""

from __future__ import annotations

import ast
import re

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Block, Let, Var
from s2sad.loops.elementwise import result_dtype
from s2sad.loops.indexing import is_literal, position
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import (
    Alloc,
    Apply,
    Assign,
    Guard,
    If,
    Line,
    Name,
    Size,
    Stmt,
    Store,
)
from s2sad.loops.reducing import lower_sum
from s2sad.loops.values import Shape, Unlowered, in_memory, integer
from s2sad.rules.notation import Primitive

WRITE_BACK = "{0}[...] = {1}"
CHOICE = re.compile(r"\((-?\d+, ?)+(-?\d+)?\)\[\{0\}\]")
CONSTANT = re.compile(r"np\.array\(\[[^{}]*\](, dtype=np\.\w+)?\)")


def template_of(primitive: Primitive) -> str | None:
    """The text of a primitive that is written as a text with holes."""
    return getattr(primitive.of, "__s2sad_template__", None)


def lower_template(low: Lowering, let: Let, text: str) -> None:
    """A statement that is a text with holes; of others Unlowered is raised."""
    if text == "sum({0})":
        lower_sum(low, let)
    elif text == WRITE_BACK:
        write_back(low, let)
    elif text in ("assert {0}", "assert {0}, {1}"):
        low.out.append(Guard(low.scalar(let.args[0]).expr))
    elif CHOICE.fullmatch(text):
        choice(low, let, text)
    elif CONSTANT.fullmatch(text):
        constant_array(low, let, text)
    else:
        raise Unlowered(text, let.at)


def raises(block: Block) -> bool:
    """Whether a block raises whatever happens, so that NumPy's code may as well do all of it."""
    texts = (template_of(s.primitive) for s in block.body if isinstance(s, Let))
    return any(text is not None and text.startswith("raise ") for text in texts)


def choice(low: Lowering, let: Let, text: str) -> None:
    """One of several numbers."""
    count = len(ast.literal_eval(text.removesuffix("[{0}]")))
    place = low.scalar(let.args[0]).expr
    low.out.append(Guard(Apply(f"0 <= {{0}} < {count}", (place,))))
    low.assign(let.target, Apply(text, (place,)))


def constant_array(low: Lowering, let: Let, text: str) -> None:
    """An array whose elements stand in the source."""
    check_type(let.target.type, "np.array")
    given = ast.parse(text, mode="eval").body
    assert isinstance(given, ast.Call)
    dtype = result_dtype(let)
    try:
        elements = np.array(ast.literal_eval(given.args[0]), dtype)
    except ValueError:
        raise Unlowered(text, let.at) from None
    if dtype.kind == "f" and not np.all(np.isfinite(elements)):
        raise Unlowered(text, let.at)
    if elements.ndim != 1 or not elements.size:
        raise Unlowered(text, let.at)
    name = low.names.of(let.target)
    plain = dtype in (np.dtype("f8"), np.dtype("i8"))
    kind = "" if plain else f", dtype=np.{dtype.name.replace('bool', 'bool_')}"
    low.out.append(Line(f"{name} = np.array({elements.tolist()!r}{kind})", (), (name,)))
    low.values[let.target] = in_memory(name, (Amount.number(elements.size),), dtype)


def write_back(low: Lowering, let: Let) -> None:
    """What the user's function does to its argument: done when the loops are through."""
    target, value = let.args
    if not isinstance(target, Var) or target not in low.plan.params():
        raise Unlowered("a write to what is no argument", let.at)
    if let not in low.plan.function.body.body:
        raise Unlowered("a write to an argument on some paths", let.at)
    if low.plan.is_read(target, low.live.after[let]):
        raise Unlowered("an argument that is read after it was written", let.at)
    given = low.array(value)
    a = low.array(target)
    if len(given.extents) != len(a.extents) or not given.extents:
        raise Unlowered("a write of other sizes to an argument", let.at)
    for n, m in zip(given.extents, a.extents, strict=True):
        low.same(n, m)
    name = low.indices.fresh("written")
    low.fill(name, given.extents, given.dtype, given.at)
    low.written.append((target, name))


# ---- lists of unknown length -------------------------------------------------------------------


def lower_place(low: Lowering, let: Let) -> None:
    """Where an item of a list is."""
    low.values[let.target] = integer(position(low, let.args[0], low.amount(let.args[1])))


def lower_room(low: Lowering, let: Let) -> None:
    """The rows to make for a list that needs so many."""
    size, needed = (Size(low.amount(a)) for a in let.args)
    low.assign(let.target, Apply("{0} if {1} <= {0} else max({1}, 2 * {0})", (size, needed)))


def lower_resized(low: Lowering, let: Let) -> None:
    """The same array, or its rows in one that has more or fewer."""
    a = low.array(let.args[0])
    size, new = (low.amount(x) for x in let.args[1:3])
    low.same(size, a.extents[0])
    if len(let.args) > 3 and not is_literal(let.args[3], None):
        shape = low.value(let.args[3])
        if not isinstance(shape, Shape) or len(shape.sizes) != len(a.extents) - 1:
            raise Unlowered("rows of another rank", let.at)
        for n, m in zip(shape.sizes, a.extents[1:], strict=True):
            low.same(n, m)
    low.guard(new)
    name = low.names.of(let.target)
    into = low.indices.fresh("rows")
    kept = low.indices.fresh("kept")
    extents = (new, *a.extents[1:])
    memory = low.materialized(a)
    with low.region() as grown:
        low.out.append(Alloc(into, a.dtype.str[1:], extents, "zeros"))
        low.out.append(Assign(kept, Apply("min({0}, {1})", (Size(size), Size(new)))))
        held = in_memory(memory, a.extents, a.dtype)
        low.nest((Amount.symbol(kept), *a.extents[1:]), lambda i: [Store(into, i, held.at(i))])
        low.out.append(Assign(name, Name(into)))
    same: list[Stmt] = [] if memory == name else [Assign(name, Name(memory))]
    low.out.append(If(Apply("{0} == {1}", (Size(new), Size(size))), same, grown))
    low.values[let.target] = in_memory(name, extents, a.dtype)
