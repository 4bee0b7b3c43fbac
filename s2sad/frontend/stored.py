"""Numbers that were stored with others: Python's or NumPy's before, NumPy's when they are read.

A list of unknown length is an array, from which `h = [1.0]` and `h.append(np.sin(y))` come back
alike.  This makes a difference only where such a number meets float32, which 1.0 leaves as it is
and np.float64(1.0) does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from s2sad.errors import Unsupported
from s2sad.ir.nodes import Operand, Var
from s2sad.ir.types import Number, Type, kinds_of


def check_stored(operands: Iterable[Operand], result: Type, at: Any) -> None:
    """Raises where the dtype of a result hangs on what is not known any more of such a number."""
    strong = {dtype for dtype, weak in kinds_of(result) if not weak}
    if len(strong) <= 1 and None not in strong:
        return
    if any(isinstance(x, Var) and isinstance(x.type, Number) and x.type.stored for x in operands):
        raise Unsupported(
            "a number of a list of unknown length that holds Python's numbers and NumPy's, together"
            " with float32",
            "append float(...) of each, or np.float64(...) of each",
            at,
        )
