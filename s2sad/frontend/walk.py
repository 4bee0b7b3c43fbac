"""What the parts of the interpreter see of each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from s2sad.frontend.values import Frame, Instance, Lazy, Range, Value
from s2sad.ir.nodes import Function, Operand, Var
from s2sad.rules.notation import Primitive

if TYPE_CHECKING:
    from s2sad.frontend.build import Builder


class Walk(Protocol):
    """The state of the walk; the methods of the other parts are found on the same object."""

    b: Builder
    frame: Frame
    frames: list[Frame]
    calls: list[Any]
    functions: dict[str, Function]
    outlined: dict[Any, Any]
    compiling: list[Any]
    captures: dict[Any, Any]
    paths: dict[int, Any]
    alive: list[object]
    bindings: dict[str, object]
    parameters: dict[Var, str]
    unnamed: dict[Var, Var | None]
    indices: set[Var]
    memory: Any
    journals: list[Any]
    pairs_joined: dict[Any, Var]
    given: set[Var]
    recursive: set[Any]
    loop_depth: int
    changing: str
    region: object
    foreign: object
    handed: object
    frozen: list[Any]
    containers: list[Any]
    changes_arguments: bool
    merges: dict[Any, Any]
    adoptions: dict[int, Any]
    derive: Any
    asked_for: Any

    def call(self, f: Value, args: list[Value], kwargs: dict[str, Value], node: Any) -> Value: ...
    def operand(self, v: Value, node: Any = None) -> Operand: ...
    def known_elements(self, v: Value) -> list[Value] | None: ...
    def elements(self, v: Value, node: Any = None, count: int | None = None) -> list[Value]: ...
    def known_lazy(self, v: Lazy) -> list[Value] | None: ...
    def indexable(self, v: Value, s: Any) -> tuple[Operand, Callable[[Operand], Value]]: ...
    def indexable_zip(
        self, parts: tuple[Value, ...], s: Any
    ) -> tuple[Operand, Callable[[Operand], Value]]: ...
    def array_operand(self, v: Value, node: Any) -> Operand: ...
    def argument(self, p: Primitive, name: str, v: Value, node: Any) -> Operand: ...
    def range_length(self, r: Range) -> Operand: ...
    def instance_truth(self, v: Instance) -> bool | Operand: ...
    def truth(self, v: Value) -> bool | Operand: ...
    def sees(self, value: Value, v: Var, seen: set[int]) -> bool: ...
    def parameter_names(self, f: Value) -> list[str]: ...
    def kind_of(self, v: Value) -> str: ...
    def __getattr__(self, name: str) -> Any: ...
    def recurs(self, code: Any, frame: Frame) -> bool: ...
