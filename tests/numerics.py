"""Derivatives where arithmetic is delicate, beside those of JAX, autograd and PyTorch.

python -m tests.numerics           writes the table of docs/numerics.md
python -m tests.numerics others    first runs JAX, autograd and, where it is installed, PyTorch

An expression stands for the function that sums it up; its parameters are the names of `at`, whose
gradients are compared in this order.  `second` is the Hessian times ones: the derivative along ones
of the gradient, taken forward over reverse and reverse over forward.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import s2sad
from s2sad.frontend.source import attach_source

PAGE = Path(__file__).parents[1] / "docs/numerics.md"
OTHERS = Path(__file__).with_name("numerics_others.json")
GAPS = Path(__file__).with_name("numerics_gaps.txt")

INF, NAN = np.inf, np.nan
Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Case:
    """An expression, where it is differentiated, and what must come out.

    second: None where it is not asked for (infinite, or undefined).
    torch: the expression as PyTorch writes it, where that is not the same.
    """

    section: str
    text: str
    at: dict[str, Numbers]
    gradient: tuple[float | Numbers, ...]
    second: tuple[float | Numbers, ...] | None = None
    torch: str = ""

    @property
    def name(self) -> str:
        points = ", ".join(f"{n} = {shown(v)}" for n, v in self.at.items())
        return f"{self.text} at {points}"

    @property
    def arguments(self) -> list[np.ndarray]:
        """Arrays: of tuples of tuples, matrices."""
        return [np.array(v) for v in self.at.values()]

    def function(self, module: Any = np, special: Any = None) -> Callable[..., Any]:
        """The sum of the expression, as a function."""
        if special is None:
            import scipy.special as special
        text = f"def f({', '.join(self.at)}):\n    return np.sum({self.text})\n"
        space = {"np": module, "special": special}
        exec(compile(text, f"<{self.text}>", "exec"), space)
        f: Callable[..., Any] = attach_source(space["f"], text)
        return f


def shown(v: Any) -> str:
    """Numbers in few characters."""
    flat = np.ravel(np.asarray(v, float)) + 0.0  # no minus zero
    return " ".join(f"{x:.3g}".replace("e+", "e") for x in flat)


CASES: list[Case] = []


def section(name: str) -> Callable[..., None]:
    """The adder of cases to a section of the table."""

    def add(text: str, at: Any, gradient: Any, second: Any = None, torch: str = "") -> None:
        CASES.append(Case(name, text, at, gradient, second, torch))

    return add


KINKS = "kinks and singular points"
case = section(KINKS)
case("np.sqrt(np.sum(x * x))", {"x": (0.0, 0.0)}, ((0.0, 0.0),), ((0.0, 0.0),))
case("np.linalg.norm(x)", {"x": (0.0, 0.0)}, ((0.0, 0.0),), ((0.0, 0.0),))
case(
    "np.linalg.norm(x, axis=1)",
    {"x": ((0.0, 0.0), (3.0, 4.0))},
    ((0.0, 0.0, 0.6, 0.8),),
    ((0.0, 0.0, 0.032, -0.024),),
    torch="np.linalg.norm(x, dim=1)",
)
case("np.hypot(x, y)", {"x": (0.0,), "y": (0.0,)}, (0.0, 0.0), (0.0, 0.0))
case(
    "np.std(x)",
    {"x": (2.0, 2.0, 2.0)},
    ((0.0, 0.0, 0.0),),
    ((0.0, 0.0, 0.0),),
    torch="np.std(x, correction=0)",
)
case("np.ptp(x)", {"x": (2.0, 2.0)}, ((0.0, 0.0),), ((0.0, 0.0),), torch="x.max() - x.min()")
case("np.abs(x)", {"x": (0.0,)}, (0.0,), (0.0,))
case("np.sqrt(x)", {"x": (0.0,)}, (0.0,))
case("np.cbrt(x)", {"x": (0.0,)}, (INF,), torch="x ** (1.0 / 3.0)")
case("np.arctan2(y, x)", {"y": (0.0,), "x": (0.0,)}, (0.0, 0.0), (0.0, 0.0))
case("np.sinc(x)", {"x": (0.0,)}, (0.0,), (-(np.pi**2) / 3.0,))
case("np.sinc(x)", {"x": (1e-7,)}, (-(np.pi**2) / 3.0 * 1e-7,), (-(np.pi**2) / 3.0,))
case(
    "np.clip(x, 0.0, 1.0)",
    {"x": (-1.0, 0.0, 0.5, 1.0, 2.0)},
    ((0.0, 1.0, 1.0, 1.0, 0.0),),
    ((0.0,) * 5,),
)
case(
    "np.maximum(x, 0.0)",
    {"x": (-1.0, 0.0, 1.0)},
    ((0.0, 0.5, 1.0),),
    ((0.0, 0.0, 0.0),),
    torch="np.maximum(x, np.zeros(3))",
)
case("np.where(x > 0.0, x, 0.0)", {"x": (-1.0, 0.0, 1.0)}, ((0.0, 0.0, 1.0),), ((0.0,) * 3,))
case("np.max(x)", {"x": (1.0, 3.0, 3.0)}, ((0.0, 0.5, 0.5),), ((0.0, 0.0, 0.0),))
case("np.maximum(x, y)", {"x": (2.0,), "y": (2.0,)}, (0.5, 0.5), (0.0, 0.0))
case(
    "np.median(x)",
    {"x": (1.0, 2.0, 2.0, 3.0)},
    ((0.0, 0.5, 0.5, 0.0),),
    ((0.0,) * 4,),
    torch="np.quantile(x, 0.5)",
)

case = section("zeros in products and powers")
case("np.prod(x)", {"x": (2.0, 0.0, 3.0)}, ((0.0, 6.0, 0.0),), ((3.0, 5.0, 2.0),))
case("np.prod(x)", {"x": (2.0, 0.0, 0.0)}, ((0.0, 0.0, 0.0),), ((0.0, 2.0, 2.0),))
case(
    "np.cumprod(x)",
    {"x": (2.0, 0.0, 3.0)},
    ((1.0, 8.0, 0.0),),
    ((4.0, 6.0, 2.0),),
    torch="np.cumprod(x, 0)",
)
case("x**0", {"x": (0.0, 2.0)}, ((0.0, 0.0),), ((0.0, 0.0),))
case("x**1", {"x": (0.0,)}, (1.0,), (0.0,))
case("x**2", {"x": (0.0,)}, (0.0,), (2.0,))
case("x**2.0", {"x": (0.0, -3.0)}, ((0.0, -6.0),), ((2.0, 2.0),))
case("x**3", {"x": (0.0,)}, (0.0,), (0.0,))
case("0.0**x", {"x": (2.0,)}, (0.0,), (0.0,))
case("x**y", {"x": (0.0,), "y": (2.0,)}, (0.0, 0.0), None)
case("special.xlogy(x, y)", {"x": (0.0,), "y": (2.0,)}, (np.log(2.0), 0.0), (0.5, 0.5))
case("special.entr(x)", {"x": (0.5,)}, (np.log(2.0) - 1.0,), (-2.0,))

case = section("a branch that is not taken")
case("np.where(x > 0.0, np.log(x), 0.0)", {"x": (0.0, 2.0)}, ((0.0, 0.5),), ((0.0, -0.25),))
case("np.where(x > 0.0, np.log(x), 0.0)", {"x": (-1.0, 2.0)}, ((0.0, 0.5),), ((0.0, -0.25),))
case("np.where(x > 0.0, x**0.5, 0.0)", {"x": (0.0, 4.0)}, ((0.0, 0.25),), ((0.0, -1.0 / 32.0),))
case(
    "np.where(x > 0.0, np.sqrt(x), 0.0)",
    {"x": (-1.0, 0.0, 4.0)},
    ((0.0, 0.0, 0.25),),
    ((0.0, 0.0, -1.0 / 32.0),),
)
case("np.where(x > 0.0, 1.0 / x, 0.0)", {"x": (0.0, 2.0)}, ((0.0, -0.25),), ((0.0, 0.25),))
case(
    "np.where(y > 0.0, x / y, 0.0)",
    {"x": (1.0, 1.0), "y": (0.0, 2.0)},
    ((0.0, 0.5), (0.0, -0.25)),
    ((0.0, -0.25), (0.0, 0.0)),
)
case("np.where(x > 0.0, x**-1.5, 0.0)", {"x": (0.0, 1.0)}, ((0.0, -1.5),), ((0.0, 3.75),))
case(
    "np.where(x < 1.0, np.arccos(x), 0.0)",
    {"x": (0.0, 1.0, 2.0)},
    ((-1.0, 0.0, 0.0),),
    ((0.0, 0.0, 0.0),),
)
case("np.where(x < 1.0, np.arctanh(x), 0.0)", {"x": (0.0, 1.0)}, ((1.0, 0.0),), ((0.0, 0.0),))
case("np.where(x < 9.0, np.exp(x), 0.0)", {"x": (0.0, 1000.0)}, ((1.0, 0.0),), ((1.0, 0.0),))
case("np.where(x > 0.0, x * np.log(x), 0.0)", {"x": (0.0, 1.0)}, ((0.0, 1.0),), ((0.0, 1.0),))
case("np.log(x[x > 0.0])", {"x": (0.0, -1.0, 2.0)}, ((0.0, 0.0, 0.5),), ((0.0, 0.0, -0.25),))
case("np.sqrt(x)[1:]", {"x": (-1.0, 4.0)}, ((0.0, 0.25),), ((0.0, -1.0 / 32.0),))
case(
    "np.cbrt(x)[1:]",
    {"x": (0.0, 8.0)},
    ((0.0, 1.0 / 12.0),),
    ((0.0, -1.0 / 144.0),),
    torch="(x ** (1.0 / 3.0))[1:]",
)
case(
    "np.sum(np.log(x), where=x > 0.0)",
    {"x": (0.0, 2.0)},
    ((0.0, 0.5),),
    ((0.0, -0.25),),
    torch="np.sum(np.log(x)[x > 0.0])",
)
case("np.nansum(np.log(x))", {"x": (-1.0, 2.0)}, ((0.0, 0.5),), ((0.0, -0.25),))
case(
    "1.0 / (1.0 + np.exp(-x))",
    {"x": (-1000.0, 0.0, 1000.0)},
    ((0.0, 0.25, 0.0),),
    ((0.0, 0.0, 0.0),),
)

case = section("exponentials far out")
case("np.logaddexp(x, y)", {"x": (1000.0,), "y": (-1000.0,)}, (1.0, 0.0), (0.0, 0.0))
case("np.logaddexp(x, y)", {"x": (-INF,), "y": (0.0,)}, (0.0, 1.0), None)
case("np.logaddexp(x, y)", {"x": (-INF,), "y": (-INF,)}, (0.5, 0.5), None)
case(
    "np.logaddexp(0.0, x)",
    {"x": (-1000.0, 0.0, 1000.0)},
    ((0.0, 0.5, 1.0),),
    ((0.0, 0.25, 0.0),),
    torch="np.logaddexp(np.zeros(3), x)",
)
case(
    "special.logsumexp(x)",
    {"x": (1000.0, -1000.0)},
    ((1.0, 0.0),),
    ((0.0, 0.0),),
    torch="np.logsumexp(x, 0)",
)
case("special.logsumexp(x)", {"x": (-INF, 0.0)}, ((0.0, 1.0),), None, torch="np.logsumexp(x, 0)")
case(
    "special.softmax(x)[0]",
    {"x": (1000.0, 1000.0, -1000.0)},
    ((0.25, -0.25, 0.0),),
    None,
    torch="np.softmax(x, 0)[0]",
)
case("special.expit(x)", {"x": (-1000.0, 0.0, 1000.0)}, ((0.0, 0.25, 0.0),), ((0.0, 0.0, 0.0),))
case(
    "special.log_expit(x)",
    {"x": (-1000.0, 1000.0)},
    ((1.0, 0.0),),
    ((0.0, 0.0),),
    torch="np.nn.functional.logsigmoid(x)",
)
case("np.tanh(x)", {"x": (-1000.0, 1000.0)}, ((0.0, 0.0),), ((0.0, 0.0),))
case(
    "np.exp(x - np.max(x))[1] / np.sum(np.exp(x - np.max(x)))",
    {"x": (1000.0, 0.0)},
    ((0.0, 0.0),),
    ((0.0, 0.0),),
)

case = section("very large and very small numbers")
case("np.hypot(x, y)", {"x": (3e200,), "y": (4e200,)}, (0.6, 0.8), (3.2e-202, -2.4e-202))
case("np.hypot(x, y)", {"x": (3e-200,), "y": (4e-200,)}, (0.6, 0.8), None)
case("np.linalg.norm(x)", {"x": (3e150, 4e150)}, ((0.6, 0.8),), None)
case("np.linalg.norm(x)", {"x": (3e-150, 4e-150)}, ((0.6, 0.8),), None)
case("np.std(x)", {"x": (1e150, 3e150)}, ((-0.5, 0.5),), None, torch="np.std(x, correction=0)")
case("np.std(x)", {"x": (1e-150, 3e-150)}, ((-0.5, 0.5),), None, torch="np.std(x, correction=0)")
case("np.logaddexp(x, y)", {"x": (1e150,), "y": (1e150,)}, (0.5, 0.5), (0.0, 0.0))
case("x / y", {"x": (1e200,), "y": (1e200,)}, (1e-200, -1e-200), None)
case("x / y", {"x": (1e-200,), "y": (1e-200,)}, (1e200, -1e200), None)
case("np.arctan2(y, x)", {"y": (1e150,), "x": (1e150,)}, (0.5e-150, -0.5e-150), None)
case("np.arctan2(y, x)", {"y": (1e-150,), "x": (1e-150,)}, (0.5e150, -0.5e150), None)
case("np.arcsinh(x)", {"x": (1e200,)}, (1e-200,), None)
case("np.arccosh(x)", {"x": (1e200,)}, (1e-200,), None)
case("np.log1p(x)", {"x": (1e-300,)}, (1.0,), (-1.0,))
case("np.sqrt(x)", {"x": (1e-300,)}, (0.5e150,), None)
case("np.cbrt(x)", {"x": (1e-300,)}, (1e200 / 3.0,), None, torch="x ** (1.0 / 3.0)")
case(
    "np.var(x)",
    {"x": (1e8, 1e8 + 1.0, 1e8 + 2.0)},
    ((-2.0 / 3.0, 0.0, 2.0 / 3.0),),
    ((0.0,) * 3,),
    torch="np.var(x, correction=0)",
)
case("np.prod(x)", {"x": (1e200, 1e-200, 3.0)}, ((3e-200, 3e200, 1.0),), None)

case = section("degenerate matrices")
case(
    "np.linalg.det(x)",
    {"x": ((1.0, 2.0), (2.0, 4.0))},
    ((4.0, -2.0, -2.0, 1.0),),
    ((1.0, -1.0, -1.0, 1.0),),
)
case(
    "np.linalg.det(x)",
    {"x": ((0.0, 0.0), (0.0, 0.0))},
    ((0.0, 0.0, 0.0, 0.0),),
    ((1.0, -1.0, -1.0, 1.0),),
)
case(
    "np.linalg.eigvalsh(x)",
    {"x": ((1.0, 0.0), (0.0, 1.0))},
    ((1.0, 0.0, 0.0, 1.0),),
    None,
    torch="np.linalg.eigvalsh(x)",
)
case(
    "np.linalg.svd(x, compute_uv=False)",
    {"x": ((1.0, 0.0), (0.0, 1.0))},
    ((1.0, 0.0, 0.0, 1.0),),
    None,
    torch="np.linalg.svdvals(x)",
)
case('np.linalg.norm(x, "nuc")', {"x": ((1.0, 0.0), (0.0, 1.0))}, ((1.0, 0.0, 0.0, 1.0),), None)
case("np.linalg.norm(x)", {"x": ((0.0, 0.0), (0.0, 0.0))}, ((0.0,) * 4,), ((0.0,) * 4,))


# what each tool returns


def by_s2sad(c: Case) -> dict[str, Any]:
    """Gradients in reverse mode, the same in forward mode, and second derivatives in two ways."""
    f, given = c.function(), c.arguments
    every = tuple(range(len(given)))
    ones = [np.ones_like(a) for a in given]
    found: dict[str, Any] = {"gradient": s2sad.grad(f, every)(*given)}
    found["forward"] = [np.zeros_like(a) for a in given]
    for i, a in enumerate(given):
        for at in np.ndindex(a.shape):
            dots = [np.zeros_like(b) for b in given]
            dots[i][at] = 1.0
            found["forward"][i][at] = s2sad.jvp(f, given, dots)[1]
    if c.second is not None:
        outer = s2sad.grad(f, every)
        found["second"] = s2sad.jvp(outer, given, ones)[1]
        text = (
            f"def along({', '.join(c.at)}):\n"
            f"    return jvp(f, ({', '.join(c.at)},), ({', '.join('one' + n for n in c.at)},))[1]\n"
        )
        space = {"jvp": s2sad.jvp, "f": f} | {f"one{n}": o for n, o in zip(c.at, ones, strict=True)}
        exec(text, space)
        found["reversed"] = s2sad.grad(attach_source(space["along"], text), every)(*given)
    return found


def by_jax(c: Case) -> dict[str, Any]:
    """Gradients and the second derivatives, forward over reverse."""
    import jax
    import jax.scipy.special

    jax.config.update("jax_enable_x64", True)
    f = c.function(jax.numpy, jax.scipy.special)
    given = [jax.numpy.asarray(a) for a in c.arguments]
    outer = jax.grad(f, tuple(range(len(given))))
    found = {"gradient": outer(*given)}
    if c.second is not None:
        ones = [jax.numpy.ones_like(a) for a in given]
        found["second"] = jax.jvp(outer, given, ones)[1]
    return found


def by_autograd(c: Case) -> dict[str, Any]:
    """Gradients and the second derivatives, reverse over reverse."""
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    f, given = c.function(autograd.numpy, autograd.scipy.special), c.arguments
    every = tuple(range(len(given)))
    found = {"gradient": autograd.grad(f, every)(*given)}
    if c.second is not None:

        def along(*args: Any) -> Any:
            return sum(autograd.numpy.sum(g) for g in autograd.grad(f, every)(*args))

        found["second"] = autograd.grad(along, every)(*given)
    return found


def by_torch(c: Case) -> dict[str, Any]:
    """Gradients and the second derivatives, reverse over reverse."""
    import torch

    names = {"arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arccos": "acos"}
    text = c.torch or c.text
    for ours, theirs in {**names, "arctanh": "atanh"}.items():
        text = text.replace(f"np.{ours}", f"np.{theirs}")
    space = {"np": torch, "special": torch.special}
    exec(f"def f({', '.join(c.at)}):\n    return ({text}).sum()\n", space)
    given = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in c.arguments]
    out = space["f"](*given)
    bars = torch.autograd.grad(out, given, create_graph=True, materialize_grads=True)
    found: dict[str, Any] = {"gradient": [b.detach().numpy(force=True) for b in bars]}
    if c.second is not None:
        total = sum(b.sum() for b in bars)
        if not total.requires_grad:
            found["second"] = [np.zeros_like(b) for b in found["gradient"]]
        else:
            again = torch.autograd.grad(total, given, allow_unused=True, materialize_grads=True)
            found["second"] = [b.detach().numpy(force=True) for b in again]
    return found


TOOLS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "JAX": by_jax,
    "autograd": by_autograd,
    "PyTorch": by_torch,
}


def cell(run: Callable[[Case], dict[str, Any]], c: Case) -> dict[str, str]:
    """What a tool returns, shown; the name of the error where it raises one."""
    try:
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            found = run(c)
    except Exception as e:  # whatever a tool raises is its answer
        return {"gradient": type(e).__name__, "second": ""}
    return {k: ", ".join(shown(v) for v in found.get(k, ())) for k in ("gradient", "second")}


def measured() -> dict[str, dict[str, dict[str, str]]]:
    """Gradients and second derivatives of the other tools, by tool and case."""
    kept = json.loads(OTHERS.read_text("utf-8")) if OTHERS.exists() else {}
    for tool, run in TOOLS.items():
        if tool != "PyTorch" or importlib.util.find_spec("torch"):
            kept[tool] = {c.name: cell(run, c) for c in CASES}
    return kept


# the page

HEAD = """# Numerics

