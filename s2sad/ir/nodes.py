"""The nodes: a function is blocks of statements in single assignment, with explicit data flow.

Every `Var` is bound once.  An operand is a `Var`, a `Lit` (any Python object known at compile
time), a `Span` (a slice inside an index) or a tuple of operands.  Control flow is regions that
yield their results.  Arrays are values: a write yields a new version of its array
(`store`, `index_add` in `rules/engine.py`), which the backend performs in place where the old
version is dead.  The only objects with a life of their own are tapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from s2sad.errors import Location
from s2sad.ir.tree import Tree
from s2sad.ir.types import Type
from s2sad.rules.notation import Primitive


class Var:
    """A name bound once; compared by identity."""

    __slots__ = ("hint", "name", "role", "type")

    def __init__(self, name: str, type: Type, hint: str = "", role: str = "alpha") -> None:
        self.name = name  # unique in its function
        self.type = type
        self.hint = hint  # the identifier it wants ("x", "beta_x"), "" for a numbered temporary
        self.role = role  # "alpha" forward, "beta" adjoint, "dot" tangent, "tape"

    def __repr__(self) -> str:
        return self.name


class Lit:
    """A value known at compile time."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)


class _Undefined:
    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Lit(_Undefined())
"""What a name holds that a branch or a loop did not bind; emitted as no assignment at all."""


@dataclass(frozen=True, slots=True)
class Span:
    """A slice inside an index."""

    start: Operand
    stop: Operand
    step: Operand


Operand: TypeAlias = "Var | Lit | Span | tuple[Operand, ...]"
Atom: TypeAlias = Var | Lit


@dataclass(frozen=True, slots=True, eq=False)
class Let:
    """target = primitive(args); `args` in the order of the primitive's parameters."""

    target: Var
    primitive: Primitive
    args: tuple[Operand, ...]
    at: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Statements, and what the region yields."""

    body: tuple[Statement, ...]
    yields: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """results = then.yields if test else orelse.yields; a yield may be UNDEFINED."""

    test: Atom
    then: Block
    orelse: Block
    results: tuple[Var, ...]
    at: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class For:
    """for index in range(start, stop, step), or reversed(range(...)) where `backward`.

    `carried` are the names at the start of an iteration: first `inits`, then what the body yields;
    `results` hold the last ones.  An init may be UNDEFINED.
    """

    index: Var
    start: Atom
    stop: Atom
    step: Atom
    backward: bool
    inits: tuple[Operand, ...]
    carried: tuple[Var, ...]
    body: Block
    results: tuple[Var, ...]
    at: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class While:
    """while test: body.  `test` and `body` are in terms of `carried`; `test` yields one atom."""

    inits: tuple[Operand, ...]
    carried: tuple[Var, ...]
    test: Block
    body: Block
    results: tuple[Var, ...]
    at: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """targets = callee(args): another function of the same program, by name.

    pure: it has no effects, and may be dropped where nobody reads what it binds.
    """

    targets: tuple[Var, ...]
    callee: str
    args: tuple[Operand, ...]
    at: Location | None = None
    pure: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """tape.append((values...)): recorded, and no longer to be overwritten."""

    tape: Var
    values: tuple[Operand, ...]
    at: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pop:
    """(targets...) = tape.pop()."""

    targets: tuple[Var, ...]
    tape: Var
    at: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comment:
    """A line of its own in the emitted code: `# forward`, `# backward`."""

    text: str


Statement: TypeAlias = Let | If | For | While | Call | Push | Pop | Comment


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    """One parameter of the user's function: its name and the tree of leaves it is taken apart into.

    A leaf is a `Var` (a run-time value) or a `Lit` (static, part of the signature).
    """

    name: str
    tree: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the IR.  `result` is a tree whose leaves are positions in `body.yields`."""

    name: str
    params: tuple[Param, ...]
    body: Block
    result: Tree
    doc: str = ""
    at: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """An entry function and the functions it calls, by name (callees before callers).

    `bindings` are the run-time objects the code refers to by name (captured arrays, opaque
    callables, classes).
    """

    entry: Function
    callees: tuple[Function, ...] = ()
    bindings: tuple[tuple[str, object], ...] = ()
