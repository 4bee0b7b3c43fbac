"""The check of a first call: which numbers must agree, and what is said where they do not.

Three numbers stand for the derivative along one random direction: what the derivative itself says,
what the other mode says, and a numeric one.  The transpose law binds the first two.  A numeric
derivative alone condemns nothing: at a kink, beside a jump, behind `stop_gradient` it differs from
a derivative that is right.  Where it differs, the trace of the call decides, operation by
operation.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np

from s2sad.backend.load import Compiled
from s2sad.derivative import Derivative
from s2sad.errors import CheckFailed, Location, NoRule, OutputError, Unsupported
from s2sad.numeric import is_inexact, leaves
from s2sad.selfcheck.subject import Subject, same, same_draws
from s2sad.selfcheck.walk import Walk, near

TOLERANCES = {8: (1e-6, 1e-5), 4: (2e-3, 5e-3), 2: (5e-2, 1e-1)}
"""By the bytes of the smallest floating number: relative, of the law and of numeric derivatives."""
UNDERFLOW = 64
"""How many of the smallest numbers may be lost where values vanish."""
ROUNDING = 4096
"""How many units in the last place of the largest value may be lost where values cancel."""


def check_first_call(derivative: Derivative, compiled: Compiled, values: tuple[Any, ...]) -> None:
    """Raise CheckFailed where a compiled derivative is wrong at these values.

    The function and its derivatives run several times, on copies of the arguments; what they print
    is thrown away, and the global random generators are left as they were.
    """
    quiet = contextlib.redirect_stdout(io.StringIO())
    with same_draws() as again, quiet, np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        message = _Check(Subject(derivative, compiled, values, again)).run()
    if message:
        warnings.warn(message, RuntimeWarning, stacklevel=6)


class _Check:
    """The check of one subject."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.name = f"the {subject.kind} of {subject.derivative.request.name}"

    def run(self) -> str:
        """Raises CheckFailed; or returns what could not be told, empty where all agrees."""
        subject = self.subject
        if not subject.evaluate():
            return f"{self.name} is not checked: the function gives other values each time"
        smallest = self._smallest()
        self.rtol, self.rtol_numeric = TOLERANCES[smallest]
        self.limits = np.finfo(f"f{smallest}")
        claimed = subject.claimed()
        law = self._law(claimed)
        numeric, error = subject.numeric()
        bound = 10.0 * error + self._bound(self.rtol_numeric)
        if law is None and (near(claimed, numeric, bound) or not np.isfinite(error)):
            return ""
        return self._walked(claimed, law, numeric)

    def _smallest(self) -> int:
        """The bytes of the smallest floating number among arguments and results."""
        found = [*leaves(self.subject.values), *leaves(self.subject.out)]
        sizes = [np.asarray(x).real.itemsize for x in found if is_inexact(x)]
        return min([8, *sizes])

    def _bound(self, rtol: float) -> float:
        value = sum(float(np.sum(np.abs(x))) for x in leaves(self.subject.out) if is_inexact(x))
        extra = 1e-3 * rtol * value if np.isfinite(value) else 0.0
        return rtol * self.subject.size + extra + UNDERFLOW * float(self.limits.tiny)

    def _law(self, claimed: float) -> float | None:
        """What the other mode says, where it says something else."""
        try:
            other, out = self.subject.other()
        except (NoRule, OutputError, Unsupported):  # there is no other mode
            return None
        if not same(self.subject.out, out, self.rtol):
            raise self._failed("the function computes another value than the code that derives it")
        if near(claimed, other, self._bound(self.rtol)):
            return None
        # Where the other mode alone overflows, it is no judge.
        return None if np.isfinite(claimed) and not np.isfinite(other) else other

    def _walked(self, claimed: float, law: float | None, numeric: float) -> str:
        """What the trace says of numbers that differ."""
        walk = Walk(self.subject, self._bound(0.0), self.rtol, self.rtol_numeric)
        found = walk.parting()
        if found is not None:
            raise self._failed(found.what, found.at)
        traced = walk.tangent()
        noise = ROUNDING * float(self.limits.eps)
        noise *= max(walk.trace.largest, 0.0 if traced is None else traced[1])
        if near(claimed, numeric if law is None else law, noise):
            return ""  # large numbers that cancel
        if law is not None:
            raise self._failed(
                f"it is {claimed:.6g} along a direction; the other mode has {law:.6g}"
            )
        bound = self._bound(self.rtol_numeric) + noise
        if traced is not None and not near(claimed, traced[0], bound):
            found_alone = f"its operations one by one have {traced[0]:.6g}"
            raise self._failed(f"it is {claimed:.6g} along a direction; {found_alone}")
        if walk.trace.stopped:
            return ""
        return (
            f"{self.name} is {claimed:.6g} along a direction, and a numeric derivative"
            f" {numeric:.6g}: a kink or jump is near, or the call is too long to tell"
        )

    def _failed(self, what: str, at: Location | None = None) -> CheckFailed:
        if at is None:
            advice = (
                "no single operation is wrong, so this is likely a bug in s2sad: please report it"
            )
        else:
            advice = (
                "correct that rule; check=False accepts a rule that is meant to be no derivative"
            )
        return CheckFailed(f"{self.name} is wrong: {what}", advice, at)
