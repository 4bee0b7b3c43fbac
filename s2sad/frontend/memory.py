"""Arrays that are written in place: which names mean the same array, and what it holds now.

To the frontend a `Var` of array type means an object: the array that Python would have there.  A
write makes a new version of its contents; `Memory.contents` says which version an object holds
now, and every statement that is made takes its operands by that (`current`).  A view has no
contents of its own: it is taken again from what its base holds, and a write to it becomes a write
to its base.  Where a branch or a loop chose between arrays, the result may be any of them: after a
write to one, what the others hold is unknown, and reading them is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.errors import Location, Unsupported
from s2sad.frontend.values import Value, atoms, rebuilt
from s2sad.frontend.views import COPY, UNSURE, is_read_only, put_back, sharing, through
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Let, Lit, Operand, Span, Var
from s2sad.ir.types import Array
from s2sad.rules.notation import RULES


@dataclass(frozen=True)
class Stale:
    """The contents of an array that may have been written under another name, at this place.

    loops: the short loops without which it would be known; slots: the carried arrays of loops that
    would have to be followed (`followed.py`); tried: it was written by the body of a `try`, which
    may have failed before or after.
    """

    at: Location | None
    loops: tuple[Any, ...] = ()
    slots: tuple[Any, ...] = ()
    tried: bool = False

    def refusal(self, at: Location | None) -> StaleRead:
        """The error where such an array is read."""
        line = "" if self.at is None else f" (line {self.at.line})"
        if self.tried:
            what = f"reading an array that a try body{line} may have written before it failed,"
            return StaleRead(what, "write to a copy in the try body", at or self.at)
        what = f"reading an array that a write{line} may have changed under another name, which"
        instead = "write to a copy, or to the array under one name only"
        return StaleRead(f"{what} a branch or loop chose,", instead, at or self.at)


class StaleRead(Unsupported):
    """What an array holds is not known here."""


class Restart(Exception):
    """Something was learned without which the walk was wrong: walk again from the start."""


@dataclass
class Learned:
    """What earlier walks found out.

    recursive: functions that call themselves; writes: whether arrays are written; supposes: whether
    what a branch or loop says of sizes is used in it; choices: whether it has to be followed which
    of several arrays a branch chose; followed: arrays that loops carry of which that holds too;
    unrolled: loops without which it is not known which arrays are the same; growing: expressions
    that make lists of unknown length, and what these hold; kept: those whose lists cannot be such,
    and why; changed_sets: where sets are made that are changed later.
    """

    recursive: set[Any] = field(default_factory=set)
    writes: bool = False
    supposes: bool = True
    choices: bool = False
    followed: set[Any] = field(default_factory=set)
    unrolled: set[Any] = field(default_factory=set)
    growing: dict[Any, Any] = field(default_factory=dict)
    kept: dict[Any, str] = field(default_factory=dict)
    changed_sets: set[Any] = field(default_factory=set)

    def follow_choices(self) -> bool:
        """Whether walking again with choices followed is still to be tried."""
        again = not self.choices
        if again:
            self.choices = True
            self.unrolled.clear()
        return again


@dataclass
class Memory:
    """The state of the arrays.

    objects: of a version, the object whose contents it is; contents: what an object holds, where
    it was written; chosen: the objects that one chosen by a branch or loop may be; choices: of one
    that is followed, which one it is (`alternatives.py`); unmade: arrays that are taken where they
    are read; related: of two chosen ones, whether they may be the same at the same time, where that
    is known; needed: the arguments whose elements have to stand in a row; stands: what fresh names
    stand for; short: loops of few trips; made_by: of an array that such a loop carries, the loop;
    carries: of one that any loop carries, where;
    listed: arrays that are items of a list of unknown length, which has a copy of them;
    rooms: by loop around, what it makes room for;
    filled: counts of items that were found not to be 0.
    """

    objects: dict[Var, Var] = field(default_factory=dict)
    contents: dict[Var, Var | Stale] = field(default_factory=dict)
    chosen: dict[Var, frozenset[Var]] = field(default_factory=dict)
    choices: dict[Var, Any] = field(default_factory=dict)
    unmade: dict[Var, None] = field(default_factory=dict)
    related: dict[frozenset[Var], bool] = field(default_factory=dict)
    needed: dict[Var, None] = field(default_factory=dict)
    stands: dict[Var, Operand] = field(default_factory=dict)
    short: set[Any] = field(default_factory=set)
    made_by: dict[Var, Any] = field(default_factory=dict)
    carries: dict[Var, Any] = field(default_factory=dict)
    listed: dict[Var, None] = field(default_factory=dict)
    rooms: list[Any] = field(default_factory=list)
    filled: dict[Any, None] = field(default_factory=dict)


class Objects:
    """Arrays as objects: their current contents, and writes."""

    def object_of(self: Walk, v: Var) -> Var:
        """The object of which a name holds a version; derivatives are about values."""
        return self.memory.objects.get(v, v) if self.b.role == "alpha" else v

    def view_of(self: Walk, v: Var) -> Let | None:
        """The statement that made `v`, if it is a view of another array; refused if unknown."""
        if v in self.memory.objects:
            return None
        d = self.b.defined.get(v)
        if sharing(d, self.in_rows) != COPY:
            return d
        return None

    def is_fresh(self: Walk, v: Var) -> bool:
        """Whether `v` is what an operation made, not written since, and shared with nothing."""
        made = v in self.b.defined and v not in self.memory.objects
        return made and self.view_of(v) is None

    def origin(self: Walk, x: Operand) -> Operand:
        """Something of the same form: an argument as it came, else the array as it is now."""
        if isinstance(x, Var) and self.memory.contents:
            o = self.object_of(x)
            if o in self.parameters or o in self.memory.stands:
                return o
        return self.current(x)

    def current(self: Walk, x: Operand) -> Operand:
        """What an operand holds now."""
        if isinstance(x, Var):
            return self.current_array(x) if isinstance(x.type, Array) else x
        if not self.memory.contents and not self.memory.unmade:
            return x
        if isinstance(x, tuple):
            return tuple(map(self.current, x))
        if isinstance(x, Span):
            return Span(*(self.current(i) for i in (x.start, x.stop, x.step)))
        return x

    def current_array(self: Walk, v: Var) -> Operand:
        memory = self.memory
        if not (memory.contents or memory.unmade) or self.b.role != "alpha":
            return v
        o = self.object_of(v)
        chosen = memory.choices.get(o)
        if chosen is not None:
            now: Operand = self.as_chosen(o, chosen)
            return now
        found = memory.contents.get(o)
        if isinstance(found, Stale):
            self.learn_to_unroll(found.loops)
            self.learn_to_follow(found.slots)
            raise found.refusal(self.b.at)
        if isinstance(found, Var):
            return found
        d = self.view_of(v)
        if d is None:
            return v
        base = self.current(d.args[0])
        if base is d.args[0] and v not in memory.unmade:
            return v
        if sharing(d, self.in_rows) == UNSURE:
            raise self.unsure(d)
        again: Operand = self.b.let(d.primitive, (base, *d.args[1:]), v.hint)
        return again

    def settled(self: Walk, v: Value) -> Value:
        """A value with every array as it is now."""
        found = [self.current(a) for a in atoms(v)]
        if all(a is x for a, x in zip(found, atoms(v), strict=True)):
            return v
        return rebuilt(v, iter(found))

    def unsure(self: Walk, d: Let) -> Exception:
        """The error where it is not known whether something is a view of what was written."""
        name = d.primitive.name.removeprefix("operator.")
        error: Exception = self.refuse(
            f"a write to an array whose {name} may or may not share its memory",
            "copy it before the write (.copy()), or write to the array itself",
        )
        return error

    # which arrays may be the same

    def bases(self: Walk, v: Operand) -> frozenset[Var]:
        """The objects that own the memory of `v`: itself, or what it is a view of."""
        if not isinstance(v, Var) or not isinstance(v.type, Array):
            return frozenset()
        o = self.object_of(v)
        chosen = self.memory.choices.get(o)
        if chosen is not None:
            return frozenset(b for x in chosen.options for b in self.bases(x))
        d = self.view_of(o)
        if d is None:
            return frozenset({o})
        found = self.bases(d.args[0])
        return found | {o} if sharing(d, self.in_rows) == UNSURE else found

    def family(self: Walk, o: Var) -> frozenset[Var]:
        """An object, and those that it may be."""
        others: frozenset[Var] = self.memory.chosen.get(o, frozenset())
        return others | {o}

    def may_be_same(self: Walk, a: Var, b: Var) -> bool:
        """Whether a write to one object may change the other."""
        if a is b:
            return True
        known = self.memory.related.get(frozenset((a, b)))
        return bool(self.family(a) & self.family(b)) if known is None else known

    def may_share(self: Walk, x: Operand, y: Operand) -> bool:
        """Whether a write to one array may change the other."""
        mine = self.bases(y)
        return any(self.may_be_same(a, b) for a in self.bases(x) for b in mine)

    def choose(self: Walk, result: Var, sources: Any) -> None:
        """Notes that a branch or loop made `result` one of these arrays."""
        if isinstance(result.type, Array):
            found = {x for s in sources for o in self.bases(s) for x in self.family(o)} - {result}
            if found:
                self.memory.chosen[result] = frozenset(found)

    def sharing_pairs(self: Walk, found: list[Operand]) -> list[tuple[int, int]]:
        """The positions of arrays of which a write to one may change the other."""
        pairs = [(i, j) for j in range(len(found)) for i in range(j)]
        return [(i, j) for i, j in pairs if self.may_share(found[i], found[j])]

    def relate_results(self: Walk, results: list[Var], pairs: list[tuple[int, int]]) -> None:
        """Notes which results of a function may be the same array."""
        for i, j in pairs:
            self.memory.related[frozenset((results[i], results[j]))] = True
            for v in (results[i], results[j]):
                self.memory.chosen.setdefault(v, frozenset())

    def forget_others(self: Walk, o: Var, node: Any) -> None:
        """After a write to `o`: what may be the same array holds unknown values."""
        others = dict.fromkeys((*self.memory.chosen, *self.memory.chosen.get(o, ())))
        for other in others:
            if other is not o and self.may_be_same(o, other):
                made_by = self.memory.made_by
                loops = tuple(made_by[x] for x in (o, other) if x in made_by)
                self.change(other, Stale(self.location(node), loops, self.carriers(o, other)))

    def stale_in(self: Walk, x: Operand) -> Stale | None:
        """Why it is not known what an operand holds, if so."""
        found = (self.memory.contents.get(o) for o in sorted(self.bases(x), key=serial_of))
        return next((s for s in found if isinstance(s, Stale)), None)

    def carriers(self: Walk, *objects: Var) -> tuple[Any, ...]:
        """The carried arrays of loops because of which it is not known whether these are one."""
        found = sorted({x for o in objects for x in self.family(o)}, key=serial_of)
        carries = self.memory.carries
        return tuple(dict.fromkeys(slot for x in found for slot in carries.get(x, ())))

    def learn_to_unroll(self: Walk, loops: tuple[Any, ...]) -> None:
        """Walks again with these loops unrolled, where that has not been tried."""
        new = [loop for loop in loops if loop not in self.learned.unrolled]
        if new:
            self.learned.unrolled.update(new)
            raise Restart

    # writing

    def write_item(self: Walk, v: Var, index: Operand, value: Operand, p: Any, node: Any) -> None:
        """v[index] = value, by the primitive `p` (`store` and the like)."""
        v = self.object_of(v)
        if self.write_chosen(v, lambda a: self.write_item(a, index, value, p, node), node):
            return
        d = self.view_of(v)
        if d is not None:
            self.check_view(d, node)
            inner = through(d, index)
            if inner is not None and isinstance(d.args[0], Var):
                self.write_item(d.args[0], inner, value, p, node)
                return
        self.write(v, self.b.let(p, (v, index, value), v.hint), node)

    def write(self: Walk, v: Var, new: Operand, node: Any) -> None:
        """The array `v` holds `new` from here on, and so does whatever shares its memory."""
        if self.write_chosen(v, lambda a: self.write_like(a, v, new, node), node):
            self.memory.objects[new] = self.object_of(v)
            return
        d = self.view_of(v)
        if d is None:
            self.set_contents(v, new, node)
            return
        self.check_view(d, node)
        parent = self.current(d.args[0])
        assert isinstance(parent, Var)
        back = put_back(self.b, d, parent, new)
        if back is None:
            raise self.refuse(
                f"a write through {d.primitive.name}", "write to the array itself", node
            )
        self.write(self.object_of(d.args[0]), back, node)

    def check_view(self: Walk, d: Let, node: Any) -> None:
        if is_read_only(d):
            raise ValueError("assignment destination is read-only")
        if sharing(d, self.in_rows) == UNSURE:
            raise self.unsure(d)

    def check_own(self: Walk, o: Var, node: Any) -> None:
        """Raises where an array is what a function without source made of another array.

        It may be that array itself, or a view of it.
        """
        d = self.b.defined.get(o)
        if d is not None and _may_be_its_operand(d):
            callee = getattr(getattr(d.primitive, "callee", d.primitive.of), "value", None)
            name = getattr(callee or d.primitive.of, "__name__", "a function without source")
            raise self.refuse(
                f"a write to what {name} returns, which may share memory with what it was given,",
                "copy it before the write (.copy())",
                node,
            )

    def set_contents(self: Walk, v: Var, new: Operand, node: Any) -> None:
        """A new version of an object; what may be the same object is unknown from here on."""
        if not isinstance(new, Var):
            new = self.b.let(RULES[np.asarray], (new, Lit(None), Lit(None)))
        self.need_objects()
        o = self.object_of(v)
        self.check_own(o, node)
        self.check_unlisted(o, node)
        self.memory.objects.setdefault(o, o)
        self.memory.objects[new] = o
        self.change(o, new)
        self.forget_others(o, node)


def serial_of(v: Any) -> int:
    """The number of a name, by which later ones have higher ones; 0 for those of parameters."""
    number = getattr(v, "name", "").rpartition(".")[2]
    return int(number) if number.isdigit() else 0


def _may_be_its_operand(d: Let) -> bool:
    """Whether a result may share memory with an operand that does not count as written."""
    p = d.primitive
    if p.of is np.linalg.matrix_power:
        return not isinstance(d.args[1], Lit)  # a first power is the matrix itself
    if not hasattr(p, "callee") or p.pure or not getattr(p, "only_reads", False):
        return False
    return any(isinstance(x, Var) and isinstance(x.type, Array) for x in d.args)
