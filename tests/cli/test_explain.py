"""s2sad explain: facts, what is recorded, bytes counted against the generated code at run time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from s2sad.analysis.sizes import Amount
from tests.cli.conftest import Run

LOOPS = """\
import numpy as np


def steps(x, w, n):
    s = 0.0
    y = x
    k = 2 * n
    for i in range(n):
        z = np.sin(y) * w
        if z[0] > 0:
            y = z * y
        s = s + np.sum(z)
    h = np.exp(y)
    return np.sum(h) * s


def nested(x, n, m):
    for i in range(1, n):
        for j in range(m):
            x = x * np.sin(x)
        x = np.exp(-x)
    return np.sum(x)


def unknown(x):
    while x < 10.0:
        x = x * x
    return x


def vector(x, n):
    for i in range(n):
        x = x * x
    return x


def helper(x):
    t = np.cos(x)
    return t * t


def helped(x):
    return helper(x) + helper(2.0 * x)


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def structured(params):
    return np.sum(params["w"] * params["b"][0])


def product(x, y):
    return x * y


def rows(x, w):
    y = w @ x
    for i in range(len(x)):
        y = y * np.sin(y)
    return y @ y
"""


@pytest.fixture
def explain(run: Run, tmp_path: Path) -> Any:
    (tmp_path / "loops.py").write_text(LOOPS)

    def explain(name: str, *options: str) -> list[list[str]]:
        found = run("explain", f"loops.py:{name}", *options)
        assert found.status == 0, found.err
        assert found.err == ""
        return [re.split(r"\s{2,}", line.strip()) for line in found.out.splitlines()]

    return explain


def row(rows: list[list[str]], line: int, name: str) -> list[str]:
    found = [r for r in rows if r[:2] == [str(line), name]]
    assert len(found) == 1, (name, rows)
    return found[0]


TYPES = ("--types", "x: f8[100], w: f8[100], n: int")


def test_facts_in_the_order_of_the_text(explain: Any) -> None:
    rows = explain("steps", *TYPES)
    lines = [int(r[0]) for r in rows if r[0].isdigit()]
    assert lines == sorted(lines)
    assert row(rows, 4, "x")[2:6] == ["f8[100]", "yes", "yes", "yes"]
    assert row(rows, 4, "w")[2:6] == ["f8[100]", "-", "yes", "-"]
    assert row(rows, 4, "n")[2:6] == ["int", "-", "-", "-"]
    assert row(rows, 5, "s")[2] == "-"  # a constant: nothing of it is computed
    assert row(rows, 6, "y")[2] == "-"  # another name of x
    assert row(rows, 7, "k")[2:6] == ["int", "-", "-", "-"]
    assert row(rows, 12, "s")[2:] == ["f8", "yes", "yes", "yes"]


def test_what_is_recorded_for_whom(explain: Any) -> None:
    rows = explain("steps", *TYPES)
    carried = row(rows, 8, "y (as a trip begins)")
    assert carried[6:] == ["recorded", "800*n", "11 *, 9 np.sin"]
    assert row(rows, 9, "z")[6:] == ["recorded", "800*n", "11 *"]
    assert row(rows, 10, "z[0] > 0")[6:] == ["recorded", "n", "10 if"]
    assert row(rows, 4, "w")[6:] == ["argument", "9 *"]
    assert row(rows, 13, "h")[6:] == ["kept", "800", "13 np.exp"]
    assert ["loop at line 8, n trips: 1601 bytes a trip, 1601*n in all"] in rows


def test_sizes_that_are_known_give_numbers(explain: Any) -> None:
    rows = explain("steps", "--types", "x: f4[7], w: f4[7], n: 5")
    assert row(rows, 9, "z")[6:8] == ["recorded", "140"]
    assert ["loop at line 8, 5 trips: 57 bytes a trip, 285 in all"] in rows


def test_sizes_that_are_not_known_give_formulas(explain: Any) -> None:
    rows = explain("nested", "--types", "x: f8[:, 3], n: int, m: int")
    assert row(rows, 19, "x (as a trip begins)")[6:8] == ["recorded", "24*k*m*n - 24*k*m"]
    text = "\n".join(" ".join(r) for r in rows)
    assert "loop at line 18, n - 1 trips" in text
    assert "loop at line 19, m trips" in text
    rows = explain("rows", "--types", "x: f8[a, b], w: f8[a]")
    assert row(rows, 61, "sin(y)")[6:8] == ["recorded", "8*a*b"]


def test_a_while_has_a_symbol_for_its_trips(explain: Any) -> None:
    rows = explain("unknown", "--types", "x: float")
    text = "\n".join(" ".join(r) for r in rows)
    assert "loop at line 26, trips_26 trips: 8 bytes a trip, 8*trips_26 in all" in text
    assert row(rows, 26, "trips")[6:8] == ["kept", "8"]
    assert "trips_26: how often the loop at line 26 runs" in text


def test_a_function_without_a_gradient_has_a_pullback(explain: Any) -> None:
    rows = explain("vector", "--types", "x: f8[10], n: 3")
    assert row(rows, 32, "x (as a trip begins)")[6:8] == ["recorded", "240"]
    rows = explain("product", "--types", "x: f8[10], y: f8[10]", "--wrt", "x,y")
    assert row(rows, 54, "x")[6:] == ["kept", "80", "55 *"]
    assert row(rows, 54, "y")[6:] == ["kept", "80", "55 *"]
    assert ["kept by name: 160 bytes"] in rows


def test_functions_that_are_inlined_or_called(explain: Any) -> None:
    rows = explain("helped", "--types", "x: f8[4]")
    assert row(rows, 38, "t (2 times)")[6:] == ["kept", "64", "39 *"]
    rows = explain("power", "--types", "x: float, n: int")
    assert ["calls_power: 17 bytes a call"] in rows
    rows = explain("structured", "--types", "params: {w: f8[5], b: (f8[5], f8)}", "--wrt", "params")
    assert row(rows, 50, "params['w']")[6:] == ["argument", "the result"]


def test_forward_mode_records_nothing(explain: Any) -> None:
    rows = explain("steps", "--mode", "forward", *TYPES)
    assert row(rows, 9, "z")[2:] == ["f8[100]", "yes", "yes", "yes"]
    assert rows[-1] == ["forward mode records nothing"]
    assert "kept" not in str(rows)


def test_wrt(explain: Any) -> None:
    rows = explain("steps", "--wrt", "w", *TYPES)
    assert row(rows, 4, "w")[3:6] == ["yes", "yes", "yes"]
    assert row(rows, 4, "x")[3:6] == ["-", "yes", "-"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["model.py:produkt"], 2, "did you mean product?"),
        (["model.py:loop", "--types", "z: f8"], 2, "loop has no parameter 'z'"),
        (["model.py:loop", "--types", "x: f9"], 2, "is no type"),
        (["model.py:loop", "--wrt", "q"], 1, "no argument of that name"),
        (["model.py:loop", "--mode", "hessian"], 2, "invalid choice"),
        (["model.py:unsupported"], 1, "no derivative rule"),
    ],
)
def test_messages(run: Run, arguments: list[str], status: int, said: str) -> None:
    found = run("explain", *arguments)
    assert found.status == status
    assert found.out == "" and said in found.err


# ---- the bytes of the generated code -------------------------------------------------------------


class Counted(list):  # type: ignore[type-arg]
    """A tape that counts the bytes it was given."""

    total = 0

    def append(self, entry: Any) -> None:
        items = entry if isinstance(entry, tuple) else (entry,)
        Counted.total += sum(_bytes(x) for x in items)
        super().append(entry)


def _bytes(x: Any) -> int:
    return 8 if type(x) in (int, float) else 1 if type(x) is bool else int(x.nbytes)


@pytest.mark.parametrize(
    ("name", "types", "arguments"),
    [
        ("steps", "x: f8[6], w: f8[6], n: 4", (np.linspace(0.5, 1, 6), np.ones(6), 4)),
        ("steps", "x: f4[6], w: f4[6], n: 4", (np.ones(6, "f4"), np.full(6, 2, "f4"), 4)),
        ("nested", "x: f8[5, 3], n: 4, m: 2", (np.linspace(0, 1, 15).reshape(5, 3), 4, 2)),
    ],
)
def test_as_many_bytes_are_recorded(
    run: Run, explain: Any, name: str, types: str, arguments: tuple[Any, ...]
) -> None:
    rows = explain(name, "--types", types)
    source = run("show", f"loops.py:{name}", "--types", types).out
    text, count = re.subn(r"(tape\w*|\w+_tape) = \[\]", r"\1 = Counted()", source)
    assert count
    space: dict[str, Any] = {"Counted": Counted}
    exec(text, space)
    Counted.total = 0
    space[f"{name}_grad"](*arguments)
    said = [n for r in rows for n in re.findall(r"(\d+) in all", r[0])]
    assert sum(map(int, said)) == Counted.total > 0


def test_amounts() -> None:
    n, m = Amount.symbol("n"), Amount.symbol("m")
    assert str((n + Amount.number(2)) * (m - Amount.number(1))) == "m*n + 2*m - n - 2"
    assert str(n - n) == "0" and str(n - m - m) == "-2*m + n"
    assert (n * m + n).symbols() == ["m", "n"]
