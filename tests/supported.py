"""What s2sad does with every public name of NumPy and of scipy.special: `docs/supported.md`.

python -m tests.supported           writes the page
python -m tests.supported count     measures s2sad, JAX and autograd first, and keeps the figures

A name has a derivative, is used as data, or is refused with a reason.  That is read from the tables
of the compiler; what the compiler handles otherwise has a sample in `tests/supported_samples.py`,
which a test runs.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy.special

from s2sad.frontend.draws import GATHERED
from s2sad.frontend.opaque import MAKING_DATA
from s2sad.frontend.writes import LIBRARY, WRITING_METHODS
from s2sad.rules import table
from s2sad.rules.methods import ATTRIBUTES, METHODS
from s2sad.rules.notation import DEFINITIONS, Primitive
from s2sad.rules.refused import refusal
from tests.supported_samples import DATA, DERIVATIVE, ELSEWHERE

PAGE = Path(__file__).parents[1] / "docs/supported.md"
COUNTS = Path(__file__).with_name("supported_counts.txt")
GAPS = Path(__file__).with_name("supported_gaps.txt")

POLYNOMIALS = ("polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre")
SPACES: dict[str, Any] = {
    "np": np,
    "np.linalg": np.linalg,
    "np.fft": np.fft,
    "np.lib.stride_tricks": np.lib.stride_tricks,
    **{f"np.polynomial.{name}": getattr(np.polynomial, name) for name in POLYNOMIALS},
    "np.random.Generator": np.random.Generator,
    "ndarray": np.ndarray,
    "scipy.special": scipy.special,
}
CLASSES = (
    scipy.special.errstate,
    np.generic,
    Exception,
    Warning,
    np.ndarray,
    np.ufunc,
    np.dtype,
    np.broadcast,
    np.flatiter,
)
METADATA = frozenset({"dtype", "itemsize", "ndim", "nbytes", "shape", "size", "strides", "flags"})


@dataclass(frozen=True)
class Status:
    """What becomes of a name; kind: derivative, data, refused, constant, type or missing."""

    name: str
    kind: str
    keywords: tuple[str, ...] = ()  # that are followed
    without: tuple[str, ...] = ()  # that are refused


def public(space: str) -> Iterator[str]:
    """The public names of a module or class, without modules and what runs their tests."""
    owner = SPACES[space]
    names = getattr(owner, "__all__", None) if "polynomial" in space or "scipy" in space else None
    for name in sorted(names or dir(owner)):
        hidden = name.startswith("_") or name == "test"
        if not hidden and not isinstance(getattr(owner, name), types.ModuleType):
            yield name


@cache
def every() -> tuple[Status, ...]:
    """The status of every name, in the order of the page."""
    table.read_all()
    return tuple(status(space, name) for space in SPACES for name in public(space))


def status(space: str, name: str) -> Status:
    """What the tables of the compiler say of one name."""
    full, of = f"{space}.{name}", getattr(SPACES[space], name)
    if full in DERIVATIVE or full in ELSEWHERE:
        return Status(full, "derivative")
    if space == "ndarray":
        return of_arrays(full, name)
    if space == "np.random.Generator":
        return of_generators(full, name)
    p, stated = table.lookup(of), DEFINITIONS.get(of) if _hashable(of) else None
    if any(r is not None and r.wrt for r in (p, stated)):
        return with_keywords(full, of, [r for r in (p, stated) if r is not None])
    if _hashable(of) and of in LIBRARY:
        return Status(full, "derivative")
    if p is not None or stated is not None or (_hashable(of) and of in MAKING_DATA) or full in DATA:
        return Status(full, "data")
    if refusal(of) is not None or refusal(full) is not None:
        return Status(full, "refused")
    if isinstance(of, type) and issubclass(of, CLASSES):
        return Status(full, "type")
    plain = isinstance(
        of, bool | int | float | str | tuple | dict | type(None) | np.bool | np.ndarray
    )
    return Status(full, "constant" if plain else "missing")


def of_arrays(full: str, name: str) -> Status:
    """The status of a method or attribute of arrays: that of the function it is."""
    of: Any = METHODS.get(name) or ATTRIBUTES.get(name)
    if of is not None:
        p, stated = table.lookup(of), DEFINITIONS.get(of)
        known = any(r is not None and r.wrt for r in (p, stated))
        return Status(full, "derivative" if known else "data")
    if name in WRITING_METHODS:
        return Status(full, "derivative")
    if name in METADATA or full in DATA:
        return Status(full, "data")
    return Status(full, "refused" if refusal(full) is not None else "missing")


def of_generators(full: str, name: str) -> Status:
    """The status of a method of random generators: in its parameters, or in what it shuffles."""
    if refusal(full) is not None:
        return Status(full, "refused")
    rule, of = table.draw_rules().get(name), getattr(np.random.Generator, name)
    if rule is None and name not in GATHERED:
        return Status(full, "data")
    return Status(full, "derivative", tuple(keywords_of(of)))


def _hashable(of: Any) -> bool:
    return getattr(type(of), "__hash__", None) is not None


def with_keywords(full: str, of: Any, rules: list[Primitive]) -> Status:
    """A function with a derivative, and which of its documented keywords are followed."""
    given = {n for p in rules for n in p.params if n in p.defaults}
    required = {n for p in rules for n in p.params} - given
    documented = keywords_of(of)
    handled = given | required | {"out"}
    return Status(
        full,
        "derivative",
        tuple(n for n in documented if n in given or n == "out"),
        tuple(n for n in documented if n not in handled),
    )


def keywords_of(of: Any) -> list[str]:
    """The keywords that a function documents; those of ufuncs are the same for all."""
    if isinstance(of, np.ufunc):
        return []
    try:
        found = inspect.signature(of).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in found if p.default is not p.empty and p.name not in ("like", "subok")]


def missing() -> list[str]:
    """The names of which nothing is known."""
    return [s.name for s in every() if s.kind == "missing"]


def gaps() -> list[str]:
    """The names of which nothing needs to be known yet.  It may only shrink."""
    return GAPS.read_text("utf-8").split()


# the page

HEAD = """# What is supported

