"""Rules with one thing wrong, and the laws that must notice: python -m tests.rules.mutants [all].

Without an argument the hand-picked mistakes run; with `all` every token of every rule body that
can be replaced is replaced in turn.
"""

from __future__ import annotations

import importlib
import io
import itertools
import linecache
import sys
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gast
import numpy as np

from s2sad import specialize
from s2sad.rules import definition_laws, laws, notation
from s2sad.rules.cases import turns
from s2sad.rules.notation import DEFINITIONS, OF_COMPLEX, RULES, Primitive
from s2sad.rules.pathwise import PATHWISE
from s2sad.rules.table import read_all
from s2sad.testing import check_rule

read_all()
EXAMPLES = 32
TABLES = (RULES, DEFINITIONS, OF_COMPLEX, PATHWISE)


@dataclass(frozen=True)
class Mutant:
    """One change in one chapter: the nth occurrence of `old` becomes `new`."""

    chapter: str
    old: str
    new: str
    nth: int = 1

    def source(self) -> str:
        """The chapter with the change in it."""
        text = source_of(self.chapter)
        parts = text.split(self.old)
        if len(parts) <= self.nth:
            raise LookupError(f"{self.chapter} does not contain {self.old!r} {self.nth} times")
        return self.old.join(parts[: self.nth]) + self.new + self.old.join(parts[self.nth :])


def source_of(chapter: str) -> str:
    """The text of a chapter of the rules."""
    file = importlib.import_module(f"s2sad.rules.{chapter}").__file__
    assert file is not None
    return Path(file).read_text(encoding="utf-8")


_numbers = itertools.count()


@contextmanager
def restated(chapter: str, source: str) -> Iterator[list[Primitive]]:
    """The rules that `source`, a changed chapter, states; the table is put back afterwards."""
    before, declare = [dict(t) for t in TABLES], notation._declare
    stated: list[Primitive] = []

    def record(p: Primitive) -> Primitive:
        notation.table_of(p)[p.of] = p
        stated.append(p)
        return p

    name = f"<mutant {next(_numbers)} of {chapter}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    notation._declare = record
    specialize._shared.clear()  # what was compiled with other rules
    try:
        exec(compile(source, name, "exec"), {"__name__": f"s2sad.rules.{chapter}"})
        yield stated
    finally:
        notation._declare = declare
        specialize._shared.clear()
        for table, stated_before in zip(TABLES, before, strict=True):
            table.clear()
            table.update(stated_before)
        del linecache.cache[name]


def killer(chapter: str, source: str, only: str = "") -> str:
    """What a law says about the changed chapter; empty where none notices."""
    try:
        with restated(chapter, source) as stated:
            for rule in stated:
                if rule.rule is rule and only in (rule.name, ""):
                    if rule.kind == "defined":
                        check_rule(rule, examples=turns(rule))
                        definition_laws.complex_values(rule, examples=turns(rule))
                    else:
                        laws.check_rule(rule, examples=EXAMPLES)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:90]}"
    return ""


