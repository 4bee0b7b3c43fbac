"""A primitive: all that a rule says of one function, its bodies readable as trees."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
import types
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any

import gast


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
    analytic: the same formulas hold for complex numbers, conjugating nothing: <a, b> = Re Σ a b.
    phases: results of complex numbers hold vectors whose phases no rule says.
    poles: a partial may be infinite where the operands are finite.
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
    analytic: bool = True
    poles: bool = False
    phases: bool = False
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