Gradients, and in parentheses second derivatives (the Hessian times ones), where arithmetic is
delicate: at kinks, beside invalid branches, and far out. ✗ marks what is not the derivative, or NaN
where one exists; ~ marks another choice where there is none, by [the conventions of
s2sad](nondifferentiable.md).

The column of s2sad is held by `tests/test_numerics.py`, in both modes. The others were measured by
`python -m tests.numerics others`.
"""


def page() -> str:
    """The table, a part for every section."""
    others = json.loads(OTHERS.read_text("utf-8"))
    lines, title = [HEAD, counts(others)], ""
    for c in CASES:
        if c.section != title:
            title = c.section
            lines += [
                f"\n## {title.capitalize()}\n",
                f"| | at | s2sad | {' | '.join(TOOLS)} |",
                "|---" * (len(TOOLS) + 3) + "|",
            ]
        points = ", ".join(f"{n} = {shown(v)}" for n, v in c.at.items())
        ours = cell(by_s2sad, c)
        cells = [ours, *(others.get(tool, {}).get(c.name) for tool in TOOLS)]
        shown_cells = [marked(c, found) for found in cells]
        text = c.text.replace("|", "\\|")
        lines.append(f"| `{text}` | {points} | {' | '.join(shown_cells)} |")
    return "\n".join(lines) + "\n"


def counts(others: Any) -> str:
    """How many of the cells are right."""
    right = {t: sum(is_right(c, others[t].get(c.name)) for c in CASES) for t in others}
    parts = [f"{t} {n}" for t, n in right.items()]
    ours = sum(is_right(c, cell(by_s2sad, c)) for c in CASES)
    return f"Neither ✗ nor ~, of {len(CASES)} rows: s2sad {ours}, {', '.join(parts)}."


def is_convention(c: Case, found: dict[str, str]) -> bool:
    """Whether numbers at a kink are others, but no NaN: another choice, such as abs'(0) = 1."""
    numbers = found["gradient"] + found["second"]
    letters = numbers.replace("inf", "").replace("e", "")
    return c.section == KINKS and not any(map(str.isalpha, letters))


