"""The disk cache: what is found again, what is not, and what cannot hurt it."""

from __future__ import annotations

import math
import multiprocessing
import os
import pathlib
import stat
import subprocess
import sys
import time
import types

import numpy as np
import pytest

from s2sad.backend import cache, files, record
from s2sad.backend.load import Compiled, load
from s2sad.frontend.captures import Capture
from s2sad.frontend.request import Request
from s2sad.frontend.signature import Demand, abstract

C = 2.0
TABLE = np.arange(3.0)


def helper(x):
    return x * C


def function(x, n=2):
    return helper(x) * TABLE[n]


CAPTURES = {
    "helper": (("global", "helper"),),
    "C": (("global", "helper"), ("global", "C")),
    "TABLE": (("global", "TABLE"),),
    "np": (("global", "np"),),
}
SOURCE = "def function_grad(x, n):\n    return helper(1.0) * TABLE[n] + np.sin(0.0)\n"


def make():
    """A derivative as the core makes it."""
    space = globals()
    bindings = tuple((n, space[n]) for n in ("helper", "TABLE", "np"))
    captures = tuple(Capture(path, space[path[-1][1]]) for path in CAPTURES.values())
    call = load(SOURCE, bindings, "function_grad")["function_grad"]
    return Compiled(call, SOURCE, captures, {}, bindings)


REQUEST = Request(function, "grad", 0)
ARGUMENTS = {"x": 1.0, "n": 2}


def name(request=REQUEST, **arguments):
    arguments = arguments or ARGUMENTS
    return cache.identify(request, abstract(list(arguments), list(arguments.values())))


