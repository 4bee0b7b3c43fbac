"""Rules that users declare: what is malformed is refused at once, and nothing made before stays.

A rule that s2sad states itself cannot be replaced.  One of a user's can, by the module that
declared it (a cell or file that is run again); then all that was compiled with it is forgotten.
"""

from __future__ import annotations

import hashlib
import types
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from s2sad.rules import notation
from s2sad.rules.notation import RULES, Primitive, Template


class Forgetful(Protocol):
    """What holds code that was compiled with rules."""

    def forget(self) -> None:
        """Forget all of it."""


COMPILED: weakref.WeakSet[Forgetful] = weakref.WeakSet()
"""All that has to be forgotten when a rule is declared."""

DECLARED: dict[Any, tuple[str, Primitive]] = {}
"""The rules of users by function, each with the module that declared it."""


def elementwise(
    of: Any,
    partials: Callable[..., Any],
    on: Mapping[str, Any] | None = None,
    doc: str = "",
    unknown: Mapping[str, str] | None = None,
    *,
    analytic: bool = False,
    poles: bool = False,
) -> Primitive:
    """Declare the rule of an elementwise function: for each operand the partial times `d`.

    of: the function; it takes numbers or arrays, which broadcast.
    partials: a function, usually a lambda, of what it reads of `d`, `ans` and the operands (`x`, or
        `x1`, `x2`, ...).  It returns one product for each operand with `d`, x_dot or ans_bar.
    on: where `check_rule` draws operands from, by name (see `s2sad.rules.domains`).
    unknown: operands in which no derivative is stated, None in place of a product, with what they
        are: where one of them is active, that is refused.
    analytic: the same products hold for complex numbers; without it these are refused.
    poles: a product may be infinite, which what nobody reads of a result must not meet.

    Raises TypeError for a malformed rule, ValueError where `of` has a rule already.
    """
    _callable(of)
    with _replacing(of, str(getattr(partials, "__module__", ""))) as place:
        try:
            p = notation.elementwise(of, partials, on, doc, unknown, analytic=analytic, poles=poles)
        except ValueError as error:  # of `inspect.signature`
            raise TypeError(
                f"the parameters of {_name(of)} are not known: wrap it in a Python function, and"
                " declare the rule of that"
            ) from error
        found = getattr(_last(p.partials), "elts", [None])
        if len(found) != len(p.params):
            raise TypeError(
                f"the rule of {_name(of)} returns {len(found)} products for {len(p.params)}"
                " operands: return one for each, in their order"
            )
        place.keep(p)
    return p


def rule(
    of: Any, signature: str | None = None, *, wrt: str | None = None, **options: Any
) -> Callable[[type], Primitive]:
    """Declare the rule of any function: a class whose functions are its facts.

    primal: the function with its parameters, whose names the others use; the compiler calls `of`.
    adjoint: returns `a_bar, b_bar`, the cotangents of the operands `a` and `b`, from `ans_bar`.
    tangent: returns the tangent of the result from `a_dot`, `b_dot`; not needed where `linear` or
        `multilinear` names the operands.
    shape, dtype: what comes out, from the sizes or dtypes that go in.

    Each takes what it reads by name: operands, `ans` for the result, `ans_bar`, `a_dot`.

    wrt: the operands with derivatives, where the adjoint does not say; "" for a result that is
        constant to every derivative.
    options: `linear`, `multilinear`, `sequences`, `view`, `pure`, `on`, `elementwise`, `unknown`,
        `results`, `returns`; `analytic=True` where the formulas hold for complex numbers too.

    Raises TypeError for a malformed rule, ValueError where `of` has a rule already.
    """
    _callable(of)

    def declare(cls: type) -> Primitive:
        _check_members(of, cls, wrt)
        with _replacing(of, cls.__module__) as place:
            p = notation.rule(of, signature, wrt=wrt, **{"analytic": False, **options})(cls)
            _check_names(of, p)
            place.keep(p)
        return p

    return declare


# ---- what is malformed -------------------------------------------------------------------------


def _callable(of: Any) -> None:
    if not callable(of):
        raise TypeError(f"a rule is declared of a function, not of {of!r}")
    try:
        hash(of)
    except TypeError:
        raise TypeError(
            f"{of!r} cannot be told from others (it has no hash): wrap it in a Python function, and"
            " declare the rule of that"
        ) from None


