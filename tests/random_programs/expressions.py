"""Random expressions by kind of value; see `generate`."""

from __future__ import annotations

import random

NUMBERS = ["0.5", "1.5", "2", "-0.75", "SCALE", "RECORD['a']", "RECORD['b'][1]", "np.float64(0.3)"]

FORMS: dict[str, list[str]] = {
    "f": [
        "({f} + {f})", "({f} - {f})", "{f} * {f}", "{f} / ({f} * {f} + 1.5)", "-{f}", "{f} ** 2",
        "math.sin({f})", "np.cos({f})", "np.tanh({f})", "abs({f})", "max({f}, {f})",
        "min({f}, {f})", "pow({f}, 2)", "float({f})", "{v}[{j}]", "{v}[k % 3]", "{v}[-1]",
        "{m}[1, {j}]", "np.sum({v})", "{v}.mean()", "np.max({v})", "{m}.sum()",
        "np.sum({m}, axis=(0, 1))", "{v} @ {v}", "np.dot({v}, {v})", "sum({v})", "np.prod({v})",
        "np.std({v} + WEIGHTS)", "({f} if {c} else {f})", "({f} and {f})", "({f} or {f})",
        "(w := {f}) * w", "helper({f})", "helper({f}, {f}, {f})",
        "helper({f}, scale={f}, shift={f})", "helper(*({f}, {f}))", "power({f}, 2)",
        "power({f}, k)", "twice(lambda a: a * {f}, {f})", "(lambda a, b=2: a * b)({f})",
        "np.sum({v}[{v} > 0.1])", "math.floor({f}) * {f}", "len({v}) * {f}", "{i} * {f}",
        "{f} * ({f} < {f})", "sum(a * a for a in {v})", "np.sum([{f}, {f}])", "np.array({f})",
        "{v}[:1].sum()", "[{f}, {f}][{j} - 1]", "math.exp(-{f} * {f})", "np.hypot({f}, 1.0)",
        "np.logaddexp({f}, {f})", "{f} // 1.7 + {f} % 1.7", "np.float32({f})",
        "round({f}, 1) * {f}", "np.maximum({f}, {f})",
    ],
    "v": [
        "({v} + {v})", "({v} - {v})", "{v} * {v}", "{v} * {f}", "({f} + {v})",
        "{v} / ({v} * {v} + 1.5)", "-{v}", "{v} ** 2", "np.sin({v})", "np.exp(-{v} * {v})",
        "np.where({v} > 0.1, {v}, {v})", "np.where({c}, {v}, {f})", "{v}[::-1]",
        "np.concatenate([{v}[:1], {v}[1:]])", "{m}[{j} % 2]", "{m}.sum(axis=0)",
        "np.mean({m}, axis=0)", "np.stack([{f}, {f}, {f}])", "np.array([{f}, {f}, {f}])",
        "{v}[np.array([0, 2, 1])]", "{v}[[2, 2, 0]]", "np.cumsum({v})",
        "np.clip({v}, -0.5, 0.6)", "np.maximum({v}, {f})", "np.minimum({v}, {v})",
        "{v}.astype(np.float32)", "{v}.reshape(3, 1)[:, 0]", "np.broadcast_to({f}, (3,))",
        "np.zeros(3)", "np.ones(3, dtype=np.float32)", "np.arange(3.0)", "({v} + {v}[:1])",
        "{v}[1:2] * {v}", "helper({v}, {f})", "helper({v}, {v}, {f})", "power({v}, k)",
        "({v} if {c} else {v})", "{m}.T @ ({m} @ {v})", "{v} @ {m}.T @ {m}", "np.abs({v})",
        "{v}.copy()", "np.max({m}, axis=0)", "twice(lambda a: a * {v}, {v})",
        "np.squeeze({v}[None, :])", "{v} * {i}", "{v} * ({v} > 0.1)",
        "np.float64({f}) * WEIGHTS", "np.zeros_like({v}) + {f}", "np.outer({v}, {v})[{j}]",
        "np.full(3, {f})", "np.swapaxes({m}, 0, 1)[:, 0]", "{v}[{v} > 9.0].sum() + {v}",
        "np.sqrt({v} * {v} + 0.5)",
    ],
    "m": [
        "({m} + {m})", "{m} * {m}", "{m} * {v}", "({m} + {f})", "np.outer({v}[:2], {v})",
        "{m} * {m}[:, :1]", "np.exp(-{m} * {m})", "{m}.reshape(3, 2).T",
        "(np.expand_dims({v}, 0) + {m})", "{m} @ {m}.T @ {m}", "np.where({m} > 0.2, {m}, {f})",
        "np.stack([{v}, {v}])", "{m}[::-1, :]", "({m} if {c} else {m})", "np.tanh({m})",
        "{m} - np.mean({m}, axis=1, keepdims=True)", "np.cumsum({m}, axis=1)",
        "np.transpose({m}.T)", "np.concatenate(({m}[:1], {m}[:1]), axis=0)", "{m}[[1, 0]]",
        "np.ones((2, 1)) * {v}",
    ],
    "i": [
        "{i} + 1", "len({v})", "{i} * 2", "{m}.shape[1]", "{i} % 3", "int({f})",
        "np.argmax({v})",
    ],
}  # fmt: skip

CONDITIONS = [
    "{f} > 0.13", "{f} < {f}", "-0.9 < {f} < 0.87", "not {f} > 0.4", "({f} < 0.7 and {f} > -0.6)",
    "({f} > 0.9 or k > 1)", "{i} > 1", "{v}.sum() > 0.21", "np.any({v} > 0.8)", "{i} % 2 == 0",
]  # fmt: skip


class Expressions:
    """The part of the generator that writes expressions."""

    rng: random.Random
    env: dict[str, str]

    def expr(self, kind: str, depth: int) -> str:
        """An expression of a kind."""
        if depth <= 0 or self.rng.random() < 0.25:
            return self.leaf(kind)
        return self.filled(self.rng.choice(FORMS[kind]), depth - 1)

    def condition(self, depth: int) -> str:
        """An expression for a test."""
        return self.filled(self.rng.choice(CONDITIONS), depth - 1)

    def leaf(self, kind: str) -> str:
        """A name, or a number where none of the kind is bound."""
        names = [n for n, k in self.env.items() if k == kind]
        if kind == "i":
            return self.rng.choice([*names, "1", "2"])
        if kind == "f" and (not names or self.rng.random() < 0.2):
            return self.rng.choice(NUMBERS)
        if kind == "v" and self.rng.random() < 0.05:
            return "WEIGHTS"
        return self.rng.choice(names[-3:] + names)

    def filled(self, form: str, depth: int) -> str:
        """A form with expressions in its holes."""
        out = ""
        while "{" in form:
            before, _, form = form.partition("{")
            hole, form = form[0], form[2:]
            out += before
            if hole == "j":
                out += str(self.rng.randint(0, 2))
            elif hole == "c":
                out += self.condition(depth)
            else:
                text = self.expr(hole, depth)
                out += text if text.isidentifier() else f"({text})"
        return out + form
