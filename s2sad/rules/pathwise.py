"""Random draws: how their derivatives in the parameters of a distribution are stated.

A draw is data, made once.  Its derivative in a parameter is that of the number with the same
probability to be exceeded: with the distribution function F and the density p,

    F(x, a) constant, hence dx/da = -(dF/da) / p(x).

Where a draw is a function of noise without parameters, as x = loc + scale z, this is the
derivative of that function, and where NumPy draws by rejection it is the implicit one of
Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018.  A rule reads
`ans`, the number that was drawn, and never the noise, so that nothing is drawn twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s2sad.rules import notation, quantile_functions
from s2sad.rules.domains import between
from s2sad.rules.notation import Primitive, Template

PATHWISE: dict[str, Primitive] = {}
"""Rules by the name of the method that draws."""


class Drawn:
    """The value of a draw, as code writes it: the draw itself."""

    __s2sad_template__ = "{0}"

    def __init__(self, name: str) -> None:
        self.__name__ = name


def drawn(name: str) -> Any:
    """What a rule of draws is the rule of."""
    return Drawn(name)


def draws(p: Primitive) -> Primitive:
    """States what the derivatives of a draw are; its first operand is the draw."""
    p.same, p.analytic = True, False
    p.result_of = lambda draw, *_: draw
    PATHWISE[p.of.__name__] = notation._declare(p)
    return p


def quantile(name: str) -> Template:
    """What the laws hold the derivatives of a draw to."""
    return Template(getattr(quantile_functions, name))


def pathwise(
    name: str,
    params: str,
    doc: str,
    partials: Callable[..., Any],
    on: Mapping[str, Any],
) -> Primitive:
    """The derivatives of a draw of numbers: for each parameter `d` times the partial."""
    names = ("draw", *params.split())
    signature = ",".join(["()"] * len(names)) + "->()"
    domains = {"draw": between(0.03, 0.97), **on}
    return draws(
        Primitive(
            drawn(name), f"np.random.Generator.{name}", kind="elementwise", params=names,
            wrt=names[1:], partials=Template(partials), primal=quantile(name), doc=doc, on=domains,
            signature=signature,
        )
    )  # fmt: skip
