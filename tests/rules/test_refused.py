"""What has no derivative says why, and the lists of it are true."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import NoRule, S2SADError, grad
from s2sad.rules import table
from s2sad.rules.refused import REFUSED, refusal
from s2sad.rules.refused import _resolved as resolved  # the lists name what there is

table.read_all()
NAMES = [name for r in REFUSED for name in r.names.split()]


def test_names_stand_in_one_list() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_neither_rule_nor_definition(name: str) -> None:
    of = getattr(np.ndarray, name[8:]) if name.startswith("ndarray.") else resolved(name)
    assert of is not None, f"there is no {name}"
    assert table.lookup(of) is None and of not in table.DEFINITIONS, f"{name} has a rule"


def test_the_reason_is_said_of_a_function() -> None:
    def f(x):
        return np.sum(np.packbits(x))

    with pytest.raises(NoRule, match="packbits, which works on the bits") as error:
        grad(f)(np.ones(3))
    assert "use it on data alone" in str(error.value)
    assert refusal(np.packbits) is refusal("np.packbits")
    assert refusal(np.sum) is None


def test_the_reason_is_said_of_a_method() -> None:
    def f(x):
        return np.sum(x.view(np.int64))

    with pytest.raises(S2SADError, match="takes the memory of an array") as error:
        grad(f)(np.ones(3))
    assert "convert with astype" in str(error.value)


def test_the_reason_is_said_of_a_class() -> None:
    def f(c, x):
        return np.polynomial.Polynomial(c)(x)

    with pytest.raises(S2SADError, match="Polynomial, which makes an object") as error:
        grad(f, 1)(np.ones(3), 0.5)
    assert "numpy.polynomial" in str(error.value)
