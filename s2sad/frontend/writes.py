"""Statements and functions of NumPy that write into arrays."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.frontend import inplace
from s2sad.frontend.binding import foreign_names, local_names
from s2sad.frontend.infer import infer, type_of
from s2sad.frontend.memory import Restart, Stale
from s2sad.frontend.normalize import normalize
from s2sad.frontend.operations import DUNDERS, OPERATORS, SYMBOLS
from s2sad.frontend.signature import hashable
from s2sad.frontend.sizes import never_one, reaches
from s2sad.frontend.source import read
from s2sad.frontend.specials import defines
from s2sad.frontend.values import Frame, Growing, Instance, Mapping, Sequence, Value
from s2sad.frontend.views import VIEW, hits_once, sharing, through
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import Array, Number, Shape, same_dtype
from s2sad.rules.notation import RULES
from s2sad.runtime import index_add, scatter, store, updated


class Writes:
    """Assignments to items, augmented assignment, `out=`, and functions that write."""

    def need_objects(self: Walk) -> None:
        """Where arrays are written, equal operations make different arrays: walk again so."""
        if not self.b.writes:
            self.learned.writes = True
            raise Restart

    # x[i] = v

    def store_item(self: Walk, target: Any, value: Value) -> None:
        """container[index] = value."""
        container = self.written(target.value)
        index = self.eval(target.slice)
        self.store_into(container, index, value, target)

    def written(self: Walk, node: Any) -> Value:
        """What is before the brackets of a place that is written."""
        found: Value = self.eval(node)
        if not (isinstance(node, gast.Attribute) and node.attr == "flat"):
            return found
        d = self.b.defined.get(self.object_of(found)) if isinstance(found, Var) else None
        if d is not None and d.primitive.of is np.reshape and sharing(d, self.in_rows) != VIEW:
            raise self.refuse(
                "a write through .flat of an array that may not be contiguous",
                "assign to an index of the array itself",
                node,
            )
        return found

    def store_into(self: Walk, container: Value, index: Value, value: Value, node: Any) -> None:
        match container:
            case Sequence() | Mapping():
                self.may_change(container, node)
                self.set_item(container, index, value, node)
            case Growing():
                self.set_growing(container, index, value, node)
            case Instance():
                method = self.attribute(container, "__setitem__", node)
                self.call(method, [index, value], {}, node)
            case _:
                array = self.writable(container, node)
                place = self.argument(RULES[store], "index", index, node)
                self.assign_places(array, place, value, node)

    def assign_places(self: Walk, a: Var, index: Operand, value: Value, node: Any) -> None:
        p = RULES[store if hits_once(index) else scatter]
        self.write_item(a, index, self.current(self.array_operand(value, node)), p, node)

    def writable(self: Walk, v: Value, node: Any) -> Var:
        """The array to be written; an error for anything else."""
        if isinstance(v, Var) and isinstance(v.type, Array):
            self.need_objects()
            return v
        if isinstance(v, Lit) and isinstance(v.value, np.ndarray):
            raise self.refuse(
                "a write to an array from outside the function",
                "pass the array as an argument, or write to a copy of it",
                node,
            )
        if isinstance(v, Var | Lit) and isinstance(type_of(v), Number | Shape):
            raise TypeError(f"'{self.kind_of(v)}' object does not support item assignment")
        raise self.refuse(f"a write to a {self.kind_of(v)}", "write to a list or an array", node)

    # x[i] += v

    def augmented_store(self: Walk, s: Any) -> None:
        """owner.name op= value, container[index] op= value."""
        owner = self.written(s.target.value)
        if isinstance(s.target, gast.Attribute):
            current = self.attribute(owner, s.target.attr, s.target)
            value = self.augmented(s, current, self.eval(s.value), s.target.attr)
            self.set_attribute(owner, s.target.attr, value, s.target)
            return
        index = self.eval(s.target.slice)
        if isinstance(owner, Sequence | Mapping | Instance | Growing):
            current = self.subscript(owner, index, s.target)
            value = self.augmented(s, current, self.eval(s.value), "in the container")
            self.store_into(owner, index, value, s.target)
            return
        array = self.writable(owner, s.target)
        place = self.argument(RULES[store], "index", index, s)
        array, place = self.base_of(array, place)
        before = self.current(array)
        old = self.b.let(RULES[operator.getitem], (array, place))
        value = self.eval(s.value)
        self.update_places(array, place, old, value, s, self.current(array) is before)

    def update_places(
        self: Walk, a: Var, index: Operand, old: Operand, value: Value, node: Any, same: bool
    ) -> None:
        """a[index] op= value, where `old` was there before the value was found.

        same: nothing was written to the array meanwhile.
        """
        op = node.op
        symbol = type(op).__name__
        if isinstance(type_of(old), Array):
            self.will_write(a)
        if same and symbol in ("Add", "Sub") and hits_once(index):
            added = self.array_operand(value, node)
            if self.adds_to(old, added, RULES[OPERATORS[symbol]]):
                if symbol == "Sub":
                    added = self.unary(gast.USub(), added, node)
                self.write_item(a, index, added, RULES[index_add], node)
                return
        new = self.binary(op, old, value, node)
        if isinstance(type_of(old), Array):
            self.check_cast(type_of(new), type_of(old), node)
        self.assign_places(a, index, new, node)

    def adds_to(self: Walk, old: Operand, added: Operand, p: Any) -> bool:
        """Whether `old += added` has the dtype of `old`; its shape it keeps or it raises."""
        t: Any = type_of(old)
        v: Any = type_of(added)
        result: Any = infer(p, (old, added), self.b.fresh)
        if isinstance(t, Number):
            return isinstance(result, Number) and same_dtype(result.dtype, t.dtype)
        both = isinstance(t, Array) and isinstance(result, Array) and isinstance(v, Array | Number)
        if not both or t.dims is None or v.dims is None or len(v.dims) > len(t.dims):
            return False
        return same_dtype(t.dtype, result.dtype)

    def base_of(self: Walk, a: Var, index: Operand) -> tuple[Var, Operand]:
        """The array and index of which `a[index]` is a part, where `a` is a row of another."""
        while self.b.role == "alpha":
            a = self.object_of(a)
            d = self.view_of(a)
            if d is None or not isinstance(d.args[0], Var):
                return a, index
            inner = through(d, index)
            if inner is None or sharing(d, self.in_rows) != VIEW:
                return a, index
            a, index = d.args[0], inner
        return a, index

    # x += v

    def augmented(self: Walk, s: Any, current: Value, value: Value, name: str) -> Value:
        """current op= value: the same array, changed, or a new value."""
        method = f"__i{DUNDERS[type(s.op).__name__]}__"
        if defines(current, method):
            result = self.call(self.attribute(current, method, s), [value], {}, s)
            if not (isinstance(result, Lit) and result.value is NotImplemented):
                return result
        if isinstance(current, Lit) and isinstance(current.value, np.ndarray):
            raise self.refuse(
                f"in-place change of the array {name}, which is from outside the function,",
                f"write instead: {name} = {name} {SYMBOLS[type(s.op).__name__]} ...",
                s,
            )
        if isinstance(current, Growing) and current.cls is list and type(s.op).__name__ == "Add":
            self.extend_growing(current, value, s)
            return current
        if isinstance(current, Sequence) and current.cls is list and self.grows_by(value):
            self.may_change(current, s, grows=True)
            self.grow_instead(current.made, s)
        if isinstance(current, Sequence) and current.cls is list:
            return self.augmented_list(current, s, value)
        if isinstance(current, Mapping) and isinstance(s.op, gast.BitOr):
            return self.container_method("update", [current, value], {}, s) and current
        if not isinstance(current, Var) or not isinstance(current.type, Array):
            return self.binary(s.op, current, value, s)
        self.will_write(current)
        result = self.binary(s.op, current, value, s)
        if current.type.dims is None:
            have, new = current.type.dtype, getattr(type_of(result), "dtype", None)
            if have is None or new is None or have != new:
                result = self.b.let(RULES[updated], (self.current(current), result))
            self.forget(current, s)  # it may have been a number
            return result
        self.need_objects()
        self.write_whole(current, result, s)
        return current

    def forget(self: Walk, v: Var, node: Any) -> None:
        """What `v` and all that may share its memory hold is not known from here on."""
        for o in self.bases(v):
            self.change(o, Stale(self.location(node)))
            self.forget_others(o, node)

    def write_whole(
        self: Walk, a: Var, new: Operand, node: Any, casting: Any = "same_kind"
    ) -> None:
        """a[...] = new, which is a fresh array or a number, in NumPy's casting for ufuncs."""
        self.check_cast(type_of(new), a.type, node, casting)
        if not isinstance(new, Var) or not self.keeps_form(a, new.type):
            check_fit(self.b.canonical(type_of(new)), self.b.canonical(a.type))
            new = self.b.let(RULES[store], (a, Lit(Ellipsis), new), a.hint)
        assert isinstance(new, Var)
        if not new.hint:
            new.hint = a.hint
        self.write(a, new, node)

    def check_cast(self: Walk, new: Any, old: Any, node: Any, casting: Any = "same_kind") -> None:
        """NumPy writes results of a larger kind (float into int) only by assignment."""
        a, b = getattr(new, "dtype", None), getattr(old, "dtype", None)
        weak = isinstance(new, Number) and new.weak
        if a is None or b is None:
            return
        if not np.can_cast(a, b, casting) and not (weak and a.kind == b.kind):
            raise self.refuse(
                f"an in-place operation with a result of {a} on an array of {b}, which NumPy"
                " does not cast,",
                "make the array of a larger dtype, or assign the result to a new variable",
                node,
            )

    def keeps_form(self: Walk, old: Operand, new: Any) -> bool:
        """Whether a value of type `new` may stand for the array or number `old` as it is."""
        t = self.b.canonical(type_of(old))
        new = self.b.canonical(new)
        if isinstance(t, Number):
            return isinstance(new, Number) and (new.dtype == t.dtype)
        if not isinstance(new, Array) or not isinstance(t, Array):
            return False
        if t.dims is None or new.dims is None:
            return False
        return same_dtype(t.dtype, new.dtype) and reaches(new.dims, t.dims)

    # f(..., out=y, where=mask)

    def call_into(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
        casting: Any = "same_kind",
    ) -> Value:  # fmt: skip
        """A NumPy function that puts its result into `out`."""
        kwargs = dict(kwargs)
        if isinstance(f, np.ufunc) and len(args) > f.nin:
            args, given = args[: f.nin], Sequence(tuple, args[f.nin :])
        else:
            given = kwargs.pop("out")
        if getattr(f, "nout", 1) > 1:
            return self.call_into_several(f, args, kwargs, given, node)
        out = given.items[0] if isinstance(given, Sequence) and len(given.items) == 1 else given
        if isinstance(out, Lit) and out.value is None:
            return self.call(Lit(f), args, kwargs, node)
        array = self.writable(out, node)
        self.will_write(array)
        where = kwargs.pop("where", Lit(True))
        everywhere = isinstance(where, Lit) and where.value is True
        if not isinstance(f, np.ufunc) and not everywhere:
            kwargs["where"] = where
        if f in _ACCUMULATE and args and kwargs.get("dtype") is None:
            args = [self.widened(args[0], array, node), *args[1:]]
        if not isinstance(f, np.ufunc) or everywhere:
            result = self.current(self.array_operand(self.call(Lit(f), args, kwargs, node), node))
            self.write_whole(array, self.own(result), node, casting)
            return array
        shape = self.attribute(array, "shape", node)
        mask = self.spread(where, array, shape, node)
        parts = [self.subscript(self.spread(a, array, shape, node), mask, node) for a in args]
        result = self.call(Lit(f), parts, kwargs, node)
        self.assign_places(array, self.argument(RULES[store], "index", mask, node), result, node)
        return array

    def widened(self: Walk, v: Value, out: Var, node: Any) -> Value:
        """The operand of a sum or product in the dtype in which it is computed into `out`."""
        x = self.array_operand(v, node)
        have, room = getattr(type_of(x), "dtype", None), getattr(out.type, "dtype", None)
        if have is None or room is None:  # found by adding a zero of the dtype of `out`
            zeros = self.call(Lit(np.zeros_like), [self.current(out)], {}, node)
            return self.call(Lit(np.add), [x, self.call(Lit(np.sum), [zeros], {}, node)], {}, node)
        if np.result_type(have, room) == have:
            return x
        return self.call(Lit(np.asarray), [x, Lit(np.result_type(have, room))], {}, node)

    def own(self: Walk, v: Operand) -> Operand:
        """A result that is an array of its own: no view, nor one that has a name."""
        d = self.b.defined.get(v) if isinstance(v, Var) else None
        if isinstance(v, Var) and (d is None or d.primitive.view or v in self.memory.objects):
            p = RULES[np.copy]
            return self.b.let(p, (v, *(Lit(p.defaults[n]) for n in p.params[1:])))
        return v

    def spread(self: Walk, v: Value, like: Var, shape: Value, node: Any) -> Value:
        """`v` broadcast to the shape of `like`."""
        x = self.current(self.array_operand(v, node))
        if getattr(type_of(x), "dims", None) == getattr(like.type, "dims", ()):
            return x
        return self.call(Lit(np.broadcast_to), [x, shape], {}, node)

    # functions that write

    def call_library(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A function of `inplace.py`, walked where it stands."""
        tree = _library_tree(f)
        cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
        frame = Frame(None, {}, f.__globals__, cells, None, None)
        defaults = self.plain_defaults(f, None)
        frame.locals = self.bind_parameters(tree.args, defaults, args, kwargs, f.__name__)
        frame.scope, frame.outside = local_names(tree), foreign_names(tree)
        return self.walk_body(f, tree, frame)

    def writing_function(self: Walk, f: Any) -> Callable[..., Value] | None:
        """What to do for a function or method of NumPy that writes into its first argument."""
        found = LIBRARY.get(f) if hashable(f) else None
        if found is not None:
            return functools.partial(self.call_writing, found)
        op = IN_PLACE_OPERATORS.get(f) if hashable(f) else None
        if op is not None:
            return lambda args, kwargs, node: self.augmented(
                gast.copy_location(gast.AugAssign(None, op, None), node), *args, "given"
            )
        return None

    def call_writing(
        self: Walk, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        first = next(iter(inspect.signature(f).parameters))  # it may be given by its name
        a = self.writable(args[0] if args else kwargs[first], node)
        if f is inplace.copyto:
            source = self.array_operand(args[1] if len(args) > 1 else kwargs["src"], node)
            self.check_cast(type_of(source), a.type, node)
        return self.call_library(f, args, kwargs, node)


def check_fit(new: Any, old: Any) -> None:
    """Raises where a result has more elements than the array it is written to."""
    have, room = getattr(new, "dims", None), getattr(old, "dims", None)
    if have is None or room is None:
        return
    pairs = zip(reversed(have), reversed(room), strict=False)
    if len(have) > len(room) or any(r == 1 and never_one(h) and h != 1 for h, r in pairs):
        raise ValueError(f"non-broadcastable output operand with shape {old} for a result {new}")


_ACCUMULATE = (np.sum, np.prod, np.cumsum, np.cumprod)
LIBRARY: dict[Any, Callable[..., Any]] = {
    np.copyto: inplace.copyto, np.put: inplace.put, np.place: inplace.place,
    np.putmask: inplace.putmask, np.fill_diagonal: inplace.fill_diagonal,
    np.put_along_axis: inplace.put_along_axis,
}  # fmt: skip
IN_PLACE_OPERATORS: dict[Any, Any] = {
    operator.iadd: gast.Add(), operator.isub: gast.Sub(), operator.imul: gast.Mult(),
    operator.itruediv: gast.Div(), operator.ifloordiv: gast.FloorDiv(), operator.imod: gast.Mod(),
    operator.ipow: gast.Pow(), operator.imatmul: gast.MatMult(),
}  # fmt: skip
WRITING_METHODS: dict[str, Callable[..., Any]] = {
    "fill": inplace.fill, "put": inplace.put, "sort": inplace.sort,
    "partition": inplace.partition,
}  # fmt: skip


@functools.cache
def _library_tree(f: Any) -> Any:
    source = read(f)
    return normalize(source.tree, source)
