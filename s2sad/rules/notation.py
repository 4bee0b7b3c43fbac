"""The notation of a rule: ordinary Python functions, callable in a test, inlined as source.

A rule knows nothing of the IR.  Its bodies (`primal`, `tangent`, `adjoint`, the partials of an
elementwise rule) are read with gast and interpreted by the frontend like the user's own code.
`shape` and `dtype` run as they are, while types are inferred.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import textwrap
import types
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, TypeVar

import gast
import numpy as np

from s2sad.rules.naming import qualified_name

F = TypeVar("F", bound=Callable[..., Any])


@cache
def _tree_of(code: types.CodeType) -> ast.FunctionDef | ast.Lambda:
    """The tree of a rule function, parsed from its own lines.

    Parsing the whole file would cost several milliseconds a chapter at the first derivative.
    """
    lines = linecache.getlines(code.co_filename)
    places: list[Any] = [p for p in code.co_positions() if None not in p]
    places = [p for p in places if p[0] >= code.co_firstlineno]
    if code.co_name != "<lambda>":
        last = max(p[1] for p in places)
        text = textwrap.dedent("".join(lines[code.co_firstlineno - 1 : last]))
        (tree,) = ast.parse(text).body
        assert isinstance(tree, ast.FunctionDef)
        return tree
    places = [p for p in places if p[3] > 0]  # the entry of the function stands for no text
    first, start = min((p[0], p[2]) for p in places)
    last, end = max((p[1], p[3]) for p in places)
    body = [line.encode() for line in lines[first - 1 : last]]
    body[-1] = body[-1][:end]
    body[0] = body[0][start:]
    params = ", ".join(code.co_varnames[: code.co_argcount])
    made = ast.parse(f"lambda {params}: ({b''.join(body).decode()})", mode="eval").body
    assert isinstance(made, ast.Lambda)
    return made


class Template:
    """A function of a rule: callable as it stands, and readable as a tree (`node`)."""

    tree: Any  # normalized by the frontend, where it was inlined before

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        params = inspect.signature(function).parameters
        self.params = tuple(params)
        self.starred = next((n for n, p in params.items() if p.kind is p.VAR_POSITIONAL), None)

    @property
    def plain(self) -> Any:
        """The tree as Python's own parser makes it."""
        return _tree_of(self.function.__code__)

    @cached_property
    def node(self) -> Any:
        return gast.ast_to_gast(self.plain)

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """The function applied to the values it asks for."""
        if self.starred is None:
            return self.function(**{p: values[p] for p in self.params})
        at = self.params.index(self.starred)
        before = [values[p] for p in self.params[:at]]
        named = {p: values[p] for p in self.params[at + 1 :]}
        return self.function(*before, *values[self.starred], **named)


class Primitive:
    """All facts about one function of NumPy or `math`.

    params: names of the operands and static arguments, in order; `defaults` where optional.
    wrt: the parameters that carry derivatives (empty: the result is data).
    kind: "elementwise" (broadcasting, one partial per operand), "structured", "data", or "defined"
        (in terms of other functions by `primal`; with `when`, only where one of these is given).
    linear: parameters in which the result is jointly linear; multilinear: in each one separately.
    sequences: parameters that take a sequence of operands (`arrays` of concatenate).
    unknown: parameters in which the result varies but no derivative is stated, with what they are:
        where one of them is active, the derivative is refused.
    primal, partials, tangent, adjoint: templates, where they exist.
    shape(dims or static values by parameter) -> dims; None: elementwise broadcasting.
    dtype(dtypes or static values by parameter) -> dtype; None: asked of NumPy.
    view: the result may share memory with its first operand.
    results: how many there are, if it returns several: then `ans`, `ans_bar`, the tangent, `shape`
        and `dtype` are tuples; returns: the class of the tuple, if it is a named one.
    pure: False for effects and for random draws: never dropped, repeated or moved.
    of: the function itself; aliases are other spellings with the same rule (`operator.add`).
    """

    # Only where the frontend makes a primitive for one call:
    callee: Any  # what is called that has neither source nor rule
    only_reads: bool  # whether it is known not to write into the arrays that it is given
    result: Any  # the type of the result
    raises: tuple[type[BaseException], ...]  # what it may raise, where that is known
    calls: str  # the function of the program that it runs as data
    result_of: Callable[..., Any]  # the type of the result from those of the operands
    allocation: bool  # memory to be written before it is read, another piece each time
    item: int  # which one of several results it takes
    held: tuple[int, ...]  # the places of operands of a draw that must not vary
    what: str  # its name, and why
    advice: str  # and what to do

    same: bool = False  # its value is its first operand, of which only derivatives tell it apart

    when: tuple[str, ...] = ()
    results: int = 1
    returns: type = tuple
    unknown: Mapping[str, str] = types.MappingProxyType({})
    makes_arrays: bool = False  # of numbers, too: an array without dimensions

    def __init__(
        self,
        of: Callable[..., Any],
        name: str,
        *,
        kind: str,
        params: tuple[str, ...],
        wrt: tuple[str, ...] = (),
        defaults: Mapping[str, Any] | None = None,
        doc: str = "",
        linear: tuple[str, ...] = (),
        multilinear: tuple[str, ...] = (),
        sequences: tuple[str, ...] = (),
        primal: Template | None = None,
        partials: Template | None = None,
        tangent: Template | None = None,
        adjoint: Template | None = None,
        shape: Callable[..., Any] | None = None,
        dtype: Callable[..., Any] | None = None,
        view: bool = False,
        pure: bool = True,
        on: Mapping[str, Any] | None = None,
        signature: str | None = None,
        rule: Primitive | None = None,
    ) -> None:
        self.of = of
        self.name = name
        self.kind = kind
        self.params = params
        self.wrt = wrt
        self.defaults = dict(defaults or {})
        self.doc = doc
        self.linear = linear
        self.multilinear = multilinear
        self.sequences = sequences
        self.primal = primal
        self.partials = partials
        self.tangent = tangent
        self.adjoint = adjoint
        self.shape = shape
        self.dtype = dtype
        self.view = view
        self.pure = pure
        self.on = dict(on or {})
        self.signature = signature
        self.rule = rule or self  # the primitive that states the rule, for another spelling of it

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def takes_array(self, name: str) -> bool:
        """Whether a parameter is an operand, for which NumPy takes a list as well as an array."""
        if name in self.wrt or self.signature is not None:
            return True
        return name in ARRAY_LIKE and self.name.startswith("np.")


