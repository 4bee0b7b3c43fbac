"""Elementary functions for compiled loops, which LLVM vectorizes, within 2 units in the last place.

Numba calls the C library for each number, which takes 4 to 12 times as long as NumPy. `FUNCTIONS`
says what stands for a ufunc; `source_of` writes it into a generated file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.elementary import (
    cube_root,
    error_function,
    exponential,
    inverse,
    inverse_hyperbolic,
    logarithm,
    power,
    trigonometric,
)
from s2sad.elementary.source import source_of

__all__ = ["FUNCTIONS", "NAMED", "Elementary", "source_of"]


@dataclass(frozen=True)
class Elementary:
    """A function of doubles for loops that LLVM vectorizes."""

    name: str
    function: Any
    """What compiled code calls: with float32 arguments alone it returns float32."""
    scalar: str
    """What to call outside of such loops, where one call of the C library is quicker."""

    @property
    def module(self) -> str:
        """The module that holds the function under its name."""
        homes = (exponential, logarithm, trigonometric, inverse, power, error_function)
        (home,) = (m for m in homes if vars(m).get(self.name) is self.function)
        return home.__name__

    @property
    def call(self) -> str:
        """The name under which `source_of(name)` defines it."""
        return f"_{self.name}"

    @property
    def source(self) -> str:
        """The text of a generated file that needs this function only."""
        return source_of(self.name)


FUNCTIONS: dict[np.ufunc, Elementary] = {
    getattr(np, name): Elementary(name, getattr(module, name), f"np.{name}")
    for module, names in (
        (exponential, ("exp", "exp2", "expm1", "tanh", "sinh", "cosh")),
        (logarithm, ("log", "log1p", "log2", "log10")),
        (trigonometric, ("sin", "cos", "tan")),
        (inverse, ("arctan", "arcsin", "arccos")),
        (inverse_hyperbolic, ("arcsinh", "arccosh", "arctanh")),
        (cube_root, ("cbrt",)),
        (power, ("power",)),
    )
    for name in names
}
"""The function that stands for a ufunc of NumPy."""

NAMED: dict[str, Elementary] = {function.name: function for function in FUNCTIONS.values()} | {
    "erf": Elementary("erf", error_function.erf, "math.erf"),
    "erfc": Elementary("erfc", error_function.erfc, "math.erfc"),
}
"""All functions by name, those too that NumPy has not."""
