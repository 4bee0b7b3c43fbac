"""Kelvin functions, by their differential equations: ber'' = -bei - ber' / x.  [DLMF 10.63]"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.domains import between, either, nonzero, positive
from s2sad.rules.notation import elementwise

AROUND = {"x": either(nonzero, between(-0.9, 0.9)), "kinks": [(0.0,)]}


def over_x(f, x, series):
    """f / x; next to zero, where both vanish, its series."""
    near = np.abs(x) < 1.0
    return np.where(near, series, f / np.where(near, 1.0, x))


def series(x, a, b, c):
    """1 - w/a (1 - w/b (1 - w/c)) where w = (x/2)⁴; next to zero no more terms are felt."""
    w = (0.5 * x) ** 4
    return 1.0 - w / a * (1.0 - w / b * (1.0 - w / c))


def berp_over_x(x, berp):
    """ber'(x) / x."""
    return over_x(berp, x, -0.0625 * x * x * series(x, 72.0, 600.0, 2352.0))


def beip_over_x(x, beip):
    """bei'(x) / x."""
    return over_x(beip, x, 0.5 * series(x, 12.0, 240.0, 1260.0))


elementwise(special.ber, lambda d, x: d * special.berp(x), on=AROUND)
elementwise(special.bei, lambda d, x: d * special.beip(x), on=AROUND)
elementwise(
    special.berp,
    lambda d, x, ans: -(d * (special.bei(x) + berp_over_x(x, ans))),
    on={**AROUND, "slopes": [((0.99,), (-0.1834112562494168,))]},
)
elementwise(
    special.beip,
    lambda d, x, ans: d * (special.ber(x) - beip_over_x(x, ans)),
    on={**AROUND, "slopes": [((0.99,), (0.487497871052167,))]},
)
elementwise(special.ker, lambda d, x: d * special.kerp(x), on={"x": positive}, poles=True)
elementwise(special.kei, lambda d, x: d * special.keip(x), on={"x": positive})
elementwise(
    special.kerp,
    lambda d, x, ans: -(d * (special.kei(x) + ans / x)),
    on={"x": positive},
    poles=True,
)
elementwise(special.keip, lambda d, x, ans: d * (special.ker(x) - ans / x), on={"x": positive})
