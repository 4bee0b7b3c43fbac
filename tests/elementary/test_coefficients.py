"""The coefficients in the source are those that the exchange algorithm finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("mpmath")

import s2sad
from tests.elementary.coefficients import minimax
from tests.elementary.fits import FITS

SOURCE = "".join(
    p.read_text("utf-8") for p in Path(s2sad.__file__).with_name("elementary").glob("*.py")
)
NUMBERS = {float(n) for n in re.findall(r"\d+\.\d+(?:e[-+]\d+)?", SOURCE)}


@pytest.mark.parametrize("name", FITS)
def test_coefficients_are_reproduced(name: str):
    above, below, error = minimax(FITS[name])
    assert error < 2.0 ** (-14 if name == "cbrt" else -57)
    missing = [c for c in [*above, *below] if abs(c) not in NUMBERS]
    assert not missing, f"not in the source: {missing}"
