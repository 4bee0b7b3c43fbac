"""No keyword of NumPy is ignored: the derivative is right, or the call is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tests.keywords import calls, function_of, names, verdict


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_keyword_is_obeyed_or_refused(name: str) -> None:
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        found = {text: verdict(text) for text in calls(name, function_of(name))}
    assert {t: v for t, v in found.items() if v not in ("right", "refused")} == {}


@pytest.mark.parametrize("name", ["np.sum", "np.std", "np.clip", "np.bincount", "np.linalg.norm"])
def test_some_keywords_are_obeyed(name: str) -> None:
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        found = {text: verdict(text) for text in calls(name, function_of(name))}
    assert len(found) > 1 and set(found.values()) <= {"right", "refused"}
    assert "right" in found.values()