ARRAY_LIKE = frozenset({"a", "b", "v", "x", "prototype"})
"""What NumPy calls the operands of its functions."""

RULES: dict[Any, Primitive] = {}
"""Every function with a rule, by identity of the function."""

DEFINITIONS: dict[Any, Primitive] = {}
"""Every function that is stated in terms of others: walked where it is called."""


AT_COMPILE_TIME: set[Any] = set()
"""Functions of strings, numbers and tuples that are known while the program is compiled."""


def at_compile_time(function: F) -> F:
    """A function of what is known at compile time that rules call: run, and not walked."""
    AT_COMPILE_TIME.add(function)
    return function


def _declare(p: Primitive) -> Primitive:
    table = DEFINITIONS if p.kind == "defined" else RULES
    if p.of in table:
        raise ValueError(f"{p.name} has a rule already")
    table[p.of] = p
    return p


def _operands(of: Any) -> int:
    """How many operands a ufunc, or a function of `math`, takes."""
    return of.nin if hasattr(of, "nin") else len(inspect.signature(of).parameters)


def elementwise(
    of: Any,
    partials: Callable[..., Any],
    on: Mapping[str, Any] | None = None,
    doc: str = "",
    unknown: Mapping[str, str] | None = None,
) -> Primitive:
    """A ufunc: for each operand the partial times `d`, where `d` is x_dot forward and ans_bar back.

    The lambda's parameters are what it reads: `d`, `ans`, and the operands (`x`, or `x1, x2`,
    or the names of a longer operand list).  It returns one expression per operand, None for one
    that `unknown` names.
    """
    t = Template(partials)
    count = _operands(of)
    args = ("x",) if count == 1 else tuple(f"x{i + 1}" for i in range(count))
    others = set(t.params) - {"d", "ans", *args}
    if others:
        raise TypeError(f"the rule of {of.__name__} reads unknown names {sorted(others)}")
    p = Primitive(
        of, qualified_name(of), kind="elementwise", params=args, wrt=args,
        partials=t, on=on, doc=doc, signature=",".join(["()"] * count) + "->()",
    )  # fmt: skip
    p.unknown = dict(unknown or {})
    return _declare(p)


_BODIES = ("primal", "tangent", "adjoint")


def rule(
    of: Any,
    signature: str | None = None,
    *,
    linear: str = "",
    multilinear: str = "",
    sequences: str = "",
    wrt: str | None = None,
    view: bool = False,
    pure: bool = True,
    on: Mapping[str, Any] | None = None,
    elementwise: bool = False,
    results: int = 1,
    returns: type = tuple,
    unknown: Mapping[str, str] | None = None,
) -> Callable[[type], Primitive]:
    """A class whose members `primal`, `shape`, `dtype`, `tangent`, `adjoint` state the rule.

    `wrt` defaults to the parameters p for which `adjoint` returns `p_bar`, in that order.
    `elementwise=True`: operands of `wrt` broadcast against each other (the engine sums their
    cotangents); without it the rule itself returns cotangents of the operands' own shapes.
    """

    def declare(cls: type) -> Primitive:
        m = {k: v for k, v in vars(cls).items() if inspect.isfunction(v)}
        t: dict[str, Any] = {k: Template(m[k]) for k in _BODIES if k in m}
        params = inspect.signature(m["primal"]).parameters
        defaults = {k: p.default for k, p in params.items() if p.default is not p.empty}
        names = tuple(params)
        active = tuple(wrt.split()) if wrt is not None else _returned(t.get("adjoint"))
        _check_names(cls, t, names, active)
        kind = "elementwise" if elementwise else "structured" if active else "data"
        p = _declare(
            Primitive(
                of, qualified_name(of), kind=kind, params=names, wrt=active, defaults=defaults,
                doc=inspect.cleandoc(cls.__doc__ or ""), linear=tuple(linear.split()),
                multilinear=tuple(multilinear.split()), sequences=tuple(sequences.split()),
                shape=m.get("shape"), dtype=m.get("dtype"), view=view, pure=pure, on=on,
                signature=signature, **t,
            )
        )  # fmt: skip
        p.results, p.returns, p.unknown = results, returns, dict(unknown or {})
        return p

    return declare


