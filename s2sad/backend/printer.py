"""Syntax trees as Python source: `print_tree`, and `print_expression` for a single expression.

`astunparse` prints most statements well. It writes `x[(1:, 0)]` for `x[1:, 0]`, parenthesizes every
operator and predates half of the syntax; those nodes are printed here, from their form where they
have one. Printed text parses back to the tree it came from, except for constants that no literal
can spell: nan, infinities, negative and complex numbers become expressions of the same value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

import gast

from s2sad.backend.form_printer import FormPrinter
from s2sad.backend.forms import EXPRESSION, RANK, kind_of
from s2sad.backend.literals import docstring, f_string, literal, without_backslash

__all__ = ["print_expression", "print_tree"]


def print_tree(tree: ast.AST) -> str:
    """Return the source of a module, statement or expression of `ast` or `gast`, as whole lines."""
    return print_expression(tree).strip("\n") + "\n"


def print_expression(node: ast.AST) -> str:
    """Return the source of an expression of `ast` or `gast`, without the end of a line."""
    if type(node).__module__.startswith("gast"):
        node = gast.gast_to_ast(node)
    starred = isinstance(node, ast.Tuple) and any(isinstance(e, ast.Starred) for e in node.elts)
    # `a, *b` stands alone as a statement only, not where an expression is asked for.
    least = RANK["Tuple"] + 1 if starred else RANK["Tuple"]
    return "".join(Printer(node, least).parts)


class Printer(FormPrinter):
    """The kinds of node that a form does not describe; what is missing here is inherited."""

    def __init__(self, tree: ast.AST, least: int, in_f_string: bool = False) -> None:
        self.in_f_string = in_f_string
        super().__init__(tree, least)

    def _Module(self, t: ast.Module) -> None:
        self.statements(t.body)

    def _Expr(self, t: ast.Expr) -> None:
        self.fill()
        if isinstance(t.value, ast.Constant) and type(t.value.value) is str and not t.value.kind:
            self.write(docstring(t.value.value))
        else:
            self.dispatch(t.value, RANK["Yield"])

    def _AugAssign(self, t: ast.AugAssign) -> None:
        self.follow(f"\n{{target}} {self.binop[kind_of(t.op)]}= {{value:Yield}}", t)

    def _TryStar(self, t: ast.TryStar) -> None:
        self.follow("\ntry{body}", t)
        for handler in t.handlers:
            self.follow("\nexcept* {type} as {name}{body}", handler)
        self.follow("\nelse{orelse}\nfinally{finalbody}", t)

    def _ClassDef(self, t: ast.ClassDef) -> None:
        self.follow("\n@{decorator_list::\n@}\nclass {name}{type_params:::[]}", t)
        if t.bases or t.keywords:
            self.call([*t.bases, *t.keywords])
        self.follow("{body}", t)

    def _FunctionDef(self, t: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        word = "async def" if isinstance(t, ast.AsyncFunctionDef) else "def"
        signature = "{name}{type_params:::[]}({args}){} -> {returns}{body}"
        self.follow(f"\n@{{decorator_list::\n@}}\n{word} {signature}", t)

    _AsyncFunctionDef = _FunctionDef

    def _arguments(self, t: ast.arguments) -> None:
        for i, (stars, parameter, default) in enumerate(_parameters(t)):
            self.write((", " if i else "") + stars)
            if parameter:
                self.dispatch(parameter)
            if parameter and default:
                self.write(" = " if parameter.annotation else "=")
                self.dispatch(default)

    def _Lambda(self, t: ast.Lambda) -> None:
        self.follow("lambda {args}: {body}" if any(_parameters(t.args)) else "lambda: {body}", t)

    def _comprehension(self, t: ast.comprehension) -> None:
        self.write(" async" if t.is_async else "")
        self.follow(" for {target:Tuple} in {iter:Or} if {ifs:Or: if }", t)

    def _Pow(self, t: ast.BinOp) -> None:
        right = t.right
        if isinstance(right, ast.UnaryOp) and not isinstance(right.op, ast.Not):
            right = right.operand
        close = is_simple(t.left) and is_simple(right)
        # To the right of `**` stands a signed operand, which may itself be a power.
        self.follow(f"{{left:>Pow}}{'**' if close else ' ** '}{{right:USub}}", t)

    def _Compare(self, t: ast.Compare) -> None:
        self.dispatch(t.left, RANK["BitOr"])
        for operator, right in zip(t.ops, t.comparators, strict=True):
            self.write(f" {self.cmpops[kind_of(operator)]} ")
            self.dispatch(right, RANK["BitOr"])

    def _Tuple(self, t: ast.Tuple) -> None:
        if len(t.elts) > 1:
            self.items(t.elts)
            return
        # A tuple of one keeps its parentheses: a comma at the end of a line is easily missed.
        self.write("(")
        self.items(t.elts)
        self.write(",)" if t.elts else ")")

    def _Dict(self, t: ast.Dict) -> None:
        self.pairs(list(zip(t.keys, t.values, strict=True)))

    def pairs(self, pairs: Sequence[tuple[ast.AST | None, ast.AST]]) -> None:
        """Print keys and values in braces; what has no key is unpacked."""
        self.write("{")
        for i, (key, value) in enumerate(pairs):
            self.write(", " if i else "")
            if key:
                self.dispatch(key)
            self.write(": " if key else "**")
            self.dispatch(value, EXPRESSION if key else RANK["BitOr"])
        self.write("}")

    def _Subscript(self, t: ast.Subscript) -> None:
        self.dispatch(t.value, RANK["Integer"])
        if isinstance(t.slice, ast.Tuple) and len(t.slice.elts) == 1:
            # A starred index alone is a tuple of one, and the only one that needs no comma.
            starred = isinstance(t.slice.elts[0], ast.Starred)
            self.follow("[{elts}]{}" if starred else "[{elts},]{}", t.slice)
        else:
            self.follow("[{slice:Tuple}]{}", t)

    def _Call(self, t: ast.Call) -> None:
        self.dispatch(t.func, RANK["Integer"])
        self.call([*t.args, *t.keywords])

    def call(self, arguments: Sequence[ast.AST]) -> None:
        """Print arguments in parentheses; a generator alone brings its own."""
        if len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            self.dispatch(arguments[0])
        else:
            self.write("(")
            self.items(arguments)
            self.write(")")

    def _Constant(self, t: ast.Constant) -> None:
        if self.in_f_string and isinstance(t.value, str):
            self.write(without_backslash(t.value))
        else:
            self.write(("u" if t.kind else "") + literal(t.value))

    def _JoinedStr(self, t: ast.JoinedStr) -> None:
        self.write(f_string(list(_pieces(t))))

    def _MatchAs(self, t: ast.MatchAs) -> None:
        self.follow("{pattern:Or} as {}" if t.pattern else "", t)
        self.write(t.name or "_")

    def _MatchClass(self, t: ast.MatchClass) -> None:
        self.dispatch(t.cls)
        named: Any = zip(t.kwd_attrs, t.kwd_patterns, strict=True)
        self.call([*t.patterns, *(ast.keyword(name, pattern) for name, pattern in named)])

    def _MatchMapping(self, t: ast.MatchMapping) -> None:
        pairs: list[tuple[ast.expr | None, ast.AST]] = [*zip(t.keys, t.patterns, strict=True)]
        self.pairs([*pairs, (None, ast.Name(t.rest))] if t.rest else pairs)

    def _MatchSingleton(self, t: ast.MatchSingleton) -> None:
        self.write(literal(t.value))

    def _MatchStar(self, t: ast.MatchStar) -> None:
        self.write("*" + (t.name or "_"))


def is_simple(node: ast.AST) -> bool:
    """Whether an operand of `**` is a name, an attribute of one, or a number."""
    if isinstance(node, ast.Attribute):
        return is_simple(node.value)
    if isinstance(node, ast.Constant):
        return literal(node.value)[0].isdigit()
    return isinstance(node, ast.Name)


def _parameters(t: ast.arguments) -> Iterator[tuple[str, ast.arg | None, ast.expr | None]]:
    """Yield what a signature lists: stars or a slash, the parameter after them, its default."""
    positional = [*t.posonlyargs, *t.args]
    required = len(positional) - len(t.defaults)
    for i, parameter in enumerate(positional):
        yield "", parameter, t.defaults[i - required] if i >= required else None
        if i + 1 == len(t.posonlyargs):
            yield "/", None, None
    if t.vararg or t.kwonlyargs:
        yield "*", t.vararg, None
    for parameter, default in zip(t.kwonlyargs, t.kw_defaults, strict=True):
        yield "", parameter, default
    if t.kwarg:
        yield "**", t.kwarg, None


def _pieces(t: Any) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of an f-string, and whether each is code."""
    for value in t.values:
        if isinstance(value, ast.FormattedValue):
            # A lambda's colon, even at the end of a conditional, would start the format.
            code = "".join(Printer(value.value, RANK["Or"], in_f_string=True).parts)
            yield "{" + " " * code.startswith("{") + code, True
            yield "" if value.conversion < 0 else "!" + chr(value.conversion), True
            if value.format_spec:
                yield ":", True
                yield from _pieces(value.format_spec)
            yield "}", True
        else:
            yield value.value.replace("{", "{{").replace("}", "}}"), False