@pytest.fixture(autouse=True)
def _directory(tmp_path, monkeypatch):
    monkeypatch.setenv("S2SAD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("S2SAD_CACHE", raising=False)
    kept = dict(globals())
    yield
    globals().update(kept)


def test_round_trip():
    assert cache.read(name(), function, ARGUMENTS) is None
    assert cache.write(name(), make(), ARGUMENTS)
    found = cache.read(name(), function, ARGUMENTS)
    assert found.call(1.0, 2) == 4.0
    assert found.source == SOURCE
    assert [c.path for c in found.captures] == list(CAPTURES.values())
    assert found.captures[0].value is helper


def test_the_name_says_everything():
    def other(x, n=2):
        return helper(x) * TABLE[n] + 1

    names = [
        name(),
        name(x=np.float32(1), n=2),
        name(x=np.ones(3), n=2),
        name(x=np.ones((3, 1)), n=2),
        name(x=1.0, n=True),
        name(x=1.0, n=False),
        name(x=(1.0,), n=2),
        name(x=[1.0], n=2),
        name(x={"a": 1.0}, n=2),
        name(x={"b": 1.0}, n=2),
        name(Request(function, "jacrev", 0)),
        name(Request(function, "grad", 1)),
        name(Request(function, "grad", (0,))),
        name(Request(function, "grad", 0, True)),
        name(Request(function, "grad", 0, False, (("check", True),))),
        name(Request(Request(function, "grad", 0), "grad", 0)),
        name(Request(other, "grad", 0)),
        name(Request(np.sin, "grad", 0)),
        name(Request(math.sin, "grad", 0)),
    ]
    assert None not in names
    assert len(set(names)) == len(names)
    assert name(x=5.0, n=7) == names[0]


def test_versions_are_in_the_name(monkeypatch):
    before = name()
    monkeypatch.setattr(cache, "__version__", "other")
    assert name() != before


def test_the_name_is_the_same_in_every_process():
    code = "from tests.backend import test_cache as t; print(t.name())"
    found = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        root = pathlib.Path(__file__).parents[2]
        run = subprocess.run(command, capture_output=True, text=True, env=env, check=True, cwd=root)
        found.add(run.stdout)
    assert len(found) == 1


def test_what_cannot_be_described_is_not_stored():
    assert name(x=1.0, n=types.SimpleNamespace()) is not None  # an object by its type
    local = types.new_class("Local")
    assert name(x=1.0, n=local) is None
    compiled = make()
    thing = object()
    for captures, bindings in [
        ((Capture((("global", "C"),), thing),), ()),
        ((), (("thing", thing),)),
        ((Capture((("item", 1.5),), 2.0),), ()),
    ]:
        bad = Compiled(compiled.call, SOURCE, captures, {}, bindings)
        assert not cache.write(name(), bad, {})
    assert not cache.write(name(), Compiled(lambda x: x, SOURCE), {})


@pytest.mark.parametrize(
    "change",
    [
        {"C": 3.0},
        {"C": 2},
        {"helper": lambda x: x},
        {"TABLE": np.ones(3, "f4")},
        {"TABLE": np.ones(1)},
        {"TABLE": [1.0, 2.0]},
        {"np": math},
    ],
)
def test_a_changed_capture_is_a_miss(change):
    cache.write(name(), make(), ARGUMENTS)
    globals().update(change)
    assert cache.read(name(), function, ARGUMENTS) is None


def test_a_missing_capture_is_a_miss():
    cache.write(name(), make(), ARGUMENTS)
    del globals()["C"]
    assert cache.read(name(), function, ARGUMENTS) is None


def test_another_array_of_the_same_kind_is_bound():
    cache.write(name(), make(), ARGUMENTS)
    globals()["TABLE"] = np.full(3, 10.0)
    assert cache.read(name(), function, ARGUMENTS).call(1.0, 2) == 20.0


def test_demands_are_remembered():
    assert cache.write_demand(name(), frozenset({"n"}))
    with pytest.raises(Demand) as caught:
        cache.read(name(), function, ARGUMENTS)
    assert caught.value.names == {"n"}


def test_extra_functions_and_arguments():
    source = "def f(x):\n    return g(x), x\n\n\ndef pullback(kept, c):\n    return kept * c\n"
    g = lambda x: x
    space = load(source, (("g", g),), "f")
    extra = {"pullback": space["pullback"]}
    cache.write("a" * 64, Compiled(space["f"], source, (), extra, (("g", g),)), {"g": g})
    found = cache.read("a" * 64, function, {"g": math.sqrt})
    assert found.call(4.0) == (2.0, 4.0)
    assert found.extra["pullback"](2.0, 3.0) == 6.0


# ---- files -------------------------------------------------------------------------------------


def entries():
    """The names of all files but the generated modules."""
    return {p.name for p in files.directory().iterdir() if p.suffix != ".py"}


def entry():
    return files.directory() / name()


def damage(change):
    data = entry().read_bytes()
    entry().write_bytes(change(data))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: b"",
        lambda d: d[: len(d) // 2],
        lambda d: d[:-1],
        lambda d: d.replace(b"helper(1.0)", b"helper(2.0)"),
        lambda d: d.replace(b"\n", b"", 1),
        lambda d: b"\0" * len(d),
        lambda d: d + b" ",
        lambda d: d.partition(b"\n")[2],
    ],
)
def test_a_corrupted_entry_is_a_miss_and_is_rewritten(change):
    cache.write(name(), make(), ARGUMENTS)
    damage(change)
    assert cache.read(name(), function, ARGUMENTS) is None
    assert cache.write(name(), make(), ARGUMENTS)
    assert cache.read(name(), function, ARGUMENTS).call(1.0, 2) == 4.0


def test_an_entry_under_another_name_is_a_miss():
    cache.write(name(), make(), ARGUMENTS)
    other = name(Request(function, "hessian", 0))
    entry().rename(files.directory() / other)
    assert cache.read(other, function, ARGUMENTS) is None


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_only_the_owner_reads_and_writes():
    cache.write(name(), make(), ARGUMENTS)
    assert stat.S_IMODE(entry().stat().st_mode) == 0o600
    assert stat.S_IMODE(files.directory().stat().st_mode) == 0o700
    entry().chmod(0o666)
    assert cache.read(name(), function, ARGUMENTS) is None


def test_nothing_is_left_behind():
    cache.write(name(), make(), ARGUMENTS)
    assert entries() == {name()}


