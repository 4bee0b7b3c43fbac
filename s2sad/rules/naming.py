"""The names under which functions stand in NumPy, SciPy and Python, as code writes them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np


def qualified_name(of: Callable[..., Any]) -> str:
    """`np.exp`, `np.add.reduce`, `math.sin`, `operator.add`: the name as code writes it."""
    owner = getattr(of, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"np.{owner.__name__}.{of.__name__}"
    module = getattr(of, "__module__", None) or module_of_ufunc(of)
    module = {"numpy": "np", "_operator": "operator", "builtins": ""}.get(module, module)
    module = module.replace("numpy.", "np.")
    name = getattr(of, "__name__", repr(of))
    public = module.partition("._")[0]
    if getattr(sys.modules.get(public), name, None) is of:
        module = public
    return f"{module}.{name}" if module else name


def is_importable(of: Any) -> bool:
    """Whether a function stands in its module under its name: local ones do not."""
    module = sys.modules.get(getattr(of, "__module__", None) or "")
    return getattr(module, getattr(of, "__name__", ""), None) is of


def module_of_ufunc(of: Any) -> str:
    """The public module of a ufunc, which does not say its own: NumPy's or SciPy's."""
    name = getattr(of, "__name__", "")
    return "scipy.special" if getattr(np, name, None) is not of and is_public(of) else "numpy"


def is_public(of: Any) -> bool:
    """Whether a ufunc stands under its name in NumPy or scipy.special."""
    modules = (np, sys.modules.get("scipy.special"))
    return any(getattr(m, getattr(of, "__name__", ""), None) is of for m in modules)
