"""Checks for users' functions and rules, which the tests of s2sad use as well."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2sad.errors import ArgumentError, CheckFailed
from s2sad.frontend.source import attach_source
from s2sad.numeric import directional, each, is_inexact, leaves

__all__ = ["check_grads", "check_rule"]

MODES = ("fwd", "rev")
SINGLES = (np.float32, np.complex64)
SINGLE = (2e-3, 1e-3)
"""The least tolerances where numbers of single precision take part."""


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    modes: Sequence[str] = MODES,
    order: int = 2,
    *,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    seed: int = 0,
) -> None:
    """Check the derivatives of `f` at `args` up to `order`; CheckFailed where they differ.

    Forward mode ("fwd") is compared with the numeric derivative along a random direction, reverse
    mode ("rev") with forward mode by the transpose law, <cotangent, J tangent> =
    <J* cotangent, tangent>, and with the numeric derivative where "fwd" is not asked for.
    The same is then asked of the tangents and cotangents as functions of the arguments.

    args: a sequence of arguments; structures of numbers and arrays are welcome, and arguments
        without a floating number are constants.
    rtol, atol: how far |a - b| may go: atol + rtol * max(|a|, |b|); more in single precision.
    seed: of the random directions.

    >>> check_grads(np.tanh, (0.5,))
    """
    unknown = set(modes) - set(MODES)
    if unknown or not modes:
        raise ValueError(f"modes are 'fwd' and 'rev', not {sorted(unknown) or modes!r}")
    active = [i for i, a in enumerate(args) if any(map(is_inexact, leaves(a)))]
    if not active:
        raise ArgumentError("no argument holds a floating number", "pass floats, such as 1.0")
    given = tuple(args[i] for i in active)
    if _is_single((*args, f(*copy.deepcopy(tuple(args))))):
        rtol, atol = max(rtol, SINGLE[0]), max(atol, SINGLE[1])
    checker = _Checker(tuple(modes), order, rtol, atol, np.random.default_rng(seed))
    function = _restricted(f, args, active)
    checker.check(function, function, given, 1, ())


def _restricted(f: Callable[..., Any], args: Sequence[Any], active: list[int]) -> Any:
    """`f` of the active arguments alone."""
    if len(active) == len(args):
        return f
    names = [f"x{i}" if i in active else f"constant{i}" for i in range(len(args))]
    space = {name: args[i] for i, name in enumerate(names) if i not in active}
    own = ", ".join(names[i] for i in active)
    return _defined(
        f"def restricted({own}):\n    return f({', '.join(names)})\n", {**space, "f": f}
    )


def _defined(text: str, space: dict[str, Any]) -> Any:
    """The function that `text` defines, with its source at hand for the compiler."""
    exec(compile(text, "<s2sad.testing>", "exec"), space)
    name = text.split("(")[0].removeprefix("def ")
    return attach_source(space[name], text)


def _is_single(values: Any) -> bool:
    """Whether a floating number of less than double precision is among the leaves."""
    return any(is_inexact(x) and np.asarray(x).real.itemsize < 8 for x in leaves(values))


class _Checker:
    """The checks of one call of `check_grads`."""

    def __init__(
        self, modes: tuple[str, ...], order: int, rtol: float, atol: float,
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self.modes, self.order = modes, order
        self.rtol, self.atol, self.rng = rtol, atol, rng

    def check(
        self, f: Any, plain: Any, args: tuple[Any, ...], level: int, path: tuple[str, ...]
    ) -> None:
        """Derivatives of `f`, which itself is a derivative of order `level - 1`.

        plain: `f` for numeric derivatives, which are taken in double precision.
        """
        if level > self.order:
            return
        dots = tuple(each(self._random, a) for a in args)
        numeric = directional(plain, args, dots)
        wanted = numeric
        if "fwd" in self.modes:
            out, wanted = _jvp(f, args, dots)
            self._compare(_of(out, wanted), _of(out, numeric), (*path, "fwd"), "the numeric one")
        if "rev" in self.modes:
            out, pull = _vjp(f, args)
            cotangent = each(self._random, out)
            self._transposed(out, pull(cotangent), cotangent, dots, wanted, (*path, "rev"))
        if level < self.order:
            self._further(f, args, level, path, dots)

    def _further(self, f: Any, args: Any, level: int, path: tuple[str, ...], dots: Any) -> None:
        if "fwd" in self.modes:
            new, plain = _tangent_of(f, dots, level)
            self.check(new, plain, args, level + 1, (*path, "fwd"))
        if "rev" in self.modes:
            cotangent = each(self._random, _vjp(f, args)[0])
            new, plain = _cotangent_of(f, cotangent, level)
            self.check(new, plain, args, level + 1, (*path, "rev"))

    def _random(self, leaf: Any) -> Any:
        """A random direction; a leaf that has none stays itself."""
        if not is_inexact(leaf):
            return leaf
        made = self.rng.normal(size=np.shape(leaf))
        if np.iscomplexobj(leaf):
            made = made + 1j * self.rng.normal(size=np.shape(leaf))
        if isinstance(leaf, np.ndarray):
            return made.astype(leaf.dtype)
        return type(leaf)(made.item() if isinstance(made, np.ndarray) else made)

    def _transposed(
        self, out: Any, bars: Any, cotangent: Any, dots: Any, tangent: Any, path: tuple[str, ...]
    ) -> None:
        left = _dot(_of(out, cotangent), _of(out, tangent))
        right = _dot(_of(dots, bars), _of(dots, dots))
        self._compare([right], [left], path, "<cotangent, tangent of the output>")

    def _compare(self, found: list[Any], wanted: list[Any], path: tuple[str, ...], of: str) -> None:
        for a, b in zip(found, wanted, strict=True):
            if np.shape(a) != np.shape(b):
                raise _failed(path, f"has shape {np.shape(a)}, not {np.shape(b)}")
            bound = self.atol + self.rtol * np.maximum(np.abs(a), np.abs(b))
            difference = np.abs(np.subtract(a, b))
            # A NaN on either side must not pass.
            if not np.all(difference <= bound):
                at = np.unravel_index(np.argmax(~(difference <= bound)), np.shape(a))
                x, y = np.asarray(a)[at].item(), np.asarray(b)[at].item()
                place = f" at {tuple(map(int, at))}" if at else ""
                raise _failed(path, f"is {x!r}{place}, and {of} is {y!r}")


NAMES = {"fwd": "forward mode", "rev": "reverse mode"}


def _failed(path: tuple[str, ...], what: str) -> CheckFailed:
    order = f"order {len(path)}"
    if len(path) > 1:
        order += f" ({' of '.join(reversed(path))})"
    return CheckFailed(
        f"{NAMES[path[-1]]}, {order}: the derivative {what}",
        "at a kink or a jump no numeric derivative is right; elsewhere a rule is wrong",
    )


def _of(like: Any, value: Any) -> list[Any]:
    """The leaves of `value` where those of `like` are floating numbers."""
    pairs = zip(leaves(like), leaves(value), strict=True)
    return [v for x, v in pairs if is_inexact(x)]


def _dot(xs: list[Any], ys: list[Any]) -> float:
    """Re Σ x y, which is <x, y> for complex numbers as well."""
    pairs = zip(xs, ys, strict=True)
    return float(sum(np.sum(np.real(np.multiply(x, y, dtype=_double(x, y)))) for x, y in pairs))


def _double(x: Any, y: Any) -> Any:
    return np.result_type(np.asarray(x).dtype, np.asarray(y).dtype, float)


def _jvp(f: Any, args: tuple[Any, ...], dots: tuple[Any, ...]) -> tuple[Any, Any]:
    from s2sad.api import jvp

    found: tuple[Any, Any] = jvp(f, args, dots)
    return found


def _vjp(f: Any, args: tuple[Any, ...]) -> tuple[Any, Callable[[Any], Any]]:
    from s2sad.api import vjp

    out, pull = vjp(f, *args)
    return out, pull


def _tangent_of(f: Any, dots: tuple[Any, ...], level: int) -> tuple[Any, Any]:
    """The tangent of the output as a function of the arguments, and the same for wider ones."""
    from s2sad.api import jvp

    def plain(*args: Any) -> Any:
        return jvp(f, args, each(_widened, dots, args))[1]

    # Nested functions of one code would look like recursion, so each level has its own.
    text = f"def tangent_{level}(*args):\n    return jvp(f, args, dots)[1]\n"
    return _defined(text, {"jvp": jvp, "f": f, "dots": dots}), plain


def _cotangent_of(f: Any, cotangent: Any, level: int) -> tuple[Any, Any]:
    """The cotangents of the arguments as a function of them, and the same for wider ones."""
    from s2sad.api import vjp

    def plain(*args: Any) -> Any:
        out, pull = vjp(f, *args)
        return pull(each(_widened, cotangent, out))

    text = f"def cotangent_{level}(*args):\n    return vjp(f, *args)[1](direction)\n"
    return _defined(text, {"vjp": vjp, "f": f, "direction": cotangent}), plain


def _widened(direction: Any, value: Any) -> Any:
    """A direction in the dtype of a value that was computed in double precision."""
    if isinstance(direction, np.ndarray | np.generic) and hasattr(value, "dtype"):
        return direction.astype(value.dtype)
    return direction


def check_rule(rule: Any, examples: int = 20, *, seed: int = 0, order: int = 1) -> None:
    """Check a rule by every law, and through the compiler; CheckFailed where one is broken.

    rule: a primitive as `s2sad.rules` declares it, or the function that it is the rule of.
    examples: how many random calls, drawn from the domains the rule states.
    order: to which order the function of one call of it is then checked by `check_grads`.

    >>> check_rule(np.exp)
    """
    from s2sad.rules import definition_laws, laws
    from s2sad.rules.notation import Primitive
    from s2sad.rules.table import definition, lookup

    p = rule if isinstance(rule, Primitive) else lookup(rule) or definition(rule)
    if p is None:
        raise ArgumentError(f"{rule!r} has no rule", "declare one with s2sad.rules.notation.rule")
    try:
        if p.kind == "defined":
            definition_laws.check_definition(p, examples, seed)
        else:  # another spelling has the laws of the first one
            laws.check_rule(p.rule, examples, seed)
    except AssertionError as broken:
        raise CheckFailed(f"the rule of {p.name} breaks a law: {broken}") from broken
    if p.wrt:
        _check_compiled(p, examples, seed, order)


def _check_compiled(p: Any, examples: int, seed: int, order: int) -> None:
    """The derivatives that the compiler writes for a function that calls `p` once."""
    from s2sad.rules.cases import carriers, draw
    from s2sad.rules.laws import SHAPES

    rng = np.random.default_rng(seed)
    scalar = getattr(p.of, "__module__", "") in ("math", "cmath")
    for turn in range(examples):
        env = draw(p, rng, ((),) * 3 if scalar else SHAPES[turn % len(SHAPES)], turn)
        active = carriers(p, env)
        if scalar:
            single = {k for k in active if np.ndim(env[k]) == 0}
            env = {k: np.asarray(v).item() if k in single else v for k, v in env.items()}
        if not active:
            continue
        f, given = _caller(p, env, active), [env[a] for a in active]
        try:
            _check_precision(f, copy.deepcopy(given))
            check_grads(f, given, order=order, seed=turn)
        except CheckFailed as failed:
            raise CheckFailed(f"{p.name}: {failed.problem}, for {env}", failed.advice) from None


def _check_precision(f: Any, given: list[Any]) -> None:
    """The value is that of the function, and where float32 gives float32 its derivatives are."""
    narrow = tuple(each(_narrowed, given))
    wanted = f(*copy.deepcopy(given))
    out, pull = _vjp(f, tuple(given))
    for x, y in zip(leaves(wanted), leaves(out), strict=True):
        same = np.shape(x) == np.shape(y) and np.asarray(x).dtype == np.asarray(y).dtype
        tolerance = 1e-6 if np.asarray(y).dtype in SINGLES else 1e-12
        if not same or not np.allclose(x, y, tolerance, 0.1 * tolerance, equal_nan=True):
            raise CheckFailed(f"the value is {y!r} and not {x!r}", "state what NumPy computes")
    single = [np.asarray(x).dtype in SINGLES for x in leaves(f(*narrow)) if is_inexact(x)]
    if not single or not all(single):
        return
    out, pull = _vjp(f, narrow)
    bars = pull(out)
    dots = _of(out, _jvp(f, narrow, narrow)[1])
    for kind, found in (("cotangent", bars), ("tangent", dots)):
        for x in leaves(found):
            if isinstance(x, np.ndarray | np.generic) and x.dtype not in SINGLES:
                raise CheckFailed(f"the {kind} of float32 is {x.dtype}", "keep the dtype")


def _narrowed(x: Any) -> Any:
    if not isinstance(x, np.ndarray | np.generic) or x.dtype.kind not in "fc":
        return x
    return x.astype(np.float32 if x.dtype.kind == "f" else np.complex64)


def _caller(p: Any, env: dict[str, Any], active: list[str]) -> Callable[..., Any]:
    """A function of the active operands that calls the function of `p` on them and the others."""
    constants = {name: value for name, value in env.items() if name not in active}
    for parts in (_sparing(p, env, active), _by_name(p, env), list(env)):
        text = f"def called({', '.join(active)}):\n    return of({', '.join(parts)})\n"
        f = _defined(text, {**constants, "of": p.of})
        try:
            f(*copy.deepcopy([env[a] for a in active]))
        except TypeError:  # options that NumPy takes only together, or not by name
            continue
        return f  # type: ignore[no-any-return]
    raise ArgumentError(f"{p.name} cannot be called with {env}", "correct the domains of its rule")


def _sparing(p: Any, env: dict[str, Any], active: list[str]) -> list[str]:
    """The arguments of a call without the options that have their defaults."""
    from s2sad.backend.spell import is_default
    from s2sad.ir.nodes import Lit
    from s2sad.rules.notation import variadic

    parts = []
    for name, value in env.items():
        if name not in p.defaults:
            parts.append(f"*{name}" if name == variadic(p) else name)
        elif name in active or not is_default(Lit(value), p.defaults[name]):
            parts.append(f"{name}={name}")
    return parts


def _by_name(p: Any, env: dict[str, Any]) -> list[str]:
    """The arguments of a call with all options by name."""
    return [f"{name}={name}" if name in p.defaults else name for name in env]
