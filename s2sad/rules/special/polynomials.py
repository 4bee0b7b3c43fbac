"""Orthogonal polynomials in their argument, by formulas that hold at the ends of the interval.

The degree is data.  The derivative of a polynomial is one of the next family.  [DLMF 18.9(iii)]
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.domains import between, inside_unit, one_of, reals, together
from s2sad.rules.notation import RULES, defined, elementwise, rule
from s2sad.rules.special.bessel import below

DEGREE = {"x1": "the degree n"}
ALPHA = {**DEGREE, "x2": "the parameter alpha"}
JACOBI = {**ALPHA, "x3": "the parameter beta"}
N = one_of(0, 1, 2, 5).of()
SHAPE = between(0.2, 1.8)
ENDS = [(n, x) for n in (0.0, 1.0, 3.0) for x in (1.0, -1.0)]
PLAIN = {"x1": N, "x2": inside_unit}
SHIFTED = {"x1": N, "x2": between(0.1, 0.9)}


def beyond(n, value):
    """`value`, zero for n = 0: a constant has no polynomial of lower degree."""
    if np.ndim(n) == 0:
        return value if n != 0 else 0.0 * value
    return (n != 0) * value


elementwise(
    special.eval_legendre,
    lambda d, x1, x2: (None, d * beyond(x1, special.eval_gegenbauer(below(x1), 1.5, x2))),
    on={**PLAIN, "kinks": ENDS},
    unknown=DEGREE,
)
elementwise(
    special.eval_chebyt,
    lambda d, x1, x2: (None, d * (x1 * special.eval_chebyu(below(x1), x2))),
    on={**PLAIN, "kinks": ENDS},
    unknown=DEGREE,
)
elementwise(
    special.eval_chebyu,
    lambda d, x1, x2: (None, d * (2.0 * beyond(x1, special.eval_gegenbauer(below(x1), 2.0, x2)))),
    on={**PLAIN, "kinks": ENDS},
    unknown=DEGREE,
)
elementwise(
    special.eval_chebyc,
    lambda d, x1, x2: (None, d * (x1 * special.eval_chebys(below(x1), x2))),
    on=PLAIN,
    unknown=DEGREE,
)
elementwise(
    special.eval_chebys,
    lambda d, x1, x2: (
        None,
        d * beyond(x1, special.eval_gegenbauer(below(x1), 2.0, 0.5 * x2)),
    ),
    on=PLAIN,
    unknown=DEGREE,
)
elementwise(
    special.eval_gegenbauer,
    lambda d, x1, x2, x3: (
        None,
        None,
        d * (2.0 * x2 * beyond(x1, special.eval_gegenbauer(below(x1), x2 + 1.0, x3))),
    ),
    on={"x1": N, "x2": SHAPE, "x3": inside_unit},
    unknown=ALPHA,
)
elementwise(
    special.eval_jacobi,
    lambda d, x1, x2, x3, x4: (
        None,
        None,
        None,
        d
        * (
            0.5
            * (x1 + x2 + x3 + 1.0)
            * beyond(x1, special.eval_jacobi(below(x1), x2 + 1.0, x3 + 1.0, x4))
        ),
    ),
    on={
        "x1 x2 x3 x4": together(
            (0, 0.5, 1.5, inside_unit.of()),
            (3, SHAPE.of(3), 0.5, inside_unit.of(2, 3)),
            (np.array([0, 1, 4]), 1.5, SHAPE.of(3), inside_unit.of(3)),
        )
    },
    unknown=JACOBI,
)
elementwise(
    special.eval_laguerre,
    lambda d, x1, x2: (None, -(d * beyond(x1, special.eval_genlaguerre(below(x1), 1.0, x2)))),
    on={"x1": N, "x2": reals},
    unknown=DEGREE,
)
elementwise(
    special.eval_genlaguerre,
    lambda d, x1, x2, x3: (
        None,
        None,
        -(d * beyond(x1, special.eval_genlaguerre(below(x1), x2 + 1.0, x3))),
    ),
    on={"x1": N, "x2": SHAPE, "x3": reals},
    unknown=ALPHA,
)
elementwise(
    special.eval_hermite,
    lambda d, x1, x2: (None, d * (2.0 * x1 * special.eval_hermite(below(x1), x2))),
    on={"x1": N, "x2": reals},
    unknown=DEGREE,
)
elementwise(
    special.eval_hermitenorm,
    lambda d, x1, x2: (None, d * (x1 * special.eval_hermitenorm(below(x1), x2))),
    on={"x1": N, "x2": reals},
    unknown=DEGREE,
)

# Shifted to the interval from 0 to 1.
elementwise(
    special.eval_sh_legendre,
    lambda d, x1, x2: (
        None,
        d * (2.0 * beyond(x1, special.eval_gegenbauer(below(x1), 1.5, 2.0 * x2 - 1.0))),
    ),
    on=SHIFTED,
    unknown=DEGREE,
)
elementwise(
    special.eval_sh_chebyt,
    lambda d, x1, x2: (None, d * (2.0 * x1 * special.eval_sh_chebyu(below(x1), x2))),
    on=SHIFTED,
    unknown=DEGREE,
    poles=True,
)
elementwise(
    special.eval_sh_chebyu,
    lambda d, x1, x2: (
        None,
        d * (4.0 * beyond(x1, special.eval_gegenbauer(below(x1), 2.0, 2.0 * x2 - 1.0))),
    ),
    on=SHIFTED,
    unknown=DEGREE,
)
elementwise(
    special.eval_sh_jacobi,
    lambda d, x1, x2, x3, x4: (
        None,
        None,
        None,
        d * (x1 * special.eval_sh_jacobi(below(x1), x2 + 2.0, x3 + 1.0, x4)),
    ),
    on={
        "x1 x2 x3 x4": together(
            (0, 3.0, 1.5, between(0.1, 0.9).of()), (3, 3.0, 1.5, between(0.1, 0.9).of(2, 3))
        )
    },
    unknown={**DEGREE, "x2": "the parameter p", "x3": "the parameter q"},
    poles=True,
)


@defined(
    special.assoc_laguerre,
    on={"x n k": together((reals.of(3), 2, 1.5), (reals.of(), 3, 0.0))},
)
def assoc_laguerre(x, n, k=0.0):
    """scipy.special.assoc_laguerre"""
    return special.eval_genlaguerre(n, k, x)


@rule(
    special.diric,
    "(),()->()",
    elementwise=True,
    on={
        "x": between(0.3, 2.0),
        "n": one_of(1, 2, 5).of(),
        "kinks": [(0.0, 3), (0.0, 2)],
    },
    unknown={"n": "the number n of terms"},
)
class diric:
    """ans = sin(nx/2) / (n sin(x/2)) = U(n - 1, cos(x/2)) / n, with Chebyshev's polynomial U."""

    def primal(x, n):
        return special.diric(x, n)

    def tangent(x, n, x_dot):
        return x_dot * diric_slope(x, n)

    def adjoint(x, n, ans_bar):
        x_bar = ans_bar * diric_slope(x, n)
        return x_bar


def diric_slope(x, n):
    """The derivative of the Dirichlet kernel in x."""
    terms = beyond(n - 1, special.eval_gegenbauer(below(n - 1), 2.0, np.cos(0.5 * x)))
    return -(np.sin(0.5 * x) / n * terms)


RULES[special.diric].makes_arrays = True
