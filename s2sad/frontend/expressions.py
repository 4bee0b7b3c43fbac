"""Expressions: names, operators, calls, containers, conditional evaluation."""

from __future__ import annotations

import builtins
from typing import Any

import gast
import numpy as np

from s2sad.frontend.fixed import has_changing_truth
from s2sad.frontend.memory import Restart
from s2sad.frontend.names import Result, spelled
from s2sad.frontend.onetime import Once
from s2sad.frontend.prims import NOT, template
from s2sad.frontend.raising import raises
from s2sad.frontend.values import (
    Frame,
    Growing,
    Instance,
    Lazy,
    Mapping,
    Missing,
    NeedsUnrolling,
    Range,
    Sequence,
    Unbound,
    Value,
    atoms,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Span, Var
from s2sad.ir.types import OPAQUE, Array


class Expressions:
    """How each expression is walked; the result is a value of the frontend."""

    def eval(self: Walk, e: Any) -> Value:
        method = getattr(self, "eval_" + type(e).__name__, None)
        if method is None:
            raise self.refuse(*_REFUSED.get(type(e).__name__, _unknown(e)), e)
        return method(e)

    def eval_Constant(self: Walk, e: Any) -> Value:
        return Lit(e.value)

    def eval_Name(self: Walk, e: Any) -> Value:
        return self.lookup(e.id, e)

    def lookup(self: Walk, name: str, node: Any = None) -> Value:
        """The value of a name; what can be run through once is taken."""
        value = self.held(name, node)
        return self.taken(value, name, node) if isinstance(value, Once | Lazy) else value

    def held(self: Walk, name: str, node: Any = None) -> Value:
        """The value of a name, from the function outwards as Python searches."""
        frame: Frame | None = self.frame
        while frame is not None:
            if name in frame.locals:
                value = frame.locals[name]
                if isinstance(value, Missing):
                    self.learn_to_unroll(value.loops)
                    if value.chosen and self.learned.follow_choices():
                        raise Restart
                    self.learn_to_follow(value.slots)
                    if value.unroll:
                        raise NeedsUnrolling(
                            f"{spelled(name)}: {value.why}; this", self.location(node)
                        )
                    instead = f"bind {name} on every path before it is read"
                    if isinstance(name, Result):
                        instead = "assign the result to a variable and return it at the end"
                    raise self.refuse(f"{spelled(name)}: {value.why}", instead, node)
                return value
            if name in frame.pending or isinstance(name, Result):
                raise Unbound(name)
            if name in frame.scope:
                raise self.unbound(name, frame, node)
            if frame.parent is None:
                return self.outer(frame, name, node)
            frame = frame.parent
        raise AssertionError("a frame without names")

    def unbound(self: Walk, name: str, frame: Frame, node: Any) -> Exception:
        """What Python raises where a variable is read before it is bound."""
        if any(f.result is None for f in self.compiling):
            return Unbound(name)  # a path that has not been walked yet may bind it
        if any(f.pending for f in self.frames if f is not frame):
            error: Exception = self.refuse(
                f"{name} is read before it is bound; this program", f"bind {name} first", node
            )
            return error
        kind = "local" if frame is self.frame else "free"
        text = f"cannot access {kind} variable {name!r} where it is not associated with a value"
        if kind == "local":
            return raises(UnboundLocalError(text))
        return raises(NameError(f"{text} in enclosing scope"))

    def outer(self: Walk, frame: Frame, name: str, node: Any) -> Value:
        """A closure cell, a global or a builtin."""
        if name in frame.cells:
            try:
                value = frame.cells[name].cell_contents
            except ValueError:
                raise self.refuse(
                    f"{name} is not bound yet; this", f"bind {name} first", node
                ) from None
            return self.captured(value, frame, ("cell", name))
        if name in frame.globals:
            return self.captured(frame.globals[name], frame, ("global", name))
        if hasattr(builtins, name):
            return Lit(getattr(builtins, name))
        raise NameError(f"name {name!r} is not defined")

    def eval_NamedExpr(self: Walk, e: Any) -> Value:
        value = self.named(self.eval(e.value), e.target.id)
        inner = self.frame
        while self.frame in self.comprehensions and self.frame.parent is not None:
            self.frame = self.frame.parent  # a comprehension has no walrus names of its own
        self.bind(e.target.id, value)
        self.frame = inner
        return value

    def eval_Tuple(self: Walk, e: Any) -> Value:
        return Sequence(tuple, self.items(e.elts))

    def eval_List(self: Walk, e: Any) -> Value:
        return self.new_list(self.items(e.elts), e)

    def items(self: Walk, elts: list[Any]) -> list[Value]:
        out: list[Value] = []
        for x in elts:
            if isinstance(x, gast.Starred):
                out.extend(self.elements(self.eval(x.value), x))
            else:
                out.append(self.eval(x))
        return out

    def eval_Dict(self: Walk, e: Any) -> Value:
        out: dict[Any, Value] = {}
        for k, v in zip(e.keys, e.values, strict=True):
            if k is None:
                out.update(self.mapping(self.eval(v), e).items)
            else:
                key = self.static(self.eval(k), "a key of a dict", e)
                out[key] = self.eval(v)
        return Mapping(out, self.region)

    def eval_Set(self: Walk, e: Any) -> Value:
        values = [self.static(v, "an element of a set", e) for v in self.items(e.elts)]
        return self.set_of(list(dict.fromkeys(values)), e)

    def eval_Slice(self: Walk, e: Any) -> Value:
        parts = (Lit(None) if x is None else self.eval(x) for x in (e.lower, e.upper, e.step))
        return Span(*(self.operand(p, e) for p in parts))

    def eval_Subscript(self: Walk, e: Any) -> Value:
        if isinstance(e.value, gast.Attribute) and e.value.attr == "flat":
            return self.part_of_flat(e)
        container = self.eval(e.value)
        return self.subscript(container, self.eval(e.slice), e)

    def eval_Attribute(self: Walk, e: Any) -> Value:
        return self.attribute(self.eval(e.value), e.attr, e)

    def eval_BinOp(self: Walk, e: Any) -> Value:
        left = self.eval(e.left)
        return self.binary(e.op, left, self.eval(e.right), e)

    def eval_UnaryOp(self: Walk, e: Any) -> Value:
        value = self.eval(e.operand)
        if isinstance(e.op, gast.Not):
            truth = self.truth(value)
            return Lit(not truth) if isinstance(truth, bool) else self.b.let(NOT, (truth,))
        return self.unary(e.op, value, e)

    def eval_Compare(self: Walk, e: Any) -> Value:
        """a < b < c: each operand once, the later ones only while the chain holds."""
        return self.chain(self.eval(e.left), e.ops, e.comparators, e)

    def chain(self: Walk, left: Value, ops: list[Any], rest: list[Any], e: Any) -> Value:
        right = self.eval(rest[0])
        first = self.compare(ops[0], left, right, e)
        if len(ops) == 1:
            return first
        return self.either(first, lambda: self.chain(right, ops[1:], rest[1:], e), True)

    def eval_BoolOp(self: Walk, e: Any) -> Value:
        wanted = isinstance(e.op, gast.And)
        return self.short_circuit(e.values, wanted, False)

    def test(self: Walk, e: Any) -> bool | Operand:
        """The truth of an expression of which nothing else is asked."""
        if isinstance(e, gast.BoolOp):
            return self.truth(self.short_circuit(e.values, isinstance(e.op, gast.And), True))
        return self.truth(self.eval(e))

    def short_circuit(self: Walk, values: list[Any], wanted: bool, tested: bool) -> Value:
        """The first value that decides; only its truth if that is `tested`."""
        first = self.eval(values[0])
        if tested and isinstance(first, Growing):
            truth = self.truth(first)
            first = Lit(truth) if isinstance(truth, bool) else truth
        if len(values) == 1:
            return first
        return self.either(first, lambda: self.short_circuit(values[1:], wanted, tested), wanted)

    def either(self: Walk, first: Value, rest: Any, wanted: bool) -> Value:
        """`first and rest` (where `wanted`) or `first or rest`; rest only if Python gets there."""
        truth = self.truth(first)
        if isinstance(truth, bool):
            return rest() if truth == wanted else first
        ways = (rest, lambda: first) if wanted else (lambda: first, rest)
        return self.branch_expression(truth, *ways)

    def eval_IfExp(self: Walk, e: Any) -> Value:
        truth = self.truth(self.eval(e.test))
        if isinstance(truth, bool):
            return self.eval(e.body if truth else e.orelse)
        return self.branch_expression(truth, lambda: self.eval(e.body), lambda: self.eval(e.orelse))

    def eval_Lambda(self: Walk, e: Any) -> Value:
        return self.closure(e, "<lambda>")

    def eval_Call(self: Walk, e: Any) -> Value:
        function = self.eval(e.func)
        if isinstance(function, Lit) and function.value is sum:
            summed = self.sum_of_generator(e)
            if summed is not None:
                return summed
        if isinstance(function, Lit) and function.value in (any, all) and not e.keywords:
            truth = self.any_of_generator(e, function.value is any)
            if truth is not None:
                return truth
        if isinstance(function, Lit) and function.value is next and _is_named(e.args):
            args = [self.held(e.args[0].id, e), *self.items(e.args[1:])]
        else:
            args = self.items(e.args)
        kwargs: dict[str, Value] = {}
        for k in e.keywords:
            if k.arg is None:
                kwargs.update(self.mapping(self.eval(k.value), e).items)
            else:
                kwargs[k.arg] = self.eval(k.value)
        value = self.call(function, args, kwargs, e)
        if isinstance(value, Lazy):
            self.lazy_depths.setdefault(value, self.loop_depth)
        return value

    def eval_JoinedStr(self: Walk, e: Any) -> Value:
        """An f-string: data, formatted once when the primal gets there."""
        text = ""
        operands: list[Operand] = []
        for part in e.values:
            if isinstance(part, gast.Constant):
                text += part.value.replace("{", "{{{{").replace("}", "}}}}")
                continue
            spec = part.format_spec
            form = "" if spec is None else ":" + "".join(self.spec_part(v) for v in spec.values)
            mark = "" if part.conversion == -1 else "!" + chr(part.conversion)
            value = self.eval(part.value)
            if isinstance(value, Lit) and type(value.value) in (str, int, bool, float):
                shown = _shown(value.value, part.conversion, form.removeprefix(":"))
                text += shown.replace("{", "{{{{").replace("}", "}}}}")
                continue
            texts, found = self.rendered([value], len(operands))
            operands += found
            text += "{{" + texts[0] + mark + form + "}}"
        if not operands:
            return Lit(text.format().format())
        # Two rounds of braces: one for the f-string, one for the template's own holes.
        quoted = _quoted(text)
        p = template(quoted, len(operands), OPAQUE)
        p.callee = Lit("the text of a number")
        return self.b.let(p, tuple(operands))

    def spec_part(self: Walk, part: Any) -> str:
        """A part of a format specification, which must be known."""
        if isinstance(part, gast.Constant):
            return str(part.value)
        value = self.static(self.eval(part.value), "a part of a format specification", part)
        spec = part.format_spec
        form = "" if spec is None else "".join(map(self.spec_part, spec.values))
        return _shown(value, part.conversion, form)

    def mapping(self: Walk, v: Value, node: Any) -> Mapping:
        """What `**v` passes on: a dict whose keys are known."""
        if isinstance(v, Mapping):
            return v
        if isinstance(v, Lit) and isinstance(v.value, dict):
            return Mapping({k: self.known(x, None) for k, x in v.value.items()})
        raise self.refuse(f"** of a {self.kind_of(v)}", "pass a dict", node)

    # what a value is

    def static(self: Walk, v: Value, what: str, node: Any = None) -> Any:
        """The Python object behind a value that must be known at compile time."""
        match v:
            case Lit():
                return v.value
            case Sequence():
                items = [self.static(i, what, node) for i in v.items]
                return items if v.cls is list else tuple(items) if v.cls is tuple else v.cls(*items)
            case Span():
                return slice(*(self.static(i, what, node) for i in (v.start, v.stop, v.step)))
            case Var():
                self.demand(v, what, node)
        raise self.refuse(f"{what} that depends on data", "use a value known before the call", node)

    def truth(self: Walk, v: Value) -> bool | Operand:
        """The truth of a value: known, or an atom to be tested at run time."""
        match v:
            case Lit():
                if isinstance(v.value, np.ndarray) and v.value.size != 1:
                    return v
                if has_changing_truth(v.value):
                    asked: Operand = self.text("bool({})", [v], numeric=True)
                    return asked
                return bool(v.value)
            case Once() | Lazy():
                return True
            case Sequence() | Mapping():
                return bool(v.items)
            case Growing():
                filled: bool | Operand = self.growing_truth(v)
                return filled
            case Var():
                return self.current(v)
            case Instance():
                return self.instance_truth(v)
            case Range():
                raise self.refuse("the truth of a range", "compare its bounds")
        return True

    def operand(self: Walk, v: Value, node: Any = None) -> Operand:
        """A value as an operand of a primitive."""
        match v:
            case Var() | Lit() | Span():
                return v
            case Sequence() if all(isinstance(a, Lit) for a in atoms(v)):
                return tuple(self.operand(i, node) for i in v.items)
            case Sequence():
                return tuple(self.operand(i, node) for i in v.items)
        raise self.refuse(
            f"a {self.kind_of(v)} as an operand", "pass numbers and arrays to NumPy", node
        )

    def kind_of(self: Walk, v: Value) -> str:
        match v:
            case Sequence() | Instance() | Growing():
                return v.cls.__name__
            case Mapping():
                return "dict"
            case Range():
                return "range"
            case Lazy():
                return v.kind
            case Lit():
                return type(v.value).__name__
            case Var():
                return "array" if isinstance(v.type, Array) else str(v.type)
        return "function"


def _shown(value: Any, conversion: int, form: str) -> str:
    """A value as an f-string shows it."""
    if conversion != -1:
        value = {"r": repr, "s": str, "a": ascii}[chr(conversion)](value)  # type: ignore[operator]
    return format(value, form)


def _is_named(args: list[Any]) -> bool:
    return bool(args) and isinstance(args[0], gast.Name)


def _quoted(text: str) -> str:
    """The text of an f-string literal around parts that are already escaped."""
    body = text.encode("unicode_escape").decode("ascii").replace("'", "\\'")
    quote = '"' if "\\'" in body and '"' not in body else "'"
    if quote == '"':
        body = body.replace("\\'", "'")
    return f"f{quote}{body}{quote}"


def _unknown(e: Any) -> tuple[str, str]:
    name = type(e).__name__
    return f"the expression {name}", "rewrite it with operators and calls"


_REFUSED = {
    "Await": ("await", "call a plain function"),
}