def _check_members(of: Any, cls: type, wrt: str | None) -> None:
    known = {"primal", "tangent", "adjoint", "shape", "dtype"}
    found = {k for k, v in vars(cls).items() if isinstance(v, types.FunctionType)}
    if "primal" not in found:
        raise TypeError(f"the rule of {_name(of)} has no primal: def primal(x): return f(x)")
    if found - known:
        raise TypeError(
            f"the rule of {_name(of)} has {sorted(found - known)}: a rule knows {sorted(known)}"
        )
    if "adjoint" not in found and wrt != "":
        raise TypeError(
            f'the rule of {_name(of)} has no adjoint: state one, or wrt="" if the result is'
            " constant to every derivative"
        )


def _check_names(of: Any, p: Primitive) -> None:
    named = {"wrt": p.wrt, "linear": p.linear, "multilinear": p.multilinear}
    named |= {"sequences": p.sequences}
    for option, names in named.items():
        unknown = [n for n in names if n not in p.params]
        if unknown:
            raise TypeError(
                f"the rule of {_name(of)} names {unknown} ({option}), and its primal has"
                f" {list(p.params)}"
            )


def _name(of: Any) -> str:
    return str(getattr(of, "__name__", None) or repr(of))


def _last(t: Template | None) -> Any:
    """The expression that a function of a rule returns."""
    node = t.plain if t is not None else None
    body = getattr(node, "body", None)
    last = body[-1] if isinstance(body, list) else body
    return getattr(last, "value", last) if not hasattr(last, "elts") else last


# ---- taking the place of another ---------------------------------------------------------------


class _replacing:
    """Takes an earlier rule of the same module out of the table, and puts it back on an error."""

    def __init__(self, of: Any, module: str) -> None:
        self.of, self.module = of, module
        self.before = DECLARED.get(of)

    def __enter__(self) -> _replacing:
        from s2sad.rules import table  # not needed by those who only import s2sad

        table.lookup(self.of)
        if self.before is not None and self.before[0] == self.module:
            RULES.pop(self.of, None)
        elif self.before is not None:
            raise ValueError(
                f"{_name(self.of)} has a rule already, declared in {self.before[0]}: only that"
                " module can replace it"
            )
        elif self.of in RULES:
            raise ValueError(f"{_name(self.of)} has a rule already, stated by s2sad")
        return self

    def keep(self, p: Primitive) -> None:
        """The rule is well formed."""
        DECLARED[self.of] = (self.module, p)
        for holder in list(COMPILED):
            holder.forget()

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is not None:
            RULES.pop(self.of, None)
            if self.before is not None:
                RULES[self.of] = self.before[1]


# ---- for the disk cache ------------------------------------------------------------------------


def digest(of_code: Callable[[types.CodeType], str]) -> str | None:
    """A text for all rules of users, the same in every process; None where there is none.

    `of_code` hashes a code object.  A rule depends on the functions that its own ones call.
    """
    state = hashlib.sha256()
    for of, (module, p) in DECLARED.items():
        named = (p.params, sorted(p.defaults.items()), p.wrt, p.linear, p.multilinear)
        state.update(
            repr(
                (module, p.name, p.kind, named, p.sequences, p.view, p.pure, dict(p.unknown))
            ).encode()
        )
        members = [p.primal, p.partials, p.tangent, p.adjoint]
        functions = [t.function for t in members if t is not None]
        functions += [f for f in (p.shape, p.dtype, of) if isinstance(f, types.FunctionType)]
        seen: set[Any] = set()
        for f in functions:
            for text in _described(f, of_code, seen):
                if text is None:
                    return None
                state.update(text.encode())
    return state.hexdigest()


def _described(
    f: Any, of_code: Callable[[types.CodeType], str], seen: set[Any]
) -> Iterator[str | None]:
    if f in seen:
        return
    seen.add(f)
    yield of_code(f.__code__)
    cells = zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)
    used = {n: c.cell_contents for n, c in cells}
    used |= {n: f.__globals__[n] for n in f.__code__.co_names if n in f.__globals__}
    for name, value in sorted(used.items()):
        if isinstance(value, types.FunctionType):
            if not (value.__module__ or "").startswith(("numpy", "s2sad")):
                yield from _described(value, of_code, seen)
        elif isinstance(value, bool | int | float | complex | str | bytes | None):
            yield f"{name}={value!r}"
        elif not isinstance(value, types.ModuleType | type) and not callable(value):
            yield None  # an array, an object: no text stands for it