MUTANTS = [
    Mutant("elementwise", "np.add, lambda d: (d, d)", "np.add, lambda d: (d, -d)"),
    Mutant("elementwise", "np.subtract, lambda d: (d, -d)", "np.subtract, lambda d: (d, d)"),
    Mutant("elementwise", "(d * x2, d * x1))", "(d * x1, d * x2))"),
    Mutant("elementwise", "-(d / x2 * ans))", "d / x2 * ans)"),
    Mutant("elementwise", "-(d / x2 * ans))", "-(d / x2))"),
    Mutant("elementwise", "** (x2 - 1)), d", "** x2), d"),
    Mutant("elementwise", "d * (x2 * base(x1, x2)", "d * (base(x1, x2)"),
    Mutant("elementwise", "d * (x2 * base(x1, x2)", "d * (x2 * x1"),
    Mutant("elementwise", "np.log(or_one(x1))", "np.log(x1)"),
    Mutant("elementwise", "astype(np.log(or_one(x1)), ans.dtype)", "np.log(or_one(x1))"),
    Mutant("elementwise", "d * (2.0 * x)", "d * x"),
    Mutant("elementwise", "-(d * (ans * ans))", "d * (ans * ans)"),
    Mutant("elementwise", "np.where(ans > 0.0, 2.0 * ans, np.inf)", "2.0 * ans"),
    Mutant("elementwise", "d / (3.0 * ans * ans)", "d / (3.0 * ans)"),
    Mutant(
        "elementwise", "np.exp, lambda d, ans: d * ans", "np.exp, lambda d, ans: d * ans * 1.0001"
    ),
    Mutant("elementwise", "d * (ans * LN2)", "d * ans"),
    Mutant("elementwise", "d * (ans * LN2)", "d * (ans * np.log(2.0))"),
    Mutant("elementwise", "(1.0 - x) * (1.0 + x)", "1.0 + x * x"),
    Mutant("elementwise", "lambda d, x: -(d * np.sin(x))", "lambda d, x: d * np.sin(x)"),
    Mutant("elementwise", "1.0 - ans * ans", "1.0 - ans"),
    Mutant("elementwise", "d * np.sign(x), on", "d * np.where(x > 0, 1.0, -2.0), on"),
    Mutant("elementwise", "np.where(x1 == x2, 0.5 * d, 0.0)", "0.0"),
    Mutant("elementwise", "np.where(x1 == x2, 0.5 * d, 0.0)", "np.where(x1 == x2, 1.5 * d, 0.0)"),
    Mutant(
        "elementwise",
        "(larger(d, x2, x1), larger(d, x1, x2))",
        "(larger(d, x1, x2), larger(d, x2, x1))",
    ),
    Mutant("elementwise", "np.where(condition, 0.0, ans_bar)", "np.where(condition, ans_bar, 0.0)"),
    Mutant("elementwise", "(a_min <= a) & (a <= a_max)", "(a_min <= a) | (a <= a_max)"),
    Mutant(
        "elementwise",
        "np.where(above(a, a_min, a_max), ans_bar",
        "np.where(below(a, a_min, a_max), ans_bar",
    ),
    Mutant("functions", "TWO_OVER_SQRT_PI * np.exp(-x * x)", "TWO_OVER_SQRT_PI * np.exp(-x)"),
    Mutant("elementwise", "2.0 * ans if ans > 0.0 else np.inf", "2.0 * ans"),
    Mutant("elementwise", "return x1 if x2 != 0 else or_one(x1)", "return x1"),
    Mutant(
        "functions", "-ans_bar * ans / (base * np.log(base))", "-ans_bar / (base * np.log(base))"
    ),
    Mutant("reductions", "axis is None or keepdims else", "axis is None else"),
    Mutant("reductions", "ans_bar / number_of(a, axis, keepdims, where)", "ans_bar / a.size"),
    Mutant("reductions", "total * a.shape[i]", "total + a.shape[i]"),
    Mutant("reductions", "for i in axis[1:]:", "for i in axis:"),
    Mutant("reductions", "ddof if correction is None else correction", "ddof"),
    Mutant("reductions", "or_infinite(ans))\n        a_bar", "ans)\n        a_bar"),
    Mutant("reductions", "/ number, 0.0)", ", 0.0)"),
    Mutant(
        "reductions",
        "astype(np.count_nonzero(attained, axis=axis, keepdims=True), a.dtype)",
        "np.count_nonzero(attained, axis=axis, keepdims=True)",
    ),
    Mutant("reductions", "a_bar = rise - share", "a_bar = rise + share"),
    Mutant(
        "reductions",
        "np.cumsum(np.flip(ans_bar, along), axis=along)",
        "np.cumsum(ans_bar, axis=along)",
    ),
    Mutant("scans", "after_one(np.flip(a, axis), axis)", "np.flip(a, axis)"),
    Mutant("scans", "b_bar * after_zero(ans, axis)", "b_bar * ans"),
    Mutant("scans", "a = np.prod(a, axis=i, keepdims=True)", "a = a"),
    Mutant("scans", "np.flip(earlier(np.flip(a, axis), axis), axis)", "earlier(a, axis)"),
    Mutant("products", "return x2 @ g", "return g @ x2"),
    Mutant("products", "return sum_to(g @ turned(x2), x1.shape)", "return g @ turned(x2)"),
    Mutant(
        "products", "return sum_to(turned(x1) @ g, x2.shape)", "return sum_to(x1 @ g, x2.shape)"
    ),
    Mutant("products", "return np.moveaxis(kept, 0, -2)", "return kept"),
    Mutant("products", "start = own.ndim - 1 if left else 0", "start = 0"),
    Mutant("products", "inverse(rest_a + in_order(axes[0], axes[1]))", "inverse(rest_a + axes[0])"),
    Mutant("products", "offset, dtype=a.dtype", "0, dtype=a.dtype"),
    Mutant("products", "offset, dtype=a.dtype", "offset"),
    Mutant("shaping", "np.reshape(ans_bar, a.shape, order=order)", "np.reshape(ans_bar, a.shape)"),
    Mutant("shaping", "inverse(wrapped(axes, len(axes)))", "wrapped(axes, len(axes))"),
    Mutant("shaping", "ans_bar, destination, source", "ans_bar, source, destination"),
    Mutant("shaping", "for a in arrays[:i]", "for a in arrays[:1]"),
    Mutant("shaping", "for a in arrays[:i]", "for a in arrays[: i + 1]"),
    Mutant("shaping", "before(arrays, axis, i + 1))", "before(arrays, axis, i) + 1)"),
    Mutant("shaping", "axis % ans_bar.ndim", "axis % arrays[0].ndim"),
    Mutant("shaping", "array_bar = sum_to(ans_bar, array.shape)", "array_bar = ans_bar"),
    Mutant("rearranging", "opposite(shift), axis", "shift, axis"),
    Mutant("rearranging", "else -shift", "else shift"),
    Mutant("rearranging", "axis=tuple([2 * i for i", "axis=tuple([2 * i + 1 for i"),
    Mutant("rearranging", "0 if lifted[0].ndim == 1 else 1, ans_bar", "0, ans_bar"),
    Mutant(
        "indexing",
        "a_bar = index_add(a_bar, index, ans_bar)\n",
        "a_bar = index_add(a_bar, index, 2 * ans_bar)\n",
    ),
    Mutant("indexing", "index_add(a_bar, index, ans_bar)\n", "a_bar.__setitem__(index, ans_bar)\n"),
    Mutant("indexing", "(axis % a.ndim) + (places,)", "(axis % 2) + (0 * places,)"),
    Mutant("indexing", "place - offset, place)", "place, place - offset)"),
    Mutant("indexing", "v_bar + np.diagonal(ans_bar, k)", "v_bar + np.diagonal(ans_bar, -k)"),
    Mutant("indexing", "m_bar = np.tril(ans_bar, k)", "m_bar = np.tril(ans_bar)"),
    Mutant("creation", "a_bar = astype(as_real", "a_bar = 2 * astype(as_real"),
    Mutant("engine", "a_bar = store(ans_bar, index, 0.0)", "a_bar = ans_bar"),
    Mutant("engine", "v_bar = sum_to(ans_bar[index], v.shape)", "v_bar = ans_bar[index]"),
    Mutant("engine", "np.broadcast_to(ans_bar, g.shape)", "ans_bar"),
]

