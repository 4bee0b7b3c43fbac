"""How a primitive applied to operands is written in Python."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from s2sad.backend.choice import is_choice
from s2sad.backend.conditions import joined
from s2sad.backend.literal_tree import LOAD, literal_tree
from s2sad.backend.names import LocalNames, ModuleNames
from s2sad.errors import InternalError
from s2sad.ir.nodes import Let, Lit, Operand, Span, Var
from s2sad.ir.types import Array, Buffer
from s2sad.rules.methods import METHODS, ONLY_METHODS
from s2sad.rules.naming import qualified_name
from s2sad.rules.notation import Primitive, variadic

BINARY: dict[Callable[..., Any], type[ast.operator]] = {
    operator.add: ast.Add,
    operator.sub: ast.Sub,
    operator.mul: ast.Mult,
    operator.truediv: ast.Div,
    operator.floordiv: ast.FloorDiv,
    operator.mod: ast.Mod,
    operator.pow: ast.Pow,
    operator.matmul: ast.MatMult,
    operator.and_: ast.BitAnd,
    operator.or_: ast.BitOr,
    operator.xor: ast.BitXor,
    operator.lshift: ast.LShift,
    operator.rshift: ast.RShift,
}
UNARY: dict[Callable[..., Any], type[ast.unaryop]] = {
    operator.neg: ast.USub,
    operator.pos: ast.UAdd,
    operator.invert: ast.Invert,
    operator.not_: ast.Not,
}
COMPARE: dict[Callable[..., Any], type[ast.cmpop]] = {
    operator.lt: ast.Lt,
    operator.le: ast.LtE,
    operator.eq: ast.Eq,
    operator.ne: ast.NotEq,
    operator.gt: ast.Gt,
    operator.ge: ast.GtE,
    operator.is_: ast.Is,
    operator.is_not: ast.IsNot,
}

UNLIKE = frozenset({"clip", "dot", "conj", "conjugate"})
METHOD_OF = {of: name for name, of in METHODS.items() if name not in UNLIKE}
"""Functions that are written as methods of an operand known to be an array.