Every public name of NumPy, of arrays and generators, and of `scipy.special`, as the tables of the
compiler have it. `python -m tests.supported` writes this page and a test holds it.

- **With a derivative**: forward and reverse mode, and derivatives of every order. Keywords are
  listed where a function has any: what is not followed is refused with a message. All elementwise
  functions of NumPy and SciPy (ufuncs) take `out=` and `where=`.
- **As data**: pure functions whose results are integers, truths, objects, or constant wherever they
  have a derivative.
- **Refused**: the message gives the reason listed here. With arguments that carry no derivative
  these may be called; their results are data.

The rules themselves are listed under [functions](functions.md).
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, "## Counts\n", counted(), *map(section, SPACES), refusals()]
    return "\n".join(parts).rstrip("\n") + "\n"


def counted() -> str:
    """How many names have which status, and the figures that were measured last."""
    kinds = ("derivative", "data", "refused", "type", "constant", "missing")
    rows = ["| | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for space in SPACES:
        here = [s.kind for s in every() if s.name.rpartition(".")[0] == space]
        rows.append(f"| `{space}` | " + " | ".join(str(here.count(k)) for k in kinds) + " |")
    return "\n".join(rows) + "\n\n" + (COUNTS.read_text("utf-8") if COUNTS.exists() else "")


def section(space: str) -> str:
    """The names of one module or class."""
    here = [s for s in every() if s.name.rpartition(".")[0] == space]
    lines = [f"## {space}\n"]
    plain = [s for s in here if s.kind == "derivative" and not (s.keywords or s.without)]
    optioned = [s for s in here if s.kind == "derivative" and (s.keywords or s.without)]
    if optioned:
        lines += [
            "With a derivative:\n",
            "| function | keywords | refused keywords |",
            "|---|---|---|",
        ]
        lines += [
            f"| `{short(s)}` | {', '.join(s.keywords)} | {', '.join(s.without)} |" for s in optioned
        ]
        lines += [""]
    heads = (
        (
            "With a derivative, and no keywords of their own:"
            if optioned
            else "With a derivative:",
            plain,
        ),
        ("As data:", [s for s in here if s.kind == "data"]),
        ("Refused:", [s for s in here if s.kind == "refused"]),
        ("Classes:", [s for s in here if s.kind == "type"]),
        ("Constants:", [s for s in here if s.kind == "constant"]),
        ("Not yet:", [s for s in here if s.kind == "missing"]),
    )
    for head, found in heads:
        if found:
            lines += [head + "\n", names(found), ""]
    return "\n".join(lines)


def short(s: Status) -> str:
    """The name without its module."""
    return s.name.rpartition(".")[2]


def names(found: list[Status]) -> str:
    """Names in a row, broken into lines."""
    return textwrap.fill(" ".join(f"`{short(s)}`" for s in found), 100, break_long_words=False)


def refusals() -> str:
    """The reasons, with the names that are refused for them."""
    lines = ["## Reasons\n", "| refused | because it is a function | instead |", "|---|---|---|"]
    found: dict[Any, list[str]] = {}
    for s in every():
        if s.kind == "refused":
            space, _, name = s.name.rpartition(".")
            found.setdefault(refusal(getattr(SPACES[space], name)) or refusal(s.name), []).append(
                s.name
            )
    for r, here in found.items():
        lines.append(f"| {' '.join(f'`{n}`' for n in here)} | {r.reason} | {r.advice} |")
    return "\n".join(lines) + "\n"


def main(given: list[str]) -> None:
    """Write the page; take off the list of gaps what is known today."""
    if given == ["count"]:
        from tests.supported_counts import measured

        COUNTS.write_text(measured(), "utf-8")
    known = set(gaps()) if GAPS.exists() else set(missing())
    GAPS.write_text("".join(f"{n}\n" for n in missing() if n in known), "utf-8")
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
