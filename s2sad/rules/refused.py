"""Functions of NumPy and SciPy that have no derivative here: why, and what to write instead.

A function of these lists may be called with data.  Where its result would carry a derivative, the
compiler says what stands here.  `docs/supported.md` shows the lists; a name that gets a rule is
taken off them.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """Why the functions of a list have no derivative, and what to do instead.

    reason completes "there is no derivative rule for loadtxt, ..."; names are as code writes them.
    """

    reason: str
    advice: str
    names: str


REFUSED: tuple[Refusal, ...] = (
    Refusal(
        "which reads or writes a file or raw memory",
        "read before the function, and pass the array; write after it",
        """np.fromfile np.fromregex np.genfromtxt np.load np.loadtxt np.save np.savetxt np.savez
        np.savez_compressed np.memmap np.frombuffer np.from_dlpack np.fromstring
        ndarray.tofile ndarray.dump ndarray.dumps ndarray.tobytes""",
    ),
    Refusal(
        "which makes or reads a text",
        "keep the numbers as they are, and make texts only to print them",
        """np.array2string np.array_repr np.array_str np.format_float_positional
        np.format_float_scientific np.base_repr np.binary_repr np.info np.typename""",
    ),
    Refusal(
        "whose precision no derivative is checked in",
        "compute in float64 or float32",
        "np.float16 np.longdouble np.clongdouble",
    ),
    Refusal(
        "which reports on NumPy itself",
        "call it outside of the function",
        "np.show_config np.show_runtime",
    ),
    Refusal(
        "which works on dates",
        "compute with floating numbers of days or seconds",
        """np.busday_count np.busday_offset np.is_busday np.busdaycalendar np.datetime_as_string
        np.datetime_data np.datetime64 np.timedelta64 np.isnat""",
    ),
    Refusal(
        "which works on the bits of integers",
        "use it on data alone",
        "np.packbits np.unpackbits",
    ),
    Refusal(
        "which makes objects, whose arithmetic has no derivative",
        "write the function with np.vectorize or with NumPy's own functions",
        "np.frompyfunc np.object_",
    ),
    Refusal(
        "which makes a matrix or record, whose operators differ from those of arrays",
        "use two-dimensional arrays and the operator @",
        "np.asmatrix np.bmat np.matrix np.recarray np.record np.rec.array np.rec.fromarrays",
    ),
    Refusal(
        "which takes the memory of an array for that of other numbers",
        "convert with astype",
        """ndarray.view ndarray.byteswap ndarray.getfield ndarray.setfield ndarray.base
        ndarray.ctypes ndarray.data ndarray.setflags ndarray.to_device""",
    ),
    Refusal(
        "which changes the size of an array that others may hold",
        "use np.resize or np.concatenate, which make a new array",
        "ndarray.resize",
    ),
    Refusal(
        "whose elements depend on how an array lies in memory",
        "use np.lib.stride_tricks.sliding_window_view, or an index",
        "np.lib.stride_tricks.as_strided",
    ),
    Refusal(
        "which steps through memory in an order of its own",
        "loop with for over the array, np.ndindex or np.ndenumerate",
        "np.nditer np.nested_iters",
    ),
)
"""Every refusal that has a reason of its own."""


def qualified(function: Any) -> str | None:
    """The name under which the lists have a function, None where they do not have it.

    What makes an object of a class, `recarray.__new__`, stands there as the class.
    """
    *owner, last = getattr(function, "__qualname__", "").split(".")
    made = last == "__new__" and bool(owner)
    for name in _by_last_name().get(owner[-1] if made else last, ()):
        found = _resolved(name)
        if (getattr(found, "__new__", None) if made else found) is function:
            return name
    return None


def refusal(function: Any) -> Refusal | None:
    """Why a function is refused, None where there is no reason but a missing rule.

    function: the function itself, or its name as the lists have it (`ndarray.view`).
    """
    name = function if isinstance(function, str) else qualified(function)
    return _by_name().get(name) if name is not None else None


@cache
def _by_name() -> dict[str, Refusal]:
    return {name: r for r in REFUSED for name in r.names.split()}


@cache
def _by_last_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in _by_name():
        found.setdefault(name.rpartition(".")[2], []).append(name)
    return found


_MODULES = {"np": "numpy", "special": "scipy.special"}


def _resolved(name: str) -> Any:
    """What stands under a name, in modules that are loaded; None where nothing does."""
    first, *rest = name.split(".")
    found: Any = sys.modules.get(_MODULES.get(first, first))
    for part in rest:
        found = getattr(found, part, None)
    return found
