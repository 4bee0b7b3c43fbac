"""The methods of random generators that draw: their parameters, and the arguments of a call."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.values import Value
from s2sad.ir.nodes import Lit

CONTINUOUS = {
    "beta": "a b", "chisquare": "df", "exponential": "scale=1.0", "f": "dfnum dfden",
    "gamma": "shape scale=1.0", "gumbel": "loc=0.0 scale=1.0", "laplace": "loc=0.0 scale=1.0",
    "logistic": "loc=0.0 scale=1.0", "lognormal": "mean=0.0 sigma=1.0",
    "noncentral_chisquare": "df nonc", "noncentral_f": "dfnum dfden nonc",
    "normal": "loc=0.0 scale=1.0", "pareto": "a", "power": "a", "random": "", "random_sample": "",
    "rayleigh": "scale=1.0", "standard_cauchy": "", "standard_exponential": "",
    "standard_gamma": "shape", "standard_normal": "", "standard_t": "df",
    "triangular": "left mode right", "uniform": "low=0.0 high=1.0", "vonmises": "mu kappa",
    "wald": "mean scale", "weibull": "a",
}  # fmt: skip
DISCRETE = {
    "binomial": "n p", "geometric": "p", "hypergeometric": "ngood nbad nsample",
    "logseries": "p", "negative_binomial": "n p", "poisson": "lam=1.0", "zipf": "a",
    "integers": "low high=None", "randint": "low high=None", "random_integers": "low high=None",
    "tomaxint": "",
}  # fmt: skip
GATHERING = {"permutation": "x", "permuted": "x", "shuffle": "x", "choice": "a"}
OF_ROWS = {
    "multivariate_normal": "mean cov", "dirichlet": "alpha", "multinomial": "n pvals",
    "multivariate_hypergeometric": "colors nsample",
}  # fmt: skip
ROW = {
    "multivariate_normal": "mean", "dirichlet": "alpha", "multinomial": "pvals",
    "multivariate_hypergeometric": "colors",
}  # fmt: skip
"""The parameter that is as long as one row of the result."""
OPTIONS = {
    "random": "size dtype out", "standard_normal": "size dtype out",
    "standard_exponential": "size dtype method out", "standard_gamma": "size dtype out",
    "integers": "size dtype endpoint", "randint": "size dtype",
    "multivariate_normal": "size check_valid tol method",
    "multivariate_hypergeometric": "size method",
    "permutation": "axis", "shuffle": "axis", "permuted": "axis out",
    "choice": "size replace p axis shuffle",
}  # fmt: skip
"""What follows the parameters; for all others that is the size alone."""

PARAMETERS = CONTINUOUS | DISCRETE | GATHERING | OF_ROWS


def names_of(text: str) -> list[str]:
    """The names of parameters, as the lists state them."""
    return [part.partition("=")[0] for part in text.split()]


def defaults_of(name: str) -> dict[str, Any]:
    """The defaults of the parameters of a method."""
    pairs = (part.partition("=") for part in PARAMETERS[name].split())
    return {n: None if v == "None" else float(v) for n, sign, v in pairs if sign}


def bound(name: str, args: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
    """The arguments by name, in the order of the parameters, with the defaults of these."""
    params = names_of(PARAMETERS[name])
    names = [*params, *OPTIONS.get(name, "size").split()]
    if len(args) > len(names):
        raise TypeError(f"{name}() takes {len(names)} arguments but {len(args)} were given")
    given = dict(zip(names, args, strict=False))
    for k, v in kwargs.items():
        if k in given:
            raise TypeError(f"{name}() got multiple values for argument {k!r}")
        if k not in names:
            raise TypeError(f"{name}() got an unexpected keyword argument {k!r}")
        given[k] = v
    defaults = {n: Lit(v) for n, v in defaults_of(name).items()}
    missing = [n for n in params if n not in given and n not in defaults]
    if missing:
        raise TypeError(f"{name}() missing a required argument: {missing[0]!r}")
    found: dict[str, Value] = {}
    for n in names:
        if n in given or n in defaults:
            found[n] = given[n] if n in given else defaults[n]
    return found


def is_left(name: str, param: str, v: Value) -> bool:
    """Whether an argument may be left out of the call."""
    defaults = {"size": None, "out": None} | defaults_of(name)
    if not isinstance(v, Lit) or param not in defaults:
        return False
    return v.value is defaults[param] or (type(v.value) is float and v.value == defaults[param])
