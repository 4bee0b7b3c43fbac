"""The types of --types "x: f8[:], k: int" and of annotations, as parameters of the IR."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.cli.problems import UsageError, pointed
from s2sad.frontend.signature import hint_of
from s2sad.ir.nodes import Lit, Param, Var
from s2sad.ir.tree import Struct, Tree
from s2sad.ir.types import BOOL, FLOAT, INT, Array, Dim, Number, Size, Type

SCALARS: dict[str, Type] = {
    "float": FLOAT,
    "int": INT,
    "bool": BOOL,
    "complex": Number(np.dtype("c16"), weak=True),
}
DTYPES = {
    code: np.dtype(code)
    for code in [
        "f2",
        "f4",
        "f8",
        "c8",
        "c16",
        "i1",
        "i2",
        "i4",
        "i8",
        "u1",
        "u2",
        "u4",
        "u8",
        "b1",
    ]
}
DTYPES |= {"float32": np.dtype("f4"), "float64": np.dtype("f8"), "int64": np.dtype("i8")}
FORMS = (
    "float, int, bool, f8, f4, i8; arrays f8[:], f8[:, 3], f8[n, d]; "
    "(f8, f8[:]), [f8, f8], {w: f8[:, :]}; a value: 3"
)

_TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-z_]\w*)|(?P<number>-?\d+(?:\.\d*)?)|(?P<sign>\S))")


@dataclass(frozen=True)
class _Token:
    text: str
    column: int


def parse(text: str, option: str = "--types") -> dict[str, Tree]:
    """The types of parameters by name: trees of `Type` and, for values, `Lit`.

    Raises UsageError with a caret.

    >>> {name: str(t) for name, t in parse("x: f8[:, 3], k: int").items()}
    {'x': 'f8[n, 3]', 'k': 'int'}
    """
    reader = _Reader(text, option)
    found: dict[str, Tree] = {}
    while reader.more():
        name = reader.word("the name of a parameter")
        if name.text in found:
            raise reader.wrong(name, f"{name.text} stands there twice")
        reader.expect(":", f"a colon and the type of {name.text}")
        found[name.text] = reader.type()
        if reader.more():
            reader.expect(",", "a comma")
    return found


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, text: str, option: str) -> None:
        self.text, self.option = text, option
        self.tokens = [_Token(m.group(m.lastgroup), m.start(m.lastgroup)) for m in _tokens(text)]
        self.next = 0
        self.dims = _letters(set(re.findall(r"[A-Za-z_]\w*", text)))

    def more(self) -> bool:
        return self.next < len(self.tokens)

    def peek(self) -> str:
        return self.tokens[self.next].text if self.more() else ""

    def take(self) -> _Token:
        token = self.tokens[self.next] if self.more() else _Token("", len(self.text))
        self.next += 1
        return token

    def wrong(self, token: _Token, problem: str) -> UsageError:
        return pointed(self.option, self.text, token.column, problem, f"types are {FORMS}")

    def expect(self, text: str, what: str) -> None:
        token = self.take()
        if token.text != text:
            raise self.wrong(token, f"{what} is missing here")

    def word(self, what: str) -> _Token:
        token = self.take()
        if not token.text.isidentifier():
            raise self.wrong(token, f"{what} is missing here")
        return token

    def type(self) -> Tree:
        opening = self.peek()
        if opening in ("(", "["):
            items = self.items({"(": ")", "[": "]"}[opening])
            return Struct("tuple" if opening == "(" else "list", tuple(items))
        if opening == "{":
            return self.mapping()
        token = self.take()
        if token.text in DTYPES:
            dtype = DTYPES[token.text]
            return Array(dtype, self.sizes()) if self.peek() == "[" else Number(dtype)
        if token.text in SCALARS:
            return SCALARS[token.text]
        return Lit(self.value(token))

    def value(self, token: _Token) -> object:
        known = {"None": None, "True": True, "False": False}
        if token.text in known:
            return known[token.text]
        if re.fullmatch(r"-?\d+", token.text):
            return int(token.text)
        if re.fullmatch(r"-?\d+\.\d*", token.text):
            return float(token.text)
        raise self.wrong(token, f"{token.text!r} is no type" if token.text else "no type")

    def items(self, closing: str) -> Iterator[Tree]:
        self.take()
        while self.peek() != closing:
            yield self.type()
            if self.peek() != closing:
                self.expect(",", f"a comma or {closing}")
        self.take()

    def mapping(self) -> Struct:
        self.take()
        found: dict[str, Tree] = {}
        while self.peek() != "}":
            key = self.word("a key").text
            self.expect(":", "a colon")
            found[key] = self.type()
            if self.peek() != "}":
                self.expect(",", "a comma or }")
        self.take()
        return Struct("dict", tuple(found.values()), tuple(found))

    def sizes(self) -> tuple[Size, ...]:
        self.take()
        found: list[Size] = []
        while self.peek() != "]":
            found.append(self.size(self.take()))
            if self.peek() != "]":
                self.expect(",", "a comma or ]")
        self.take()
        return tuple(found)

    def size(self, token: _Token) -> Size:
        if token.text == ":":
            return next(self.dims)
        if token.text.isdigit():
            return int(token.text)
        if token.text.isidentifier():
            return Dim(token.text, never_one=True)
        raise self.wrong(token, "a size is a number, a name or a colon")


def _tokens(text: str) -> Iterator[Any]:
    return (m for m in _TOKEN.finditer(text) if m.lastgroup)


def _letters(taken: set[str]) -> Iterator[Dim]:
    n = 0
    while True:
        for letter in "nmkdpqrstuvwhl":
            name = letter + (str(n) if n else "")
            if name not in taken:
                yield Dim(name, never_one=True)
        n += 1


def param(name: str, tree: Tree) -> Param:
    """A parameter of these types; leaves are named after their places, as those of a call."""
    return Param(name, _named(tree, name, name))


def _named(tree: Tree, name: str, hint: str) -> Tree:
    if isinstance(tree, Struct):
        parts = [str(k) for k in tree.keys or range(len(tree.items))]
        items = (
            _named(item, f"{name}_{part}", hint_of(hint, part))
            for part, item in zip(parts, tree.items, strict=True)
        )
        return Struct(tree.kind, tuple(items), tree.keys)
    if isinstance(tree, Lit):
        return tree
    if tree == INT:
        tree = Number(INT.dtype, weak=True, size=Dim(name))
    return Var(name, tree, hint)


def annotated(hints: Mapping[str, Any]) -> dict[str, Tree]:
    """What annotations say in the notation of --types: `x: "f8[:]"`, `k: int`."""
    found: dict[str, Tree] = {}
    for name, hint in hints.items():
        if isinstance(hint, str):
            try:
                found |= parse(f"{name}: {hint}")
            except UsageError:
                continue  # an annotation of some other kind
    return found
