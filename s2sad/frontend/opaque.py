"""Functions and methods without source or rule: run where they stand, their results are data."""

from __future__ import annotations

import copy
import re
import sys
import types
from typing import Any

import numpy as np

from s2sad.frontend.classes import mark_exception
from s2sad.frontend.prims import template
from s2sad.frontend.rendering import render
from s2sad.frontend.signature import hashable
from s2sad.frontend.values import Closure, Growing, Mapping, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Var
from s2sad.ir.types import GENERATORS, OPAQUE, UNKNOWN, Array, Number, Opaque, Type
from s2sad.rules.refused import qualified, refusal
from s2sad.rules.table import lookup

OPAQUE_PACKAGES = frozenset({"numpy", "scipy", "numba", "random", "builtins", "math", "operator"})
"""Packages whose functions are never walked: they have a rule or are used as data."""

MAKING_DATA = frozenset(
    {np.diag_indices, np.diag_indices_from, np.indices,
     np.ravel_multi_index, np.einsum_path, np.isin, np.histogram_bin_edges, np.finfo,
     np.iinfo, np.result_type}
)  # fmt: skip
"""Functions without a rule that do nothing but compute data: they may be called again."""

WRITING = frozenset({"shuffle", "setflags"})
WRITING_METHODS = frozenset({"partition", "itemset", "shuffle"})
"""Names of functions and methods that write into an array."""
CHANGES = re.compile("heap(?!q)|insort|setitem|delitem|i(add|concat|mul|or|and|sub)$|append|put")
"""Names of library functions and methods that change or keep a list that they are given."""
KEEPING = re.compile("append|add|push|put|insert|extendleft|setdefault")
"""Names of methods that keep what they are given."""


