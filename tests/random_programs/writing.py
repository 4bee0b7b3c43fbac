"""Random imperative functions: arrays are written, aliased, viewed, handed on and swapped.

Kinds of values: "f" a number, "v" an array (n,), "m" an array (p, n), "i" an integer from 0 to 2,
"q" an array of integers (n,), "z" an array without dimensions, and containers: "l" a list of "v",
"d" a dict {a: v, b: f}, "o" an object with a and b, "t" a tuple (v, m).

What stands in the holes of a form (`writing_forms`): a kind in small letters is an expression of
it, in capitals something that exists (a name, or a part of a container) and may be written; `@v1`
is a new name of kind v; {B} is a block.  A program may raise; whoever runs it discards it then.
"""

from __future__ import annotations

import contextlib
import random
import re
from dataclasses import dataclass, field

from tests.random_programs.generate import Program
from tests.random_programs.writing_forms import (
    BINDINGS,
    BLOCKS,
    CONDITIONS,
    EXITS,
    EXPRESSIONS,
    HEADER,
    PATTERNS,
    PLACES,
    RARE,
    SLICES,
    WRITES,
)

KINDS = {"x": "v", "w": "v", "y": "f", "m": "m", "k": "k", "q": "r"}
"""Of the arguments; "k" and "r" have no expressions of their own."""

NUMBERS = ["0.5", "1.5", "2", "-0.75", "SCALE", "0.3"]
SINGLE = ["1:", "::2", "::-1", "...", ":2", "1:-1", "-1:", ":0", "2::-1", "::-2"]
_HOLE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")
_NEW = re.compile(r"@([a-z])(\d)")


class Lacking(Exception):
    """A form asks for something that does not exist here."""