def _check_names(
    cls: type, templates: Mapping[str, Template], names: tuple[str, ...], active: tuple[str, ...]
) -> None:
    """Raises where a function of a rule reads what there is not."""
    known = {*names, "ans", "ans_bar", "ans_dot"}
    known |= {a + s for a in active for s in ("_dot", "_bar")}
    for k, template in templates.items():
        if set(template.params) - known:
            raise TypeError(f"{cls.__name__}.{k} reads {set(template.params) - known}")


def defined(
    of: Any, wrt: str | None = None, *, when: str = "", on: Mapping[str, Any] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A function of NumPy stated in terms of others that have rules: a Python function.

    The compiler walks it where it is called, like a function of the user's, so it states exactly
    what NumPy does, its errors too, and needs neither sizes nor dtypes nor derivatives.  The first
    line of its docstring is the name of the function.  Where it calls the function itself, that
    stands for the rule of it.

    wrt: the parameters that carry derivatives; the first one if nothing is said.
    when: it holds only where one of these options is given; there is a rule for the others.
    on: where `check_rule` draws arguments from, by name (see `s2sad.rules.domains`).
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        found = inspect.signature(function).parameters.items()
        params = {n: q for n, q in found if q.kind is not q.VAR_KEYWORD}
        p = Primitive(
            of, qualified_name(of), kind="defined", params=tuple(params),
            wrt=tuple(params)[:1] if wrt is None else tuple(wrt.split()),
            defaults={k: q.default for k, q in params.items() if q.default is not q.empty},
            doc=inspect.cleandoc(function.__doc__ or ""), primal=Template(function), on=on,
        )  # fmt: skip
        p.when = tuple(when.split())
        _declare(p)
        return function

    return declare


@cache
def variadic(p: Primitive) -> str | None:
    """The parameter that takes any number of operands one by one."""
    if p.primal is None:
        return None
    parameters = inspect.signature(p.primal.function).parameters.values()
    return next((q.name for q in parameters if q.kind is q.VAR_POSITIONAL), None)


def _returned(adjoint: Template | None) -> tuple[str, ...]:
    """The parameters whose cotangents the adjoint returns, from its last line.

    Read as text: parsing every rule when the package is imported would double the time that takes.
    """
    if adjoint is None:
        return ()
    code = adjoint.function.__code__
    last = max(line for _, _, line in code.co_lines() if line is not None)
    found = re.fullmatch(r"\s*return ([\w, ]+)\n", linecache.getline(code.co_filename, last))
    if found is None:
        raise SyntaxError(f"{code.co_filename}:{last}: end an adjoint with `return a_bar, b_bar`")
    return tuple(name.strip().removesuffix("_bar") for name in found[1].split(","))


def data(*functions: Any, dtype: Any = None, on: Mapping[str, Any] | None = None) -> None:
    """Elementwise functions without a derivative: comparisons, floor, integer work."""
    for of in functions:
        count = _operands(of)
        args = ("x",) if count == 1 else tuple(f"x{i + 1}" for i in range(count))
        d = None if dtype is None else (lambda dtype=dtype, **_: np.dtype(dtype))
        _declare(Primitive(of, qualified_name(of), kind="data", params=args, dtype=d, on=on,
                           signature=",".join(["()"] * count) + "->()"))  # fmt: skip


def spelled(of: Any, as_: Any) -> Primitive:
    """Another spelling of a function that has a rule: `operator.add` of `np.add`, `math.exp`."""
    p = RULES[as_]
    made = _declare(
        Primitive(
            of, qualified_name(of), kind=p.kind, params=p.params, wrt=p.wrt,
            defaults=p.defaults, doc=p.doc, linear=p.linear, multilinear=p.multilinear,
            sequences=p.sequences, primal=p.primal, partials=p.partials, tangent=p.tangent,
            adjoint=p.adjoint, shape=p.shape, dtype=p.dtype, view=p.view, pure=p.pure, on=p.on,
            signature=p.signature, rule=p.rule,
        )
    )  # fmt: skip
    made.results, made.returns = p.results, p.returns
    return made
