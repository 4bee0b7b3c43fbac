"""How near to one another the laws want two results to be."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.cases import Env
from s2sad.rules.notation import Primitive


def close(found: Any, wanted: Any, tolerance: float, rule: Primitive, env: Env) -> None:
    """Equal up to a tolerance relative to the largest element."""
    same(rule, env, "shape of the tangent", np.shape(found), np.shape(wanted))
    scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
    difference = np.max(np.abs(np.asarray(found) - wanted), initial=0.0)
    assert difference <= tolerance * scale, (
        f"{rule.name}: {found} is not {wanted} (difference {difference}) for {env}"
    )


def sharply(found: Any, coarse: Any, fine: Any, ans: Any, rule: Primitive, env: Env) -> None:
    """Each element equal to its numeric derivative, by steps h and h/2, up to the error of that."""
    error, rounding = np.abs(fine - coarse), 1e-10 * (np.abs(fine) + np.abs(ans)) + 1e-13
    wanted = fine + (fine - coarse) / 15.0
    difference = np.abs(np.asarray(found) - wanted)
    assert np.all(difference <= 20.0 * error + rounding), (
        f"{rule.name}: {found} is not {wanted} to the last digits (off by {difference}) for {env}"
    )


def same(rule: Primitive, env: Env, what: str, found: Any, wanted: Any) -> None:
    """Exactly equal."""
    assert found == wanted, f"{rule.name}: {what} is {found}, not {wanted}, for {env}"