@dataclass
class Writer:
    """Writes one program; `env` maps each name to its kind."""

    rng: random.Random
    env: dict[str, str] = field(default_factory=dict)
    result: str = "f"
    fresh: int = 0
    budget: int = 14
    single: bool = False

    def program(self) -> Program:
        """A whole module."""
        self.env = dict(KINDS)
        self.result = self.rng.choice("fffvm")
        self.single = self.rng.random() < 0.2
        lines = self.block(self.rng.randint(3, 7), 0)
        body = "\n".join(f"    {line}" for line in [*lines, f"return {self.returned()}"])
        return Program(f"{HEADER}def f(x, w, y, m, k, q):\n{body}\n", dict(KINDS))

    def returned(self) -> str:
        """A result that depends on as much as may be."""
        parts = []
        for name in self.rng.sample(list(self.env), len(self.env)):
            form = _PARTS[self.result].get(self.env[name])
            if form is not None:
                parts.append(form.format(name))
        return " + ".join([*parts[:5], self.expr(self.result, 1)])

    # ---- statements

    def block(self, count: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            lines += self.statement(depth)
        return lines

    def statement(self, depth: int) -> list[str]:
        """One statement, as lines."""
        while True:
            form, leaves = self.form(depth)
            before, budget = dict(self.env), self.budget
            try:
                if "32" in form and not self.single:
                    raise Lacking
                return self.lines(form, depth, leaves)
            except Lacking:
                self.env, self.budget = before, budget

    def form(self, depth: int) -> tuple[str, bool]:
        """A form, and whether what it binds stays bound after it."""
        at = self.rng.random()
        if self.rng.random() < 0.04 and depth < 2:
            return self.rng.choice(RARE), False
        if depth < 2 and self.budget > 0 and at < 0.27:
            return self.rng.choice(BLOCKS), False
        if depth < 2 and at < 0.36:
            return self.rng.choice(PATTERNS), True
        if at < 0.38:
            return self.rng.choice(EXITS), False
        if at < 0.6:
            return self.rng.choice(BINDINGS), True
        if at < 0.68:
            kind = self.rng.choice("fvmqzldot")
            return f"@{kind}1 = {self.rng.choice(EXPRESSIONS[kind])}", True
        return self.rng.choice(WRITES), True

    def lines(self, form: str, depth: int, stays: bool) -> list[str]:
        """The lines of a form with its holes filled."""
        self.budget -= 1
        news: dict[str, str] = {}
        outer = dict(self.env)
        op = self.rng.choice(["=", "+=", "-=", "*=", "+=", "*=", "/="])
        pair = self.rng.choice(SLICES)
        bind = "{B}" in form or "return" in form
        out: list[str] = []
        for line in form.split("\n"):
            found = _NEW.findall(line)
            if line.strip() == "{B}":
                margin = " " * (len(line) - len(line.lstrip()) + 4)
                inside = dict(self.env)
                out += [margin + x for x in self.block(self.rng.randint(1, 2), depth + 1)]
                self.env = inside
                continue
            text = self.filled(line, 2, op, pair, news)
            for kind, number in found:
                name = news[f"{kind}{number}"]
                if bind or "    " in line or line.startswith("for ") or "=" in line:
                    self.env[name] = kind
            out.append(text)
        if not stays:
            self.env = outer
        return out

    # ---- expressions

    def expr(self, kind: str, depth: int) -> str:
        """An expression of a kind."""
        if depth <= 0 or self.rng.random() < 0.35:
            return self.leaf(kind)
        for _ in range(20):
            form = self.rng.choice(EXPRESSIONS[kind])
            if "32" in form and not self.single:
                continue
            with contextlib.suppress(Lacking):
                return self.filled(form, depth - 1)
        return self.leaf(kind)

    def leaf(self, kind: str) -> str:
        names = self.names(kind)
        if kind == "i":
            return self.rng.choice([*names, "0", "1", "2"])
        if kind == "f" and (not names or self.rng.random() < 0.25):
            return self.rng.choice(NUMBERS)
        if not names:
            raise Lacking
        return self.rng.choice(names[-3:] + names)

    def names(self, kind: str) -> list[str]:
        return [n for n, k in self.env.items() if k == kind]

    def place(self, kind: str, depth: int) -> str:
        """Something of a kind that exists already: a name, seldom a part of something."""
        if kind in PLACES and depth > -2 and self.rng.random() < 0.12:
            return self.filled(self.rng.choice(PLACES[kind]), depth - 3)
        names = self.names(kind)
        if not names:
            raise Lacking
        return self.rng.choice(names[-4:] + names)

    def filled(
        self, form: str, depth: int, op: str = "=", pair: tuple[str, str] = ("", ""),
        news: dict[str, str] | None = None,
    ) -> str:  # fmt: skip
        """A line with expressions in its holes and names for its new ones."""

        def new(found: re.Match[str]) -> str:
            key = found[1] + found[2]
            assert news is not None
            if key not in news:
                self.fresh += 1
                news[key] = f"{found[1]}{self.fresh}"
            return news[key]

        kept: dict[str, str] = {}

        def hole(found: re.Match[str]) -> str:
            if found[1] is None:
                return found[0][0]
            if found[1] in ("W", "W2"):  # the same name each time
                kept.setdefault(found[1], self.name_of("v", set(kept.values())))
                return kept[found[1]]
            return self.hole(found[1], depth, op, pair)

        return _HOLE.sub(hole, _NEW.sub(new, form))

    def name_of(self, kind: str, but: set[str]) -> str:
        names = [n for n in self.names(kind) if n not in but]
        if not names:
            raise Lacking
        return self.rng.choice(names)

    def hole(self, what: str, depth: int, op: str, pair: tuple[str, str]) -> str:
        match what:
            case "j":
                return str(self.rng.randint(0, 2))
            case "op":
                return op
            case "op=":
                return op if op != "=" else "*="
            case "op+":
                return op if op != "/=" else "+="
            case "s1" | "s2":
                return pair[what == "s2"]
            case "s":
                return self.rng.choice(SINGLE)
            case "c":
                return self.filled(self.rng.choice(CONDITIONS), depth - 1)
            case "N":
                return self.name_of("v", {"x", "w"})
            case "R":
                return self.expr(self.result, 1)
            case _ if what.isupper():
                return self.place(what.lower(), depth)
            case _:
                text = self.expr(what, depth)
                return text if text.isidentifier() or text[0] == "(" == text[-1] else f"({text})"


_PARTS: dict[str, dict[str, str]] = {
    "f": {"f": "{}", "v": "np.sum({} * x)", "m": "np.sum({} * m)", "z": "{} * 1.0",
          "d": "np.sum({0}['a'] * {0}['b'])", "o": "np.sum({0}.a) * {0}.b",
          "l": "np.sum({0}[0] * {0}[-1])", "t": "np.sum({0}[0] * {0}[1])"},
    "v": {"v": "{}", "f": "{} * x", "m": "{}.sum(axis=0)", "o": "{0}.a * {0}.b",
          "d": "{0}['a'] * {0}['b']", "l": "{0}[0] * {0}[-1]", "t": "{0}[0]"},
    "m": {"m": "{}", "v": "{} * m", "f": "{} * m", "t": "{0}[0] * {0}[1]"},
}  # fmt: skip
"""How a value takes part in a result of a kind."""


def generate_writing(seed: int) -> Program:
    """The program of a seed."""
    return Writer(random.Random(seed)).program()
