"""`match`: known structure is decided at once, and what depends on data becomes a branch.

A pattern is taken apart against its subject before anything is compared.  Structure (classes,
lengths, keys) is known, so it either rules the case out or leaves a list of comparisons with
values, which become the test of an ordinary branch.  The names are bound when all of a pattern
holds, and before the guard, as Python does.
"""

from __future__ import annotations

import collections.abc
import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import gast
import numpy as np

from s2sad.frontend.statements import FALLS
from s2sad.frontend.values import Instance, Mapping, Range, Sequence, Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.types import Shape

Test: TypeAlias = Callable[[], Value]
"""A comparison that a pattern makes, as its truth value."""

SELF_MATCHING = (
    bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple,
)  # fmt: skip
"""Classes whose one positional pattern is matched by the subject itself."""


class Found:
    """What a pattern that fits binds, and what remains to be tested."""

    def __init__(self) -> None:
        self.names: dict[str, Value] = {}
        self.tests: list[Test] = []


class Matches:
    """The `match` statement."""

    def do_Match(self: Walk, s: Any) -> Value:
        return self.match_cases(self.eval(s.subject), s.cases, s)

    def match_cases(self: Walk, subject: Value, cases: list[Any], s: Any) -> Value:
        """Walks the first case that fits; those that depend on data become branches."""
        for i, case in enumerate(cases):
            found = Found()
            if not self.fits(case.pattern, subject, found):
                continue
            truth = self.truth(self.case_test(case, found))
            if truth is True:
                return self.matched(case, found)
            if truth is not False:
                taken = self.way(functools.partial(self.matched, case, found))
                rest = functools.partial(self.match_cases, subject, cases[i + 1 :], s)
                return self.joined(truth, taken, self.way(rest), s)
        return FALLS

    def matched(self: Walk, case: Any, found: Found) -> Value:
        """The body of a case with the names of its pattern."""
        self.bind_found(found)
        return self.block(case.body)

    def bind_found(self: Walk, found: Found) -> None:
        for name, value in found.names.items():
            self.bind(name, self.named(value, name))

    def case_test(self: Walk, case: Any, found: Found) -> Value:
        """The tests of a pattern and the guard, which sees the names, as far as Python gets."""
        if case.guard is None:
            return self.all_tests(found.tests)

        def guard() -> Value:
            self.bind_found(found)
            return self.eval(case.guard)

        return self.all_tests([*found.tests, guard])

    def all_tests(self: Walk, tests: list[Test]) -> Value:
        """The conjunction of tests, each made only if those before it hold."""
        if not tests:
            return Lit(True)
        first = tests[0]()
        return (
            first
            if len(tests) == 1
            else self.either(first, lambda: self.all_tests(tests[1:]), True)
        )

    def fits(self: Walk, p: Any, v: Value, found: Found) -> bool:
        """Whether a value may match a pattern, as far as structure tells."""
        match p:
            case gast.MatchValue():
                found.tests.append(lambda: self.equal_to(v, self.eval(p.value), p))
                return True
            case gast.MatchSingleton():
                same = self.identity(v, Lit(p.value), True)
                found.tests.append(lambda: same)
                return not (isinstance(same, Lit) and not same.value)
            case gast.MatchAs():
                if p.pattern is not None and not self.fits(p.pattern, v, found):
                    return False
                if p.name is not None:
                    found.names[p.name] = v
                return True
            case gast.MatchOr():
                return bool(self.fits_one(p.patterns, v, found))
            case gast.MatchSequence():
                return bool(self.fits_sequence(p, v, found))
            case gast.MatchMapping():
                return bool(self.fits_mapping(p, v, found))
        return bool(self.fits_class(p, v, found))

    def equal_to(self: Walk, v: Value, wanted: Value, p: Any) -> Value:
        """subject == value."""
        if isinstance(v, Lit) and isinstance(wanted, Lit) and not isinstance(v.value, np.ndarray):
            return Lit(v.value == wanted.value)
        if isinstance(v, Sequence | Mapping) != isinstance(wanted, Sequence | Mapping):
            return Lit(False)
        return self.compare(gast.Eq(), v, wanted, p)

    def fits_one(self: Walk, patterns: list[Any], v: Value, found: Found) -> bool:
        """A | B | C: the first that matches binds its names."""
        ways: list[Found] = []
        for p in patterns:
            way = Found()
            if self.fits(p, v, way):
                ways.append(way)
                if not way.tests:
                    break
        if not ways:
            return False
        if len(ways) == 1:
            found.tests += ways[0].tests
            found.names |= ways[0].names
            return True
        if not ways[0].names:
            found.tests.append(lambda: self.any_way(ways))
            return True
        test, names = self.first_way(ways)
        found.tests.append(lambda: test)
        found.names |= names
        return True

    def any_way(self: Walk, ways: list[Found]) -> Value:
        """Whether one of several patterns without names holds."""
        first = self.all_tests(ways[0].tests)
        return (
            first if len(ways) == 1 else self.either(first, lambda: self.any_way(ways[1:]), False)
        )

    def first_way(self: Walk, ways: list[Found]) -> tuple[Value, dict[str, Value]]:
        """Whether one of several patterns holds, and the names as the first such one binds them."""
        test = self.all_tests(ways[0].tests)
        if len(ways) == 1:
            return test, ways[0].names
        truth = self.truth(test)
        if truth is True:
            return test, ways[0].names
        other, names = self.first_way(ways[1:])
        if truth is False:
            return other, names
        order = list(names)
        first = Sequence(tuple, [ways[0].names[n] for n in order])
        chosen = self.branch_expression(
            truth, lambda: first, lambda: Sequence(tuple, [names[n] for n in order])
        )
        items = dict(zip(order, chosen.items, strict=True))
        return self.either(test, lambda: other, False), items

    def fits_sequence(self: Walk, p: Any, v: Value, found: Found) -> bool:
        """[a, *b, c] of a tuple, list or range; never of an array or a string."""
        items = self.sequence_items(v, p)
        if items is None:
            return False
        stars = [i for i, x in enumerate(p.patterns) if isinstance(x, gast.MatchStar)]
        after = len(p.patterns) - stars[0] - 1 if stars else 0
        fewest = len(p.patterns) - len(stars)
        if len(items) < fewest or (not stars and len(items) > fewest):
            return False
        if not stars:
            return all(self.fits(x, item, found) for x, item in zip(p.patterns, items, strict=True))
        first, end = stars[0], len(items) - after
        name = p.patterns[first].name
        if name is not None:
            found.names[name] = Sequence(list, items[first:end], self.region)
        pairs = [*zip(p.patterns[:first], items, strict=False)]
        pairs += zip(p.patterns[first + 1 :], items[end:], strict=True)
        return all(self.fits(x, item, found) for x, item in pairs)

    def sequence_items(self: Walk, v: Value, p: Any) -> list[Value] | None:
        """The elements of what counts as a sequence in a pattern; None for anything else."""
        if isinstance(v, Lit):
            sequence = isinstance(v.value, collections.abc.Sequence)
            if not sequence or isinstance(v.value, str | bytes | bytearray):
                return None
            return [self.known(x, None) for x in v.value]
        counts = isinstance(v, Sequence | Range) or (isinstance(v, Var) and _is_shape(v))
        if isinstance(v, Instance) and issubclass(v.cls, collections.abc.Sequence):
            raise self.refuse(
                "a sequence pattern for a class that is a sequence", "match its attributes", p
            )
        if isinstance(v, Var) and not counts:
            # Only a value whose class is known can be told from a sequence.
            self.instance_of(v, collections.abc.Sequence, p)
        return self.elements(v, p) if counts else None

    def fits_mapping(self: Walk, p: Any, v: Value, found: Found) -> bool:
        """{"key": pattern, **rest} of a dict."""
        if isinstance(v, Lit) and isinstance(v.value, collections.abc.Mapping):
            v = Mapping({k: self.known(x, None) for k, x in v.value.items()}, self.foreign)
        if isinstance(v, Instance) and issubclass(v.cls, collections.abc.Mapping):
            raise self.refuse(
                "a mapping pattern for a class that is a mapping", "match its attributes", p
            )
        if isinstance(v, Var):
            self.instance_of(v, collections.abc.Mapping, p)
        if not isinstance(v, Mapping):
            return False
        keys = [self.static(self.eval(k), "a key in a pattern", p) for k in p.keys]
        if not all(k in v.items for k in keys):
            return False
        if not all(self.fits(x, v.items[k], found) for k, x in zip(keys, p.patterns, strict=True)):
            return False
        if p.rest is not None:
            rest = {k: x for k, x in v.items.items() if k not in keys}
            found.names[p.rest] = Mapping(rest, self.region)
        return True

    def fits_class(self: Walk, p: Any, v: Value, found: Found) -> bool:
        """Class(positional, keyword=pattern)."""
        cls = self.static(self.eval(p.cls), "the class of a pattern", p)
        if not isinstance(cls, type):
            raise TypeError("called match pattern must be a class")
        if not self.instance_of(v, cls, p):
            return False
        names = getattr(cls, "__match_args__", ())
        patterns = list(p.patterns)
        itself = not hasattr(cls, "__match_args__") and issubclass(cls, SELF_MATCHING)
        if patterns and itself and not self.fits(patterns.pop(0), v, found):
            return False
        if len(patterns) > len(names):
            raise TypeError(
                f"{cls.__name__}() accepts {len(names)} positional sub-patterns "
                f"({len(p.patterns)} given)"
            )
        asked = [*zip(names, patterns, strict=False)]
        asked += zip(p.kwd_attrs, p.kwd_patterns, strict=True)
        for name, pattern in asked:
            if not self.pattern_finds(v, name, p):
                return False
            if not self.fits(pattern, self.attribute(v, name, p), found):
                return False
        return True

    def instance_of(self: Walk, v: Value, cls: type, node: Any) -> bool:
        """isinstance(v, cls), which has to be known."""
        made = self.call(Lit(isinstance), [v, Lit(cls)], {}, node)
        return bool(self.static(made, "the class of the subject", node))

    def pattern_finds(self: Walk, v: Value, name: str, node: Any) -> bool:
        made = self.call(Lit(hasattr), [v, Lit(name)], {}, node)
        return bool(self.static(made, "an attribute of the subject", node))


def _is_shape(v: Var) -> bool:
    return isinstance(v.type, Shape)