def is_right(c: Case, found: dict[str, str] | None) -> bool:
    """Whether what is shown is what should come out."""
    if found is None or not same(found["gradient"], c.gradient):
        return False
    return c.second is None or same(found["second"], c.second)


def same(text: str, wanted: Any) -> bool:
    """Whether shown numbers are the right ones, to three digits; minus zero is zero."""
    try:
        found = [float(v) for v in text.replace(",", " ").split()]
    except ValueError:
        return False
    flat = [x for v in wanted for x in np.ravel(v)]
    return len(found) == len(flat) and np.allclose(found, flat, rtol=6e-3, atol=0.0)


def marked(c: Case, found: dict[str, str] | None) -> str:
    """A cell of the table."""
    if found is None:
        return "not measured"
    text = found["gradient"]
    if c.second is not None and found["second"]:
        text += f" ({found['second']})"
    if is_right(c, found):
        return text
    return f"~ {text}" if is_convention(c, found) else f"✗ {text}"


def gaps() -> list[str]:
    """The cases that s2sad does not get right yet.  May only become fewer."""
    return GAPS.read_text("utf-8").splitlines()


def errors(c: Case) -> list[str]:
    """What s2sad returns that is not right to twelve digits, of the largest number."""
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        found = by_s2sad(c)
    wrong = []
    for kind, values in found.items():
        wanted: Any = c.gradient if kind in ("gradient", "forward") else c.second
        for a, b in zip(values, wanted, strict=True):
            scale = max(map(abs, np.ravel(b)))
            fits = np.allclose(np.ravel(a), b, rtol=1e-12, atol=1e-12 * scale if scale < INF else 0)
            wrong += [] if fits else [f"{kind}: {shown(a)} is not {shown(b)}"]
    return wrong


def still_wrong(name: str) -> bool:
    """Whether a gap is one today."""
    try:
        return any(errors(c) for c in CASES if c.name == name)
    except s2sad.S2SADError:
        return True


def main(given: list[str]) -> None:
    """Measure the others if asked to, and write the page and the gaps that are left."""
    GAPS.write_text("".join(f"{n}\n" for n in gaps() if still_wrong(n)), "utf-8")
    if given == ["others"]:
        OTHERS.write_text(json.dumps(measured(), indent=1) + "\n", "utf-8")
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
