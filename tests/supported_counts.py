"""The derivatives of s2sad, JAX and autograd over the same names, on calls that the laws draw.

`python -m tests.supported count` keeps the table for the page; `python -m tests.supported_counts
NAME...` prints what each tool does with the calls of some names.
"""

from __future__ import annotations

import copy
import importlib
import itertools
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import s2sad
from s2sad import S2SADError
from s2sad.numeric import directional, leaves
from s2sad.rules import table
from s2sad.rules.cases import carriers, draw
from s2sad.rules.laws import SHAPES
from s2sad.rules.notation import DEFINITIONS, Primitive
from s2sad.testing import _caller as caller  # calls as check_rule makes them

DRAWS = 2
MEASURED = ("np.", "np.linalg.", "np.fft.", "scipy.special.")
HOMES = {
    "JAX": {"np": "jax.numpy", "scipy.special": "jax.scipy.special"},
    "autograd": {"np": "autograd.numpy", "scipy.special": "autograd.scipy.special"},
}


def stated(name: str) -> tuple[Any, list[Primitive]]:
    """A function and what states its derivative."""
    from tests.supported import SPACES

    space, _, last = name.rpartition(".")
    of = getattr(SPACES[space], last)
    found = [table.lookup(of), DEFINITIONS.get(of)]
    return of, [p for p in found if p is not None and p.wrt and (p.on or p.signature)]


def counterpart(tool: str, name: str) -> Any:
    """The function of that name that a tool has; None where it has none."""
    home = next(h for h in HOMES[tool] if name.startswith(h + "."))
    found: Any = importlib.import_module(HOMES[tool][home])
    for part in name.removeprefix(home + ".").split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            return None
    return found


def calls(of: Any, rules: list[Primitive]) -> Iterator[tuple[Primitive, Any, list[str]]]:
    """Calls that the domains of the rules offer, with a derivative, and that NumPy takes."""
    for p in rules:
        yield from itertools.islice(drawn(p, of), DRAWS)


def drawn(p: Primitive, of: Any) -> Iterator[tuple[Primitive, Any, list[str]]]:
    """The calls among the first draws for one rule that are such calls."""
    rng = np.random.default_rng(0)
    for turn in range(4 * DRAWS):
        env = draw(p, rng, SHAPES[turn % len(SHAPES)], turn)
        active = carriers(p, env)
        if active and is_taken(using(p, of), env, active):
            yield p, env, active


def is_taken(p: Primitive, env: Any, active: list[str]) -> bool:
    """Whether NumPy takes a call, whose options may not go together, in double precision."""
    try:
        out = caller(p, env, active)(*[env[a] for a in active])
    except (ValueError, S2SADError):
        return False
    return all(np.asarray(x).dtype not in (np.float32, np.complex64) for x in leaves(out))


def judged(tool: str, name: str) -> list[str]:
    """What a tool makes of each call: right, wrong or error; nothing where it has no function."""
    of, rules = stated(name)
    there = of if tool == "s2sad" else counterpart(tool, name)
    return [] if there is None else [verdict(tool, there, of, *c) for c in calls(of, rules)]


def verdict(tool: str, there: Any, of: Any, p: Primitive, env: Any, active: list[str]) -> str:
    """Whether the cotangents are those of the numeric derivative, along two directions."""
    rng = np.random.default_rng(1)
    f, given = caller(using(p, of), env, active), [env[a] for a in active]
    out = list(leaves(f(*given)))
    bars = [rng.normal(size=np.shape(x)) for x in out]
    dots = [[each(rng, g) for g in given] for _ in range(2)]
    wanted = [sum(map(dot, bars, leaves(directional(f, given, d)))) for d in dots]
    try:
        found = PULLED[tool](using(p, there), env, active, bars)
        sums = [sum(map(dot, leaves(found), leaves(d))) for d in dots]
    except Exception:  # whatever a tool raises is its answer
        return "error"
    return "right" if np.allclose(sums, wanted, 1e-4, 1e-5) else "wrong"


def dot(a: Any, b: Any) -> float:
    """The real inner product of two arrays of one shape; 0 of an integer result."""
    if isinstance(b, float) and b == 0.0:
        return 0.0
    assert np.shape(a) == np.shape(b)
    return float(np.sum(np.real(np.conj(np.asarray(a)) * np.asarray(b))))


def each(rng: Any, value: Any) -> Any:
    """A random direction."""
    if isinstance(value, list | tuple):
        return type(value)(each(rng, v) for v in value)
    made = rng.normal(size=np.shape(value))
    return made if isinstance(value, np.ndarray) else type(value)(float(made))


