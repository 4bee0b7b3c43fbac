"""What rules and definitions ask of the compiler, which answers while it walks them.

Called as ordinary functions, as the laws do, these give what is right for arguments that are known.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np


def refuse(what: str, instead: str) -> NoReturn:
    """Refuse the call: `what` is not supported, and `instead` says what to write.

    The compiler raises `s2sad.Unsupported` at the place of the user's call.
    """
    raise NotImplementedError(f"{what} is not supported: {instead}")


def is_known(x: Any) -> bool:
    """Whether a value is known before the function runs, as literals are: then it is no operand."""
    return True


def array_of(x: Any) -> Any:
    """An operand as NumPy's functions see it: a list of numbers is an array."""
    return np.asarray(x)


def ranked(x: Any, name: str) -> Any:
    """An operand as an array, refused where the compiler does not know how many axes it has."""
    x = array_of(x)
    if not is_known(np.ndim(x)):
        refuse(
            name + " of what may be a number or an array",
            "give the variable its shape before the loop or branch, as by np.zeros",
        )
    return x