np.conj makes an array where the method gives the one that it is of.
"""

ONLY_OF_FUNCTIONS = frozenset({"correction"})
"""Options that functions of NumPy have and the methods of the same name have not."""

ATTRIBUTE_OF: dict[Callable[..., Any], str] = {
    np.transpose: "T",
    np.matrix_transpose: "mT",
    np.shape: "shape",
    np.ndim: "ndim",
    np.size: "size",
}
"""Functions of one argument that are written as attributes."""

KEYWORDS = frozenset(
    {
        "axis", "axes", "keepdims", "ddof", "correction", "dtype", "casting", "order", "out",
        "initial", "where", "mode", "endpoint", "copy", "k", "offset", "kind", "side",
        "upper", "ord", "UPLO", "hermitian", "rcond", "rtol", "full_matrices", "compute_uv",
    }
)  # fmt: skip
"""Optional parameters that people write with their name."""


class Speller:
    """The expressions of one function."""

    def __init__(
        self, module: ModuleReferences, names: LocalNames, folded: Mapping[Var, Let]
    ) -> None:
        self.module = module
        self.names = names
        self.folded = folded

    def operand(self, operand: Operand) -> ast.expr:
        """The expression of an operand, folded statements written out."""
        if isinstance(operand, Var):
            let = self.folded.get(operand)
            return ast.Name(self.names.of(operand), LOAD) if let is None else self.value(let)
        if isinstance(operand, tuple):
            return ast.Tuple([self.operand(item) for item in operand], LOAD)
        if isinstance(operand, Span):
            parts = [operand.start, operand.stop, operand.step]
            if is_none(operand.step):
                parts = parts[is_none(operand.start) : 2]
            items = [self.operand(p) for p in parts]
            return ast.Call(self.module.required(slice), items, [])
        return literal_tree(operand.value, self.module.refer)

    def name(self, var: Var) -> ast.Name:
        return ast.Name(self.names.of(var), LOAD)

    def copied(self, operand: Operand) -> ast.expr:
        """A copy of an array."""
        whole = self.operand(operand)
        if isinstance(self.typed(operand), Buffer):
            array = ast.Call(self.module.required(np.array), [whole], [])
            return ast.Attribute(array, "data", LOAD)
        return ast.Call(ast.Attribute(whole, "copy", LOAD), [], [])

    def value(self, let: Let) -> ast.expr:
        """The expression that a statement computes."""
        of, args = let.primitive.of, let.args
        if hasattr(of, "__s2sad_template__"):
            node = self.filled(let)
            if isinstance(node, ast.expr):
                return node
            raise InternalError(f"{let.primitive.name!r} is not an expression")
        if of in BINARY:
            return ast.BinOp(self.operand(args[0]), BINARY[of](), self.operand(args[1]))
        if of in UNARY:
            return ast.UnaryOp(UNARY[of](), self.operand(args[0]))
        if is_choice(let):
            return joined(let, [self.operand(a) for a in args])
        if of in COMPARE:
            return ast.Compare(self.operand(args[0]), [COMPARE[of]()], [self.operand(args[1])])
        if of is operator.contains:
            return ast.Compare(self.operand(args[1]), [ast.In()], [self.operand(args[0])])
        if of is operator.getitem:
            place = self.place(self.typed(args[0]), args[1])
            return ast.Subscript(self.operand(args[0]), place, LOAD)
        return self.call(let)

    def filled(self, let: Let) -> ast.expr | ast.stmt:
        """A template of Python text with the operands in its holes."""
        text = let.primitive.of.__s2sad_template__  # type: ignore[attr-defined]
        holes: dict[str, ast.expr] = {}
        for i, operand in enumerate(let.args):
            holes[f"hole__{i}"] = self.operand(operand)
        node, free = _template(text)
        for name in free:
            found = self.module.refer(np if name == "np" else getattr(builtins, name))
            holes[name] = found or ast.Name(name, LOAD)
        made: ast.expr | ast.stmt = _filled(node, holes)
        return made

    def call(self, let: Let) -> ast.expr:
        """A call of a function, or of a method where the first operand is an array."""
        p, args = let.primitive, let.args
        if p.of in ONLY_METHODS:
            return self.method(let, ONLY_METHODS[p.of])
        if args and is_array(self.typed(args[0])):
            if p.of in ATTRIBUTE_OF and all(map(is_none, args[1:])):
                return ast.Attribute(self.operand(args[0]), ATTRIBUTE_OF[p.of], LOAD)
            if p.of in METHOD_OF and not self.only_function(let):
                return self.method(let, METHOD_OF[p.of])
        positional, keywords = self.arguments(p, args, 0)
        return ast.Call(self.function(p), positional, keywords)

    def only_function(self, let: Let) -> bool:
        """Whether a call has an option that the method of arrays has not."""
        p, args = let.primitive, let.args
        return any(
            name in ONLY_OF_FUNCTIONS and not is_default(a, p.defaults[name])
            for name, a in zip(p.params, args, strict=False)
        )

    def function(self, p: Primitive) -> ast.expr:
        if p.of is operator.abs:
            return self.module.required(abs)
        return self.module.required(p.of)

    def typed(self, operand: Operand) -> object:
        return operand.type if isinstance(operand, Var) else None

    def method(self, let: Let, name: str) -> ast.expr:
        base = self.operand(let.args[0])
        positional, keywords = self.arguments(let.primitive, let.args, 1)
        if let.primitive.of is np.transpose:  # the method takes no keyword
            positional, keywords = positional + [k.value for k in keywords], []
        return ast.Call(ast.Attribute(base, name, LOAD), positional, keywords)

    def arguments(
        self, p: Primitive, args: Sequence[Operand], first: int
    ) -> tuple[list[ast.expr], list[ast.keyword]]:
        """Positional and keyword arguments; those that equal the default are left out."""
        positional: list[ast.expr] = []
        keywords: list[ast.keyword] = []
        gap = False
        for name, operand in list(zip(p.params, args, strict=False))[first:]:
            if name == variadic(p):
                items = operand if isinstance(operand, tuple) else (operand,)
                positional.extend(map(self.operand, items))
                gap = True
            elif name in p.defaults and is_default(operand, p.defaults[name]):
                gap = True
            elif gap or keywords or (name in p.defaults and name in KEYWORDS):
                keywords.append(ast.keyword(name, self.operand(operand)))
                gap = True  # what follows a keyword is given by name, too
            else:
                positional.append(self.operand(operand))
        return positional, keywords

    def place(self, container: object, index: Operand) -> ast.expr:
        """The index of a part; `x[1:,]` of an array is written `x[1:]`."""
        if isinstance(index, tuple) and len(index) == 1 and isinstance(container, Array):
            (index,) = index
        return self.index(index)

    def index(self, operand: Operand) -> ast.expr:
        """What stands between the brackets."""
        if isinstance(operand, Lit) and isinstance(operand.value, tuple):
            operand = tuple(Lit(v) for v in operand.value)
        if isinstance(operand, tuple):
            return ast.Tuple([self.index(item) for item in operand], LOAD)
        if isinstance(operand, Lit) and isinstance(operand.value, slice):
            s = operand.value
            operand = Span(Lit(s.start), Lit(s.stop), Lit(s.step))
        if isinstance(operand, Span):
            bounds = (operand.start, operand.stop, operand.step)
            return ast.Slice(*(None if is_none(b) else self.operand(b) for b in bounds))
        return self.operand(operand)


class ModuleReferences:
    """How the module refers to objects: bindings by their name, the rest by import."""

    def __init__(self, names: ModuleNames, bindings: Sequence[tuple[str, object]]) -> None:
        self.names = names
        self.bindings = {id(value): name for name, value in bindings}
        self.known: dict[int, ast.expr | None] = {}

    def refer(self, value: Any) -> ast.expr | None:
        """The name of an object in the module, or None."""
        key = id(value)
        if key in self.bindings:
            return ast.Name(self.bindings[key], LOAD)
        if key not in self.known:
            self.known[key] = self.find(value)
        return self.known[key]

    def required(self, value: Any) -> ast.expr:
        found = self.refer(value)
        if found is None:
            raise InternalError(f"{value!r} has no name in the generated module")
        return found

    def find(self, value: Any) -> ast.expr | None:
        place = origin(value)
        if place is None:
            return None
        module, path = place
        if module == "builtins":
            return dotted(self.names.builtin(path))
        if module == "numpy":
            return dotted(f"{self.names.module('numpy', 'np')}.{path}".rstrip("."))
        if module == "s2sad.runtime":
            return dotted(self.names.module(f"{module}:{path}", path))
        return dotted(f"{self.names.module(module, module.split('.')[-1])}.{path}".rstrip("."))


def origin(value: Any) -> tuple[str, str] | None:
    """The module that holds an object, and the path to it from there."""
    if inspect.ismodule(value):
        return value.__name__, ""
    owner = getattr(value, "__self__", None)
    if isinstance(owner, np.ufunc):
        place = origin(owner)
        return place and (place[0], f"{place[1]}.{value.__name__}")
    module, _, name = qualified_name(value).rpartition(".")
    module = {"": "builtins"}.get(module, re.sub(r"^np\b", "numpy", module))
    for candidate in (module, "numpy", "numpy.linalg", "scipy.special"):
        if _lookup(candidate, name) is value:
            top = candidate.startswith("numpy")
            return ("numpy", f"{candidate}.{name}"[6:]) if top else (candidate, name)
    return None


def _lookup(module: str, name: str) -> object:
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


def dotted(path: str) -> ast.expr:
    """The expression `a.b.c`."""
    first, *rest = path.split(".")
    node: ast.expr = ast.Name(first, LOAD)
    for name in rest:
        node = ast.Attribute(node, name, LOAD)
    return node


def is_array(t: object) -> bool:
    """Whether a type is certainly that of an ndarray."""
    return isinstance(t, Array) and bool(t.dims)


def is_none(operand: Operand) -> bool:
    """Whether an operand is None, known at compile time."""
    return isinstance(operand, Lit) and operand.value is None


def is_default(operand: Operand, default: object) -> bool:
    """Whether an argument may be left out."""
    if isinstance(operand, tuple) and isinstance(default, tuple):
        pairs = zip(operand, default, strict=False)
        return len(operand) == len(default) and all(is_default(o, d) for o, d in pairs)
    if default is float and isinstance(operand, Lit) and isinstance(operand.value, np.dtype):
        return operand.value == np.float64
    if not isinstance(operand, Lit) or type(operand.value) is not type(default):
        return False
    return operand.value is default or bool(operand.value == default)


@cache
def _template(text: str) -> tuple[ast.expr | ast.stmt, tuple[str, ...]]:
    """The tree of a template, and the names in it that the module must provide.

    Holes and braces are written as for `str.format`: `{0}.name`, `f'{{{0}}}'`.
    """
    holes = [f"hole__{i}" for i in range(text.count("{"))]
    (statement,) = ast.parse(text.format(*holes)).body
    found = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
    names = tuple(sorted(n for n in found if n == "np" or hasattr(builtins, n)))
    return statement.value if isinstance(statement, ast.Expr) else statement, names


def _filled(node: Any, holes: Mapping[str, ast.expr]) -> Any:
    """The tree with names replaced."""
    if isinstance(node, list):
        return [_filled(item, holes) for item in node]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.Name):
        return holes.get(node.id, node)
    parts = {name: _filled(getattr(node, name, None), holes) for name in node._fields}
    return type(node)(**parts)