def test_an_impossible_directory_does_no_harm(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("S2SAD_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert not cache.write(name(), make(), ARGUMENTS)
    assert cache.read(name(), function, ARGUMENTS) is None


def test_switch(monkeypatch):
    assert files.enabled()
    for word in ("0", "off", "No", "false"):
        monkeypatch.setenv("S2SAD_CACHE", word)
        assert not files.enabled()


def test_directory(monkeypatch, tmp_path):
    monkeypatch.delenv("S2SAD_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    for platform, expected in [
        ("linux", tmp_path / "xdg" / "s2sad"),
        ("darwin", tmp_path / "Library" / "Caches" / "s2sad"),
        ("win32", tmp_path / "local" / "s2sad" / "Cache"),
    ]:
        monkeypatch.setattr(sys, "platform", platform)
        assert files.directory() == expected
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert files.directory() == tmp_path / ".cache" / "s2sad"


def test_the_oldest_entries_are_removed(monkeypatch):
    names = [f"{i:064x}" for i in range(8)]
    for i, n in enumerate(names):
        cache.write(n, make(), ARGUMENTS)
        os.utime(files.directory() / n, (i, i))
    size = (files.directory() / names[0]).stat().st_size
    cache.read(names[0], function, ARGUMENTS)  # used: stays
    for module in files.directory().glob("*.py"):
        module.unlink()
    monkeypatch.setattr(files, "MAX_BYTES", 6 * size)
    files.evict(files.directory())
    assert entries() == {names[0], *names[-3:]}


def _hammer(seconds):
    """Write, damage and read one entry as fast as possible; the number of good reads."""
    good = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        cache.write(name(), make(), ARGUMENTS)
        found = cache.read(name(), function, ARGUMENTS)
        if found is not None:
            assert found.call(1.0, 2) == 4.0
            good += 1
    return good


def test_concurrent_writers():
    with multiprocessing.get_context("fork").Pool(4) as pool:
        counts = pool.map(_hammer, [1.0] * 4)
    assert min(counts) > 0
    assert entries() == {name()}
    assert cache.read(name(), function, ARGUMENTS).call(1.0, 2) == 4.0


PROGRAM = """
import sys
import numpy as np
from s2sad import grad

SCALE = {scale}

def helper(x):
    return np.sin(x) * SCALE

def function(x, table=np.ones(3)):
    return np.sum(helper(x) * table)

print(*grad(function)(np.zeros(3)), "s2sad.pipeline" in sys.modules)
"""


def test_the_next_process_does_not_compile(tmp_path):
    """Nor does it import the compiler, until a global has changed."""
    script = tmp_path / "script.py"
    env = {**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[2])}
    outputs = []
    for scale in ("2.0", "2.0", "3.0", "3.0"):
        script.write_text(PROGRAM.format(scale=scale))
        command = [sys.executable, "-W", "error", script]
        run = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
        outputs.append(run.stdout.split())
    assert outputs == [
        ["2.0", "2.0", "2.0", "True"],
        ["2.0", "2.0", "2.0", "False"],
        ["3.0", "3.0", "3.0", "True"],
        ["3.0", "3.0", "3.0", "False"],
    ]


def test_digest_of_code():
    def make(body):
        space = {}
        exec(compile(f"def f(x):\n    return {body}", "f.py", "exec"), space)
        return record.digest(space["f"].__code__)

    bodies = ["x", "x + 1", "x + 1.0", "x + True", "x + 2", "x in {1, 2}", "(lambda: x)()"]
    assert len({make(b) for b in bodies}) == len(bodies)
    assert make("x in {1, 'a', 2}") == make("x in {1, 'a', 2}")


def test_a_long_function_is_found_quickly():
    lines = "".join(f"    alpha_{i} = np.tanh(alpha_{i - 1} * {i}.5 + x)  # user's line {i}\n"
                    for i in range(1, 400))  # fmt: skip
    source = f"def long_grad(x):\n    alpha_0 = x\n{lines}    return alpha_399\n"
    space = {"np": np, "__name__": __name__}
    exec(source.replace("long_grad", "long"), space)
    request = Request(space["long"], "grad", 0)
    bindings = (("np", np),)
    call = load(source, bindings, "long_grad")["long_grad"]
    compiled = Compiled(call, source, (Capture((("global", "np"),), np),), {}, bindings)
    params = abstract(["x"], [1.0])
    cache.write(cache.identify(request, params), compiled, {"x": 1.0})
    times = []
    for _ in range(7):
        from s2sad.backend.load import _compiled

        _compiled.cache_clear()
        start = time.perf_counter()
        found = cache.read(cache.identify(request, params), space["long"], {"x": 1.0})
        times.append(time.perf_counter() - start)
        assert found is not None
    print(f"\n{min(times) * 1e3:.1f} ms for {len(source)} characters")
    assert min(times) < 0.010