def using(p: Primitive, of: Any) -> Primitive:
    """The same primitive with the function of a tool."""
    q = copy.copy(p)
    q.of = of
    return q


def by_s2sad(p: Primitive, env: Any, active: list[str], bars: list[Any]) -> Any:
    """The pullback of s2sad."""
    given = [env[a] for a in active]
    out, pull = s2sad.vjp(caller(p, env, active), *given)
    return pull(like(out, bars))


def by_jax(p: Primitive, env: Any, active: list[str], bars: list[Any]) -> Any:
    """The pullback of JAX, in double precision."""
    import jax

    jax.config.update("jax_enable_x64", True)
    there = {n: moved(v, jax.numpy.asarray) for n, v in env.items()}
    out, pull = jax.vjp(caller(p, there, active), *[there[a] for a in active])
    flat, shape = jax.tree.flatten(out)
    made = [jax.numpy.asarray(b, x.dtype) for b, x in zip(bars, flat, strict=True)]
    return pull(jax.tree.unflatten(shape, made))


def by_autograd(p: Primitive, env: Any, active: list[str], bars: list[Any]) -> Any:
    """The pullbacks of autograd."""
    import autograd

    f, given = caller(p, env, active), [env[a] for a in active]
    found = []
    for i in range(len(given)):
        pull, out = autograd.make_vjp(f, i)(*given)
        found.append(pull(like(out, bars)))
    return found


PULLED: dict[str, Callable[..., Any]] = {
    "s2sad": by_s2sad, "JAX": by_jax, "autograd": by_autograd,
}  # fmt: skip


def like(out: Any, bars: list[Any]) -> Any:
    """The cotangents in the structure and dtypes of the output."""
    rest = iter(bars)

    def shaped(x: Any) -> Any:
        if isinstance(x, tuple | list):
            made = [shaped(item) for item in x]
            return type(x)(*made) if hasattr(x, "_fields") else type(x)(made)
        bar, dtype = next(rest), np.asarray(x).dtype
        made = np.asarray(bar, dtype if dtype.kind in "fc" else None)
        return made[()] if np.ndim(x) == 0 else made

    return shaped(out)


def moved(value: Any, into: Callable[[Any], Any]) -> Any:
    """Arrays of an argument as those of a tool."""
    if isinstance(value, list | tuple) and any(isinstance(v, np.ndarray) for v in value):
        return type(value)(moved(v, into) for v in value)
    return into(value) if isinstance(value, np.ndarray | np.floating) else value


def summary(found: list[str]) -> str:
    """One word for all calls of a name."""
    if "wrong" in found:
        return "wrong"
    if set(found) == {"right"}:
        return "all"
    return "some" if "right" in found else "none"


CONVENTION = """\
Of a triangle that NumPy does not read (`cholesky`, `eigh`, `eigvalsh`), s2sad gives the cotangent
zero and JAX and autograd half of that of the other: another convention, counted as wrong here.
"""


def measured() -> str:
    """The table, and the names that a tool gets wrong."""
    from tests.supported import every

    names = [s.name for s in every() if s.kind == "derivative" and s.name.startswith(MEASURED)]
    names = list(dict.fromkeys(names))
    names = [n for n in names if "polynomial" not in n and "random" not in n]
    names = [n for n in names if quiet(lambda n: any(calls(*stated(n))), n)]
    kinds = ("all", "some", "wrong", "none")
    lines = [
        f"Over {len(names)} names with a rule, {DRAWS} calls each of those that the laws draw:",
        "derivatives right in all calls, right in some and refused in others, wrong in one or",
        "more, absent or refused in all. `python -m tests.supported count` measures it.\n",
        "| | " + " | ".join(kinds) + " |",
        "|---" * (len(kinds) + 1) + "|",
    ]
    wrong = []
    for tool in PULLED:
        found = {n: quiet(judged, tool, n) for n in names}
        here = [summary(f) for f in found.values()]
        lines.append(f"| {tool} | " + " | ".join(str(here.count(k)) for k in kinds) + " |")
        bad = [n for n, f in found.items() if summary(f) == "wrong"]
        wrong += [f"- {tool}: {' '.join(f'`{n}`' for n in bad)}"] if bad else []
    return "\n".join([*lines, "", "Wrong somewhere:\n", *wrong, "", CONVENTION])


def quiet(f: Callable[..., Any], *args: Any) -> Any:
    """f(*args) without warnings."""
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        return f(*args)


if __name__ == "__main__":
    table.read_all()
    for name in sys.argv[1:]:
        for tool in PULLED:
            print(name, tool, quiet(judged, tool, name))
