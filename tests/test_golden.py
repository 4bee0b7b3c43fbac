"""Generated code, byte for byte.

`S2SAD_UPDATE_GOLDEN=1` writes the files anew, to be read as a diff.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import s2sad
from tests.golden import functions as f

FOLDER = Path(__file__).parent / "golden"
A, V = np.ones((3, 4)), np.ones(4)
LAYERS = [(np.ones((3, 5)), np.ones(5)), (np.ones((5, 4)), np.ones(4))]
X, Y = np.ones((7, 3)), np.ones((7, 4))

CASES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "slide_grad": (s2sad.grad(f.slide), (0.3,)),
    "slide_hessian": (s2sad.hessian(f.slide), (0.3,)),
    "loss_grad": (s2sad.grad(f.loss, ("w", "b")), (A, V, X, Y)),
    "loss_value_and_grad": (s2sad.value_and_grad(f.loss, ("w", "b")), (A, V, X, Y)),
    "spiral_grad": (s2sad.grad(f.spiral, ("p", "x", "y")), ((0.1, 1.0), 1.0, 0.0, 0.1, 5)),
    "root_grad": (s2sad.grad(f.root), (2.0,)),
    "net_grad": (s2sad.grad(f.net), (LAYERS, X, Y)),
    "gathered_grad": (s2sad.grad(f.gathered), (V,)),
    "gathered_jacfwd": (s2sad.jacfwd(f.gathered), (V,)),
    "power_grad": (s2sad.grad(f.power), (1.3, 4)),
}


@pytest.mark.parametrize("name", CASES)
def test_generated_code(name: str):
    """The text is that of the file."""
    derivative, arguments = CASES[name]
    derivative(*arguments)
    file = FOLDER / f"{name}.txt"
    if os.environ.get("S2SAD_UPDATE_GOLDEN"):
        file.write_text(derivative.source)
    assert derivative.source == file.read_text()
