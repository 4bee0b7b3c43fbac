"""The parts of the interpreter are one class: no part may take away the method of another."""

from __future__ import annotations

from collections import Counter

from s2sad.frontend.interpret import Interpreter


def test_no_two_parts_define_the_same_method():
    parts = [c for c in Interpreter.__mro__ if c is not object]
    names = Counter(n for c in parts for n in vars(c) if not n.startswith("__"))
    assert not [n for n, count in names.items() if count > 1]