SWAPS = {
    "+": "-", "-": "+", "*": "/", "/": "*", "**": "*", "@": "*", "<": ">", ">": "<", "<=": ">",
    ">=": "<", "==": "!=", "!=": "==", "&": "|", "|": "&", "%": "+",
    "x1": "x2", "x2": "x1", "a": "b", "b": "a", "a_min": "a_max", "a_max": "a_min",
    "axis1": "axis2", "axis2": "axis1", "left": "right", "source": "destination",
    "destination": "source", "start": "stop", "stop": "start", "True": "False", "False": "True",
    "and": "or", "or": "and", "sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh",
    "exp": "exp2", "sqrt": "square", "sign": "absolute", "max": "min", "min": "max",
    "below": "above", "above": "below", "larger": "chosen", "T": "mT", "mT": "real",
    "rest_a": "rest_b", "rest_b": "rest_a", "after_one": "after_zero", "after_zero": "after_one",
    "source_bar": "source", "0": "1", "1": "2", "2": "1", "0.0": "1.0", "1.0": "2.0",
    "2.0": "3.0", "3.0": "2.0", "0.5": "1.0",
}  # fmt: skip


def rule_lines(source: str) -> set[int]:
    """The lines of what the compiler inlines: derivatives, partials, and the helpers they call."""
    tree = gast.parse(source)
    lines: set[int] = set()
    for node in gast.walk(tree):
        member = isinstance(node, gast.FunctionDef) and node.name in ("tangent", "adjoint")
        helper = isinstance(node, gast.FunctionDef) and node in tree.body
        if isinstance(node, gast.Lambda):
            lines |= set(range(node.lineno, node.end_lineno + 1))
        elif member or helper:
            lines |= {n for s in node.body for n in range(s.lineno, s.end_lineno + 1)}
    return lines


