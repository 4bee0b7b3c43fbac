"""The cotangent or tangent that is zero."""

from __future__ import annotations

from s2sad.ir.nodes import Lit


class _Zero:
    def __repr__(self) -> str:
        return "zero"


ZERO = Lit(_Zero())
"""A cotangent or tangent that is zero whatever its shape."""
