"""s2sad explain: facts, what is recorded, bytes counted against the generated code at run time."""

from __future__ import annotations

import functools
import re
import tracemalloc
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


def advected(u, c, n):
    for _ in range(n):
        u[1:-1] -= c * u[1:-1] * (u[2:] - u[:-2])
    return np.sum(u**2)


def heated(u, c, n):
    for _ in range(n):
        u[1:-1, 1:-1] += c * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        ) * (1.0 + 0.1 * u[1:-1, 1:-1])
    return np.sum(u**2)


def relaxed(x, b, n):
    for _ in range(n):
        for i in range(1, len(x) - 1):
            x[i] = 0.5 * (x[i - 1] + x[i + 1] + b[i] - 0.1 * x[i] ** 3)
    return np.sum(x**2)


def numbers(x, n):
    y = 0.5
    for i in range(n):
        if y > 0.3:
            z = y * y * x
            y = 1.0 - z * z
        else:
            y = y * x + 0.2
    return y


def flags(x, n):
    s = 0.0
    for i in range(n):
        if x[i] * x[i + 1] * x[i + 2] * x[i + 3] * x[i + 4] > 0:
            s += x[i] ** 2
    return s


def shrunk(x, n):
    for i in range(n):
        x = x[:-1] * x[1:]
    return np.sum(x)


def handed(x, n):
    for i in range(n):
        x = np.exp(-x * x)
    return np.sum(x)


from s2sad import grad


def steepness(x, n):
    return np.sum(grad(handed)(x, n) ** 2)
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
    assert row(rows, 9, "z")[6:] == ["recorded", "800*n", "10 if, 11 *"]
    assert row(rows, 4, "w")[6:] == ["argument", "9 *"]
    assert row(rows, 13, "h")[6:] == ["kept", "800", "13 np.exp"]
    assert ["loop at line 8, n trips: 1600 bytes a trip, 1600*n in all"] in rows


def test_sizes_that_are_known_give_numbers(explain: Any) -> None:
    rows = explain("steps", "--types", "x: f4[7], w: f4[7], n: 5")
    assert row(rows, 9, "z")[6:8] == ["recorded", "140"]
    assert ["loop at line 8, 5 trips: 56 bytes a trip, 280 in all"] in rows


def test_sizes_that_are_not_known_give_formulas(explain: Any) -> None:
    rows = explain("nested", "--types", "x: f8[:, 3], n: int, m: int")
    assert row(rows, 19, "x (as a trip begins)")[6:8] == ["recorded", "24*k*m*n - 24*k*m"]
    text = "\n".join(" ".join(r) for r in rows)
    assert "loop at line 18, n - 1 trips" in text
    assert "loop at line 19, m trips" in text
    rows = explain("rows", "--types", "x: f8[a, b], w: f8[a]")
    assert row(rows, 61, "sin(y)")[6:8] == ["recorded", "8*a*b"]


def test_arrays_written_in_place(explain: Any) -> None:
    rows = explain("advected", "--types", "u: f8[m], c: float, n: int")
    assert row(rows, 66, "_")[2] == "int"  # under the user's name, though a tape names the index
    assert row(rows, 66, "u (as a trip begins)")[6:] == ["recorded", "8*m*n", "67 *"]
    assert row(rows, 66, "u (after the loop)")[6:] == ["kept", "8*m", "68 **"]
    assert row(rows, 67, "u")[2:] == ["f8[m]", "yes", "yes", "yes"]
    assert "tape" not in str(rows)
    assert ["loop at line 66, n trips: 8*m bytes a trip, 8*m*n in all"] in rows


def test_parts_of_an_array_written_in_place(explain: Any) -> None:
    rows = explain("heated", "--types", "u: f8[12, 22], c: float, n: int")
    assert row(rows, 73, "1.0 + 0.1 * u[1:-1, 1:-1]")[6:] == ["recorded", "1600*n", "73 *"]
    assert ["loop at line 72, n trips: 3200 bytes a trip, 3200*n in all"] in rows
    rows = explain("relaxed", "--types", "x: f8[m], b: f8[m], n: int")
    assert row(rows, 82, "x[i]")[6:] == ["recorded", "8*m*n - 16*n", "82 **"]
    assert ["loop at line 81, m - 2 trips: 8 bytes a trip, 8*m*n - 16*n in all"] in rows


def test_numbers_recorded_in_buffers(explain: Any) -> None:
    rows = explain("numbers", "--types", "x: float, n: int")
    assert row(rows, 88, "y (as a trip begins)")[6:] == ["recorded", "8*n", "89 if, 90 *, 93 *"]
    rows = explain("flags", "--types", "x: f8[m], n: int")
    test = next(r for r in rows if r[0] == "100" and "*" in r[1])
    assert test[6:] == ["recorded", "n", "100 if"]


def test_what_the_next_trip_starts_with_is_read_as_the_result_too(explain: Any) -> None:
    rows = explain("handed", "--types", "x: f8[m], n: int")
    assert row(rows, 112, "x (as a trip begins)")[6:] == ["recorded", "8*m*n", "113 * np.exp"]


def test_a_derivative_inside(explain: Any) -> None:
    """What the inner one records is read from the same array; its backward loop records too."""
    rows = explain("steepness", "--types", "x: f8[6], n: 4")
    assert "tape" not in str(rows)
    assert row(rows, 112, "x (as a trip begins) (2 times)")[6:8] == ["recorded", "384"]
    assert row(rows, 112, "beta_x (as a trip begins)")[6:8] == ["recorded", "192"]


