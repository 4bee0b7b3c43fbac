"""One derivative called from many threads, and a fork while one of them compiles."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import s2sad
from s2sad import grad, specialize
from s2sad.backend.load import Compiled, load
from tests import stand_in

SCALE = 2.0


@pytest.fixture(autouse=True)
def compilations(monkeypatch):
    monkeypatch.setenv("S2SAD_CACHE", "0")
    stand_in.install(monkeypatch)
    specialize._shared.clear()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield stand_in.compilations
    sys.setswitchinterval(interval)


def test_eight_threads_with_different_shapes(compilations):
    df = grad(lambda x, y: np.sum(x * y * SCALE))
    start = threading.Barrier(8)
    shapes = [(), (1,), (3,), (1, 3), (3, 1), (3, 3), (2, 1, 2), (5,)]

    def run(i):
        start.wait()
        for round in range(20):
            shape = shapes[(i + round) % len(shapes)]
            x, y = np.full(shape, 2.0), np.full(shape, float(i))
            np.testing.assert_allclose(df(x, y), 2.0 * y, rtol=1e-6)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(8)))
    assert len(compilations) == 7, "each signature once: (3,) and (5,) are the same"


def test_eight_threads_with_the_compiler(monkeypatch):
    monkeypatch.undo()
    df = grad(product)
    start = threading.Barrier(8)

    def run(i):
        start.wait()
        for n in range(1, 6):
            x, y = np.full((n,) * (i % 3), 2.0), float(i)
            np.testing.assert_allclose(df(x, y), np.full_like(x, np.cos(2.0) * y))
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(8)))


def product(x, y):
    return np.sum(np.sin(x)) * y


def test_threads_that_ask_for_values(compilations):
    df = grad(lambda x, n_static: x * n_static)

    def run(i):
        for n in range(20):
            assert df(1.0, n) == pytest.approx(n)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(8)))
    assert len(compilations) == 20


def test_a_global_that_changes_meanwhile(monkeypatch):
    """Code made for one value of a global is not run for another."""

    def bake(request, params):
        captures = stand_in.captures_of(request.root)
        source = f"def f(x):\n    return {captures[0].value}\n"
        return Compiled(load(source)["f"], source, captures)

    monkeypatch.setattr(s2sad.pipeline, "compile_derivative", bake)
    df = grad(lambda x: SCALE * x)
    stop = threading.Event()

    def change():
        while not stop.is_set():
            globals()["SCALE"] += 1.0

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(300):
            before = SCALE
            found = df(1.0)
            assert before <= found <= SCALE
    finally:
        stop.set()
        changer.join()
        globals()["SCALE"] = 2.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork_while_another_thread_compiles(monkeypatch):
    compiling, forked = threading.Event(), threading.Event()

    def slow(request, params):
        if threading.current_thread() is not threading.main_thread():
            compiling.set()
            forked.wait(10)
        return stand_in.compile_derivative(request, params)

    monkeypatch.setattr(s2sad.pipeline, "compile_derivative", slow)
    df = grad(lambda x: x * x)
    thread = threading.Thread(target=df, args=(1.0,))
    thread.start()
    compiling.wait(10)
    child = os.fork()
    if child == 0:
        os._exit(0 if abs(df(3.0) - 6.0) < 1e-3 else 1)
    forked.set()
    thread.join()
    for _ in range(100):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.05)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the child waits for a lock of a thread it does not have")
    assert os.waitstatus_to_exitcode(status) == 0