class OpaqueCalls:
    """Calls of what is not walked."""

    def opaque(
        self: Walk, f: Operand, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A call of something without source or rule: run where it stands, its result is data."""
        self.refuse_writing(f, kwargs, node)
        self.refuse_functions(f, [*args, *kwargs.values()], node)
        self.refuse_changing(f, [*args, *kwargs.values()], node)
        texts, operands = self.rendered([f, *args, *kwargs.values()])
        head, rest = texts[0], texts[1:]
        named = [f"{k}={t}" for k, t in zip(kwargs, rest[len(args) :], strict=True)]
        text = f"{head}({', '.join([*rest[: len(args)], *named])})"
        p = template(text, len(operands), _result_of(f, [*args, *kwargs.values()]))
        p.callee = f
        p.only_reads = _only_reads(f)
        p.pure = isinstance(f, Lit) and hashable(f.value) and f.value in MAKING_DATA
        mark_exception(p)
        return self.b.let(p, tuple(operands))

    def refuse_writing(self: Walk, f: Operand, kwargs: dict[str, Value], node: Any) -> None:
        """Functions that write into their arguments are not data."""
        name = getattr(f.value, "__name__", "") if isinstance(f, Lit) else ""
        given = kwargs.get("out")
        if name in WRITING:
            raise self.refuse(
                f"{name}, which writes into an array,",
                "build the array from its parts with np.where, np.concatenate or np.stack",
                node,
            )
        if given is not None and not (isinstance(given, Lit) and given.value is None):
            raise self.refuse("out=", "assign the result to a variable", node)

    def refuse_functions(self: Walk, f: Operand, given: list[Value], node: Any) -> None:
        """A function that is given to what has a reason to be refused is refused for that."""
        why = refusal(f.value) if isinstance(f, Lit) else None
        if isinstance(f, Lit) and why and any(isinstance(v, Closure) for v in given):
            raise self.refuse(f"{qualified(f.value)}, {why.reason},", why.advice, node)

    def is_of_library(self: Walk, owner: Value) -> bool:
        """Whether an object is of Python's own or NumPy's classes, as far as is known."""
        made = self.made_by(owner) if isinstance(owner, Var) else None
        known = owner if isinstance(owner, Lit) else Lit(made)
        return (callable(made) or known is owner) and _only_reads(known)

    def refuse_changing(self: Walk, f: Operand, given: list[Value], node: Any) -> None:
        """A function gets a copy of a list or dict, which must not matter."""
        changeable = [v for v in given if is_changeable(v)]
        if changeable and not _only_reads(f):
            name = getattr(f.value, "__name__", "") if isinstance(f, Lit) else ""
            raise self.refuse(
                f"a {self.kind_of(changeable[0])} given to {name or 'a function without source'},"
                " which may change or keep it,",
                "pass a tuple or an array, or write out what it does",
                node,
            )

    def rendered(
        self: Walk, values: list[Value], first: int = 0
    ) -> tuple[list[str], list[Operand]]:
        """Each value as text with holes for its run-time atoms, numbered from `first`."""
        operands: list[Operand] = []
        return [render(self, v, operands, first) for v in values], operands

    def call_opaque_method(
        self: Walk, m: Any, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        if m.name in WRITING_METHODS:
            raise self.refuse(
                f"the method {m.name}, which writes into an array,", "build a new array", node
            )
        kept = next(filter(is_changeable, args), None)
        if kept is not None and KEEPING.match(m.name):
            raise self.refuse(
                f"a {self.kind_of(kept)} given to the method {m.name} of an object without source,"
                " which may keep it,",
                "pass a tuple or an array",
                node,
            )
        texts, operands = self.rendered([*args, *kwargs.values()])
        owner, *rest = texts[: len(args)]
        named = [f"{k}={t}" for k, t in zip(kwargs, texts[len(args) :], strict=True)]
        text = f"{owner}.{m.name}({', '.join([*rest, *named])})"
        p = template(text, len(operands))
        p.callee = Lit(f"the method {m.name}")
        p.only_reads = self.is_of_library(args[0])
        return self.b.let(p, tuple(operands))


def is_changeable(v: Value) -> bool:
    """Whether a value is a container that a function could change."""
    fixed = isinstance(v, Sequence) and v.cls is not list
    return isinstance(v, Sequence | Mapping | Growing) and not fixed


def _only_reads(f: Operand) -> bool:
    """Whether a function is of a library, and not known to change its arguments."""
    if not isinstance(f, Lit):
        return False
    owner = getattr(f.value, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType):
        owner = owner if isinstance(owner, type) else type(owner)
    else:
        owner = f.value
    module = getattr(owner, "__module__", None) or type(owner).__module__
    package = module.partition(".")[0].lstrip("_")
    known = package in OPAQUE_PACKAGES or package in sys.stdlib_module_names - {"ctypes"}
    return known and package != "__main__" and not CHANGES.match(_bare_name(f.value))


def _bare_name(f: Any) -> str:
    name: str = getattr(f, "__name__", "")
    return name.lstrip("_")


def takes_elements(f: Any) -> bool:
    """Whether a function reads what is in an object that it is given, whatever that is."""
    if not hashable(f) or f is len:
        return False
    return f in (sum, max, min, any, all) or bool(lookup(f))


def _result_of(f: Operand, args: list[Value]) -> Type:
    """The type of what a call gives: an object, if that is an object of a class."""
    cls = f.value if isinstance(f, Lit) else None
    if cls in GENERATORS:
        return Opaque(cls)
    if cls in (copy.copy, copy.deepcopy):
        return type_of_generator(args[0])
    if cls is np.random.default_rng:  # gives a generator, or another one, back as it is
        return Opaque(np.random.Generator) if all(map(_is_seed, args)) else UNKNOWN
    numeric = (np.ndarray, np.generic, int, float, complex)
    return OPAQUE if isinstance(cls, type) and not issubclass(cls, numeric) else UNKNOWN


def _is_seed(v: Value) -> bool:
    """Whether a value is surely no generator of a class of its own."""
    if isinstance(v, Lit):
        return not isinstance(v.value, np.random.Generator) or type(v.value) in GENERATORS
    if isinstance(v, Var):
        known = isinstance(v.type, Number | Array) and v.type.dtype is not None
        return known or (isinstance(v.type, Opaque) and v.type.cls in GENERATORS)
    return isinstance(v, Sequence)


def type_of_generator(v: Value) -> Type:
    """The type of a copy of an object: that of a generator is known."""
    t = v.type if isinstance(v, Var) else Opaque(type(v.value)) if isinstance(v, Lit) else OPAQUE
    return t if isinstance(t, Opaque) and t.cls in GENERATORS else OPAQUE