def single_tokens(chapter: str) -> Iterator[tuple[str, str]]:
    """Every chapter that differs in one token of a rule body, with a description."""
    source = source_of(chapter)
    wanted, lines = rule_lines(source), source.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        row, column = token.start
        new = SWAPS.get(token.string)
        if row not in wanted or new is None or token.type == tokenize.STRING:
            continue
        line = lines[row - 1]
        changed = line[:column] + new + line[token.end[1] :]
        yield (
            f"{chapter}:{row}:{column} {token.string} -> {new}: {line.strip()}",
            "".join([*lines[: row - 1], changed, *lines[row:]]),
        )


CHAPTERS = (
    "elementwise", "functions", "reductions", "scans", "products", "shaping", "rearranging",
    "floating", "mathematics", "ranges", "ufunc_methods", "indexing", "creation", "engine",
    "joining", "padding", "selecting", "inserting", "conversions", "applying",
    "splitting", "choosing", "differences", "quantiles", "medians", "missing", "statistics",
    "interpolation", "histograms", "linear_algebra", "spectra", "least_squares", "norms",
    "matrices", "triangles", "contractions", "convolutions", "vectors", "polynomials",
    "series", "series_operations", "series_forms", "fits", "fourier",
    "drawing", "implicit", "slopes",
    *(f"special.{name}" for name in (
        "bessel", "distributions", "elementary", "elliptic", "errors", "gamma", "incomplete",
        "integrals", "kelvin", "polynomials", "several", "sums",
    )),
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Prints every mutant with the law that killed it; exit code 1 if a hand-picked one lives."""
    survivors, count = [], 0
    cases: Any
    if arguments[:1] == ["all"]:
        cases = (c for chapter in arguments[1:] or CHAPTERS for c in single_tokens(chapter))
    else:
        cases = ((f"{m.chapter}: {m.old!r} -> {m.new!r}", m.source()) for m in MUTANTS)
    for text, source in cases:
        chapter, count = text.partition(":")[0], count + 1
        with np.errstate(all="ignore"):
            found = killer(chapter, source)
        if not found:
            survivors.append(text)
        print("killed  " if found else "SURVIVES", text, found and f"  [{found}]", flush=True)
    print(f"{count - len(survivors)} of {count} killed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
