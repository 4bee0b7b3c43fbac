"""Statements: assignment, branches, loops, return, effects."""

from __future__ import annotations

import operator
from typing import Any

import gast

from s2sad.frontend.journal import Name
from s2sad.frontend.names import Final
from s2sad.frontend.prims import template
from s2sad.frontend.raising import Raises, as_users, raises
from s2sad.frontend.values import (
    Closure,
    Growing,
    Instance,
    Mapping,
    Missing,
    Sequence,
    Value,
)
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var
from s2sad.rules.notation import RULES

FALLS = object()
"""The outcome of statements that neither return nor raise."""


class Raised:
    """The outcome of statements that end in an exception."""


RAISED = Raised()


class Statements:
    """How each statement is walked; a block's outcome is FALLS, RAISED or the returned value."""

    def block(self: Walk, body: list[Any]) -> Value:
        """Walks statements until one returns or raises."""
        for s in body:
            try:
                outcome = self.statement(s)
            except Raises as error:
                # On some paths only: it is raised at run time.
                if self.b.conditional <= (self.tries[-1] if self.tries else 0):
                    raise
                self.emit_raise(error.error, error.cls, None)
                return RAISED
            if outcome is not FALLS:
                return outcome
        return FALLS

    def statement(self: Walk, s: Any) -> Value:
        method = getattr(self, "do_" + type(s).__name__, None)
        if method is None:
            raise self.refuse(*_REFUSED.get(type(s).__name__, _unknown(s)), s)
        if self.frame.source is None:
            return method(s)
        with self.b.placed(self.location(s)):
            return method(s)

    def do_Pass(self: Walk, s: Any) -> Value:
        return FALLS

    def do_Global(self: Walk, s: Any) -> Value:
        outer = self.frame.parent
        while outer is not None:
            if any(n in outer.scope for n in s.names):
                raise self.refuse(
                    "global for a name that a function around has too", "use two names", s
                )
            outer = outer.parent
        return FALLS

    def do_Nonlocal(self: Walk, s: Any) -> Value:
        return FALLS

    def do_Import(self: Walk, s: Any) -> Value:
        import importlib

        for alias in s.names:
            with as_users(ImportError):
                module = importlib.import_module(alias.name)
            top = importlib.import_module(alias.name.partition(".")[0])
            self.bind(
                alias.asname or alias.name.partition(".")[0], Lit(module if alias.asname else top)
            )
        return FALLS

    def do_ImportFrom(self: Walk, s: Any) -> Value:
        import importlib

        package = self.frame.globals.get("__package__")
        with as_users(ImportError):
            module = importlib.import_module("." * s.level + (s.module or ""), package)
        for alias in s.names:
            if not hasattr(module, alias.name):
                raise raises(ImportError(f"cannot import name {alias.name!r}"))
            self.bind(alias.asname or alias.name, self.known(getattr(module, alias.name), None))
        return FALLS

    def do_Return(self: Walk, s: Any) -> Value:
        return Lit(None) if s.value is None else self.eval(s.value)

    def do_Expr(self: Walk, s: Any) -> Value:
        if not isinstance(s.value, gast.Constant):
            self.eval(s.value)
        return FALLS

    def do_Assign(self: Walk, s: Any) -> Value:
        hint = s.targets[0].id if isinstance(s.targets[0], gast.Name) else ""
        value = self.named(self.eval(s.value), hint)
        if isinstance(hint, Final) and len(self.frames) == 1:
            value = self.kept_apart(value, s)
        for target in s.targets:
            self.assign(target, value)
        return FALLS

    def kept_apart(self: Walk, value: Value, node: Any) -> Value:
        """A result whose caller is no part of the program: what it shares memory with is over."""
        if not self.b.writes or (isinstance(value, Var) and self.is_fresh(value)):
            return value
        return self.copied(value, node)

    def do_AnnAssign(self: Walk, s: Any) -> Value:
        if s.value is not None:
            self.assign(s.target, self.named(self.eval(s.value), getattr(s.target, "id", "")))
        return FALLS

    def do_AugAssign(self: Walk, s: Any) -> Value:
        if not isinstance(s.target, gast.Name):
            self.augmented_store(s)
            return FALLS
        current = self.lookup(s.target.id, s.target)
        result = self.augmented(s, current, self.eval(s.value), s.target.id)
        if result is not current:
            self.bind(s.target.id, self.named(result, s.target.id))
        return FALLS

    def named(self: Walk, value: Value, hint: str) -> Value:
        """A fresh temporary takes the name of the variable that it is assigned to."""
        if isinstance(value, Growing) and hint and not value.hint:
            value.hint = hint
            for a in value.state.items[2:]:
                a.hint = a.hint or hint
        if not hint or not isinstance(value, Var) or self.frame.source is None:
            return value
        if not value.hint:
            value.hint = hint
        elif value in self.unnamed:
            leaf: Var | None = value
            while leaf is not None:
                leaf.hint = hint
                leaf = self.unnamed.pop(leaf, None)
        return value

    def bind(self: Walk, name: str, value: Value) -> None:
        if name in self.frame.outside:
            self.bind_outside(name, value)
        else:
            self.frame.locals[name] = value

    def bind_outside(self: Walk, name: str, value: Value) -> None:
        """A name declared nonlocal, of a function around that is being walked."""
        outer = self.frame.parent
        while outer is not None:
            if name in outer.scope or name in outer.locals:
                if name in outer.outside:
                    break
                self.put(Name(outer, name), value)
                return
            outer = outer.parent
        raise self.refuse(
            f"assignment to {name}, which is global or nonlocal,",
            f"return the new value of {name}",
        )

    def assign(self: Walk, target: Any, value: Value) -> None:
        """target = value, for names and nested targets."""
        match target:
            case gast.Name():
                self.bind(target.id, value)
            case gast.Tuple() | gast.List():
                self.unpack(target, value)
            case gast.Subscript():
                self.store_item(target, value)
            case gast.Attribute():
                self.store_attribute(target, value)
            case gast.Starred():
                self.assign(target.value, value)

    def unpack(self: Walk, target: Any, value: Value) -> None:
        """a, (b, *c) = value."""
        starred = [i for i, e in enumerate(target.elts) if isinstance(e, gast.Starred)]
        if starred and self.grows_by(value):
            self.unpack_growing(target, starred[0], value)
            return
        count = None if starred else len(target.elts)
        items = self.elements(value, target, count)
        if count is not None:
            self.check_length(value, count)
        if starred:
            i = starred[0]
            after = len(target.elts) - i - 1
            middle = items[i : len(items) - after]
            items = [*items[:i], Sequence(list, middle, self.region), *items[len(items) - after :]]
        if len(items) != len(target.elts):
            few = "not enough" if len(items) < len(target.elts) else "too many"
            raise raises(ValueError(f"{few} values to unpack (expected {len(target.elts)})"))
        for t, item in zip(target.elts, items, strict=True):
            hint = t.id if isinstance(t, gast.Name) else ""
            self.assign(t, self.named(item, hint))

    def check_length(self: Walk, value: Value, count: int) -> None:
        """Unpacking an array of another length raises, as it does in the user's function."""
        if not isinstance(value, Var | Growing) or self.known_elements(value) is not None:
            return
        dims = getattr(getattr(value, "type", None), "dims", None)
        if dims and dims[0] == count:
            return
        text = f"raise ValueError('{{0}} values to unpack (expected {count})')"
        wrong = self.b.let(RULES[operator.ne], (self.length(value, None), Lit(count)))
        way = self.way(lambda: self.raised(text.replace("{0}", "wrong number of")))
        self.joined(wrong, way, self.way(lambda: FALLS), None)

    def raised(self: Walk, text: str) -> Value:
        p = template(text, 0)
        p.raises = (ValueError,)
        self.b.let(p, ())
        return RAISED

    def store_attribute(self: Walk, target: Any, value: Value) -> None:
        self.set_attribute(self.eval(target.value), target.attr, value, target)

    def do_FunctionDef(self: Walk, s: Any) -> Value:
        if s.decorator_list:
            function: Value = self.closure(s, s.name)
            for d in reversed(s.decorator_list):
                function = self.call(self.eval(d), [function], {}, d)
            self.bind(s.name, function)
        else:
            self.bind(s.name, self.closure(s, s.name))
        return FALLS

    def closure(self: Walk, node: Any, name: str) -> Closure:
        """The function value of a nested `def` or a lambda, its defaults evaluated now."""
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        late = positional[len(positional) - len(arguments.defaults) :]
        defaults = {a.id: self.eval(d) for a, d in zip(late, arguments.defaults, strict=True)}
        for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if d is not None:
                defaults[a.id] = self.eval(d)
        return Closure(node, self.frame, name, defaults)

    def do_Assert(self: Walk, s: Any) -> Value:
        test = self.eval(s.test)
        if isinstance(self.truth(test), bool) and self.truth(test):
            return FALLS
        message = self.eval(s.msg) if s.msg is not None else None
        parts = [test] if message is None else [test, message]
        texts, operands = self.rendered(parts)
        p = template("assert " + ", ".join(texts), len(operands))
        p.raises = (AssertionError,)
        self.b.let(p, tuple(operands))
        return FALLS

    def do_Delete(self: Walk, s: Any) -> Value:
        for t in s.targets:
            if isinstance(t, gast.Name):
                self.bind(t.id, Missing(f"{t.id} was deleted"))
            else:
                self.delete_part(t)
        return FALLS

    def delete_part(self: Walk, t: Any) -> None:
        """del container[index], del owner.name."""
        owner = self.eval(t.value)
        if isinstance(owner, Growing) and isinstance(t, gast.Subscript):
            self.delete_item(owner, self.eval(t.slice), t)
            return
        if not isinstance(owner, Sequence | Mapping | Instance):
            raise self.refuse(
                f"del of a part of a {self.kind_of(owner)}", "make a new one without it", t
            )
        if isinstance(t, gast.Attribute) and isinstance(owner, Instance):
            self.delete_attribute(owner, t.attr, t)
            return
        self.may_change(owner, t, grows=True)
        if isinstance(owner, Instance):
            self.call(self.attribute(owner, "__delitem__", t), [self.eval(t.slice)], {}, t)
        elif not isinstance(t, gast.Attribute):
            del owner.items[self.static(self.eval(t.slice), "an index into a container", t)]


def _unknown(s: Any) -> tuple[str, str]:
    name = type(s).__name__
    return f"the statement {name}", "rewrite it with assignments, branches and loops"


_REFUSED = {
    "ClassDef": ("a class defined inside the function", "define the class at module level"),
    "AsyncFunctionDef": ("an async function", "write it as a plain function"),
    "AsyncFor": ("async for", "write a plain loop"),
    "AsyncWith": ("async with", "write a plain with"),
    "TryStar": ("try with except*", "test for the condition before, and branch"),
    "TypeAlias": ("a type alias inside the function", "define it at module level"),
}