def test_what_changes_its_shape_is_recorded_with_the_shape(explain: Any) -> None:
    rows = explain("shrunk", "--types", "x: f8[40], n: 5")
    assert row(rows, 107, "np.shape(x)")[6:] == ["recorded", "40", "107"]


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
    assert row(rows, 47, "x")[6:] == ["recorded", "8*calls_power", "47 *"]
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


class Recorded:
    """The bytes that generated code records: on its stacks, and in arrays as large as allocated."""

    def __init__(self) -> None:
        self.bytes = 0
        self.arrays: list[Any] = []

    def tape(self, made: Any) -> Any:
        """What a tape is made as, or a stack that counts."""
        if isinstance(made, list):
            return Stack(self)
        self.bytes += made.nbytes
        self.arrays.append(made)
        return made

    def put(self, x: Any) -> None:
        if isinstance(x, tuple):
            self.bytes += 8 * len(x)  # a shape
        elif not any(x is a for a in self.arrays):  # that of an inner loop is counted already
            self.bytes += 8 if type(x) in (int, float) else 1 if type(x) is bool else x.nbytes


class Stack(list):  # type: ignore[type-arg]
    def __init__(self, recorded: Recorded) -> None:
        super().__init__()
        self.recorded = recorded

    def append(self, entry: Any) -> None:
        for x in entry if isinstance(entry, tuple) else (entry,):
            self.recorded.put(x)
        super().append(entry)


def loaded(source: str, recorded: Recorded) -> dict[str, Any]:
    """The names of generated code whose tapes are counted."""
    made = r"^( *\w*tape\w*) = (\[\]|np\.empty\(.*)$"
    text, count = re.subn(made, r"\1 = recorded.tape(\2)", source, flags=re.MULTILINE)
    assert count
    space: dict[str, Any] = {"recorded": recorded}
    exec(text, space)
    return space


RANDOM = np.random.default_rng(7)
X4 = RANDOM.normal(size=5).astype("f4")


@pytest.mark.parametrize(
    ("name", "types", "arguments"),
    [
        ("steps", "x: f8[6], w: f8[6], n: 4", (np.linspace(0.5, 1, 6), np.ones(6), 4)),
        ("steps", "x: f4[6], w: f4[6], n: 4", (np.ones(6, "f4"), np.full(6, 2, "f4"), 4)),
        ("nested", "x: f8[5, 3], n: 4, m: 2", (np.linspace(0, 1, 15).reshape(5, 3), 4, 2)),
        ("nested", "x: f8[5, 3], n: 4, m: 20", (RANDOM.normal(size=(5, 3)), 4, 20)),
        ("rows", "x: f4[5, 3], w: f4[5]", (RANDOM.normal(size=(5, 3)).astype("f4"), X4)),
        ("advected", "u: f8[9], c: float, n: 3", (RANDOM.normal(size=9), 0.1, 3)),
        ("heated", "u: f8[9, 7], c: float, n: 3", (RANDOM.normal(size=(9, 7)), 0.01, 3)),
        ("relaxed", "x: f8[30], b: f8[30], n: 5", (*RANDOM.normal(size=(2, 30)), 5)),
        ("relaxed", "x: f8[9], b: f8[9], n: 5", (*RANDOM.normal(size=(2, 9)), 5)),
        ("numbers", "x: float, n: 9", (0.7, 9)),
        ("flags", "x: f8[40], n: 9", (RANDOM.normal(size=40), 9)),
        ("handed", "x: f8[6], n: 4", (RANDOM.normal(size=6), 4)),
        ("steepness", "x: f8[6], n: 4", (RANDOM.normal(size=6), 4)),
    ],
)
def test_as_many_bytes_are_recorded(
    run: Run, explain: Any, name: str, types: str, arguments: tuple[Any, ...]
) -> None:
    rows = explain(name, "--types", types)
    recorded = Recorded()
    space = loaded(run("show", f"loops.py:{name}", "--types", types).out, recorded)
    space[f"{name}_grad"](*arguments)
    said = [n for r in rows for n in re.findall(r"(\d+) in all", r[0])]
    assert sum(map(int, said)) == recorded.bytes > 0


@pytest.mark.parametrize(("name", "arrays"), [("heated", 10), ("advected", 4)])
def test_the_peak_of_memory_is_what_is_recorded_and_a_few_arrays(
    run: Run, explain: Any, name: str, arrays: int
) -> None:
    """Beside what is alive when backward begins: temporaries, adjoints, the gradient.

    arrays: how many of the size of `u` these may take, 8.9 and 3.0 at the time of writing; they do
    not depend on the number of steps.
    """
    u = RANDOM.normal(size=(200, 200))
    beside = []
    for n in (30, 60):
        types = ("--types", f"u: f8[200, 200], c: float, n: {n}")
        said = re.search(r"backward part begins: (\d+) bytes", str(explain(name, *types)))
        assert said is not None
        space: dict[str, Any] = {}
        exec(run("show", f"loops.py:{name}", *types).out, space)
        peak = peak_of(functools.partial(space[f"{name}_grad"], u, 1e-4, n))
        predicted = int(said[1])
        assert predicted >= n * u.nbytes * 0.9
        beside.append((peak - predicted) / u.nbytes)
    assert min(beside) >= 0 and max(beside) <= arrays
    assert abs(beside[1] - beside[0]) < 0.1


def peak_of(call: Any) -> int:
    """The most memory that is allocated during a call, beyond what was there before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_amounts() -> None:
    n, m = Amount.symbol("n"), Amount.symbol("m")
    assert str((n + Amount.number(2)) * (m - Amount.number(1))) == "m*n + 2*m - n - 2"
    assert str(n - n) == "0" and str(n - m - m) == "-2*m + n"
    assert (n * m + n).symbols() == ["m", "n"]
