"""What the parts of the interpreter see of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from s2sad.frontend.values import Frame, Value
from s2sad.ir.nodes import Function, Operand, Var

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
    captures: dict[Any, Any]
    paths: dict[int, Any]
    alive: list[object]
    bindings: dict[str, object]
    parameters: dict[Var, str]
    unnamed: dict[Var, Var | None]
    indices: set[Var]
    owned: set[Var]
    recursive: set[Any]
    uncarried: dict[str, Any]
    loop_depth: int
    region: object
    foreign: object
    derive: Any
    asked_for: Any

    def call(
        self, f: Value, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value: ...
    def operand(self, v: Value, node: Any = None) -> Operand: ...
    def known_elements(self, v: Value) -> list[Value] | None: ...
    def elements(self, v: Value, node: Any = None, count: int | None = None) -> list[Value]: ...
    def kind_of(self, v: Value) -> str: ...
    def __getattr__(self, name: str) -> Any: ...
