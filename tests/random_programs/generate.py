"""Random functions of the accepted language, as text; the same seed gives the same text.

Kinds of values: "f" a number, "v" an array (3,), "m" an array (2, 3), "i" an integer.
A program may be invalid Python in the sense that it raises; whoever runs it discards it then.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.random_programs.expressions import Expressions

HEADER = """import math

import numpy as np

SCALE = 1.25
WEIGHTS = np.array([0.5, -0.25, 1.5])
RECORD = {"a": 0.75, "b": (2, 0.5)}


def helper(a, b=0.5, *rest, scale=1.0, **options):
    if len(rest) > 0:
        a = a * rest[0]
    return np.sin(a) * b * scale + options.get("shift", 0.25)


def power(a, n):
    if n <= 0:
        return a
    return np.tanh(a * power(a, n - 1)) + 0.5


def twice(f, a):
    return f(f(a))


"""


@dataclass
class Program:
    """A function `f` in a module, and what it is called with: one kind per argument."""

    text: str
    kinds: dict[str, str]


@dataclass
class Generator(Expressions):
    """Writes one program; `env` maps each name to its kind, and loops carry what stands in it."""

    rng: random.Random
    env: dict[str, str] = field(default_factory=dict)
    result: str = "f"
    fresh: int = 0

    def program(self) -> Program:
        """A whole module."""
        kinds = {"x": "v", "y": "f", "m": "m", "k": "i"}
        self.env = dict(kinds)
        self.result = self.rng.choice("ffvm")
        body = self.block(self.rng.randint(3, 8), 0)
        text = "def f(x, y, m, k):\n" + "\n".join("    " + line for line in body) + "\n"
        text += f"    return {self.returned()}\n"
        return Program(HEADER + text, kinds)

    def returned(self) -> str:
        """A result that depends on as much as may be."""
        latest = [n for n, kind in self.env.items() if kind == self.result][-2:]
        return " + ".join([*latest, self.expr(self.result, 2)])

    def name(self, kind: str) -> str:
        """A new name."""
        self.fresh += 1
        return f"{kind}{self.fresh}"

    def names(self, kind: str) -> list[str]:
        """The names of a kind that are bound here and may be rebound."""
        return [n for n, k in self.env.items() if k == kind and n not in ("k",)]

    def block(self, count: int, depth: int) -> list[str]:
        """Some statements, as lines."""
        lines: list[str] = []
        for _ in range(count):
            lines += self.statement(depth)
        return lines

    def inner(self, count: int, depth: int, **bound: str) -> list[str]:
        """An indented block whose own names are forgotten after it."""
        before = dict(self.env)
        self.env.update(bound)
        lines = self.block(count, depth + 1)
        self.env = before
        return ["    " + line for line in lines]

    def statement(self, depth: int) -> list[str]:
        """One statement, as lines."""
        simple: list[Callable[[], list[str]]] = [
            self.assign, self.assign, self.assign, self.rebind, self.rebind, self.augment,
            self.augment, self.swap, self.alias, self.effect, self.function, self.record,
            self.early,
        ]  # fmt: skip
        if depth < 2 and self.rng.random() < 0.45:
            kind = self.rng.choice([self.branch, self.counted, self.over, self.while_, self.gather])
            return kind(depth)
        if self.rng.random() < 0.015:
            return self.rng.choice([self.write, self.from_inside])()
        return self.rng.choice(simple)()

    # ---- simple statements

    def assign(self) -> list[str]:
        kind = self.rng.choice("ffvvmi")
        value = self.expr(kind, 3)
        name = self.name(kind)
        self.env[name] = kind
        return [f"{name} = {value}"]

    def rebind(self) -> list[str]:
        kind = self.rng.choice("fvvm")
        names = self.names(kind)
        if not names:
            return self.assign()
        name = self.rng.choice(names)
        value = self.expr(kind, 2)
        return [f"{name} = {self.rng.choice(['np.tanh({})', 'np.sin({})', '{}']).format(value)}"]

    def augment(self) -> list[str]:
        kind = self.rng.choice("fv")
        # An argument may be an array that the caller sees: seldom, since it is refused.
        names = [n for n in self.names(kind) if n not in ("x", "y") or self.rng.random() < 0.04]
        if not names:
            return self.assign()
        op = self.rng.choice(["+=", "-=", "*="])
        other = self.rng.choice([kind, "f"])
        return [f"{self.rng.choice(names)} {op} {self.expr(other, 2)}"]

    def swap(self) -> list[str]:
        kind = self.rng.choice("fv")
        names = self.names(kind)
        if len(names) < 2:
            return self.assign()
        a, b = self.rng.sample(names, 2)
        if self.rng.random() < 0.5:
            return [f"{a}, {b} = {b}, {a}"]
        return [f"{a}, ({b}, *_) = {self.expr(kind, 1)}, [{a}, {self.expr('f', 1)}]"]

    def alias(self) -> list[str]:
        """A second name of an array, or a view of it, which `augment` may then write through."""
        source = self.rng.choice(self.names("v"))
        name = self.name("v")
        self.env[name] = "v"
        form = self.rng.choice(
            ["{}", "{}[:]", "{}[::-1]", "np.ravel({})", "{} * 1.0", "({}, 2)[0]"]
        )
        return [f"{name} = {form.format(source)}"]

    def effect(self) -> list[str]:
        return self.rng.choice([
            [f'print(f"{{{self.expr("f", 1)}:.3f}}")'],
            [f"assert {self.expr('f', 1)} < 1e9, 'too large'"],
            ["pass"],
        ])  # fmt: skip

    def function(self) -> list[str]:
        """A nested function that reads what stands around it, used at once."""
        kind = self.rng.choice("fv")
        inner, name = f"g{self.fresh}", self.name(kind)
        before = dict(self.env)
        self.env["a"] = kind
        value = self.expr(kind, 2)
        self.env = before
        argument = self.expr(kind, 1)
        self.env[name] = kind
        default = self.rng.choice(["", "=1.0"])
        if self.rng.random() < 0.4:
            lines = [f"{inner} = lambda a{default}: {value}"]
        else:
            lines = [f"def {inner}(a{default}):", f"    return {value}"]
        call = self.rng.choice([f"{inner}({argument})", f"{inner}(a={argument})"])
        return [*lines, f"{name} = {self.rng.choice([call, f'twice({inner}, {argument})'])}"]

    def record(self) -> list[str]:
        """A container, changed and read."""
        t, name = self.name("t"), self.name("v")
        a, b, c = self.expr("v", 1), self.expr("f", 1), self.expr("f", 1)
        self.env[name] = "v"
        return self.rng.choice([
            [f"{t} = {{'a': {a}, 'b': [{b}]}}", f"{t}['b'][0] += {c}",
             f"{name} = {t}['a'] * {t}['b'][0]"],
            [f"{t} = [{a}, {b}]", f"{t}.append({c})", f"{name} = {t}[0] * {t}[1] + {t}[-1]"],
            [f"{t} = ({a}, ({b}, {c}))", f"{name}, (*_, {t}_2) = {t}", f"{name} = {name} * {t}_2"],
        ])  # fmt: skip

    def early(self) -> list[str]:
        if self.rng.random() < 0.6:
            return self.assign()
        return [f"if {self.condition(1)}:", f"    return {self.expr(self.result, 2)}"]

    def write(self) -> list[str]:
        """A write into an array, which is refused or exact."""
        name = self.rng.choice(self.names("v"))
        op = self.rng.choice(["=", "+=", "*="])
        return [f"{name}[{self.rng.randint(0, 2)}] {op} {self.expr('f', 1)}"]

    def from_inside(self) -> list[str]:
        """A nested function that writes a name of the outer one."""
        own = [n for n in self.names("f") if n not in ("y",)]
        if not own:
            return self.assign()
        name, g = self.rng.choice(own), f"h{self.fresh}"
        self.fresh += 1
        return [
            f"def {g}(a):", f"    nonlocal {name}", f"    {name} = {name} + a", "    return a",
            f"{name} = {name} + {g}({self.expr('f', 1)})",
        ]  # fmt: skip

    # ---- branches and loops

    def branch(self, depth: int) -> list[str]:
        lines = [f"if {self.condition(2)}:", *self.inner(self.rng.randint(1, 2), depth)]
        if self.rng.random() < 0.4:
            lines += [f"elif {self.condition(1)}:", *self.inner(1, depth)]
        if self.rng.random() < 0.6:
            lines += ["else:", *self.inner(self.rng.randint(1, 2), depth)]
        return lines

    def counted(self, depth: int) -> list[str]:
        i = self.name("i")
        steps = ["range(3)", "range(k)", "range(k, 0, -1)", "range(0, 5, 2)", "range(1, k + 1)",
                 "reversed(range(3))", "range(len(x))", "range(-k)"]  # fmt: skip
        return self.loop(f"for {i} in {self.rng.choice(steps)}:", depth, **{i: "i"})

    def over(self, depth: int) -> list[str]:
        a, b, i = self.name("f"), self.name("f"), self.name("i")
        r = self.name("v")
        v, w = self.expr("v", 1), self.expr("v", 1)
        heads: list[tuple[str, dict[str, str]]] = [
            (f"for {a} in {v}:", {a: "f"}),
            (f"for {i}, {a} in enumerate({v}):", {i: "i", a: "f"}),
            (f"for {a}, {b} in zip({v}, {w}):", {a: "f", b: "f"}),
            (f"for {a}, {b} in zip((0.5, 1.5), {v}):", {a: "f", b: "f"}),
            (f"for {i}, ({a}, {b}) in enumerate(zip({v}, reversed({w})), 1):",
             {i: "i", a: "f", b: "f"}),
            (f"for {a} in reversed({v}):", {a: "f"}),
            (f"for {r} in m:", {r: "v"}),
            (f"for {a} in (0.5, y, 1.5):", {a: "f"}),
        ]  # fmt: skip
        head, bound = self.rng.choice(heads)
        return self.loop(head, depth, **bound)

    def loop(self, head: str, depth: int, **bound: str) -> list[str]:
        before = dict(self.env)
        self.env.update(bound)
        body = self.inner(self.rng.randint(1, 3), depth)
        if self.rng.random() < 0.3:
            leave = self.rng.choice(["break", "continue"])
            body += [f"    if {self.condition(1)}:", f"        {leave}", *self.inner(1, depth)]
        self.env = before
        otherwise = ["else:", *self.inner(1, depth)] if self.rng.random() < 0.15 else []
        return [head, *body, *otherwise]

    def while_(self, depth: int) -> list[str]:
        n = self.name("n")
        lines = self.loop(f"while {n} < 5 and {self.condition(1)}:", depth)
        return [f"{n} = 0", lines[0], f"    {n} += 1", *lines[1:]]

    def gather(self, depth: int) -> list[str]:
        """An accumulator that may change its type in the first trip."""
        kind = self.rng.choice("fvm")
        name, i = self.name(kind), self.name("i")
        start = self.rng.choice(["0", "0.0", "1", "y"])
        before = dict(self.env)
        self.env.update({i: "i", name: kind} if start == "y" and kind == "f" else {i: "i"})
        value = self.expr(kind, 2)
        self.env = {**before, name: kind}
        step = self.rng.choice([f"{name} = {name} + {value}", f"{name} += {value}",
                                f"{name} = np.tanh({name}) * {value}"])  # fmt: skip
        return [
            f"{name} = {start}",
            f"for {i} in range({self.rng.choice(['3', 'k', '2'])}):",
            f"    {step}",
        ]


def generate(seed: int) -> Program:
    """The program of a seed."""
    return Generator(random.Random(seed)).program()
