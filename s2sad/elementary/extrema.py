"""The larger and the smaller of two numbers, NaN where one is, so that LLVM vectorizes a search."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.core.cgutils import ir  # type: ignore[attr-defined]  # llvmlite's
from numba.extending import intrinsic


def _of_llvm(name: str) -> Any:
    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        double = ir.DoubleType()
        kind = ir.FunctionType(double, [double, double])
        called = builder.module.declare_intrinsic(name, [double], kind)
        return builder.call(called, arguments)

    def of_two(context: Any, x: Any, y: Any) -> Any:
        return types.float64(types.float64, types.float64), write

    return intrinsic(of_two)


larger = _of_llvm("llvm.maximum")
smaller = _of_llvm("llvm.minimum")
