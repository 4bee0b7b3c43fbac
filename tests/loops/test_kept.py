"""What Numba compiled is kept on disk: another process reads it, none reads what is out of date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

PROGRAM = """\
import threading

import numpy as np

import s2sad

C = {constant}


def f(x, y):
    return np.sum(np.exp(x) * y * C)


x, y = np.linspace(0.0, 1.0, 7), np.arange(7.0)
gradient = s2sad.grad(f, backend="numba")
found = []
threads = [threading.Thread(target=lambda: found.append(gradient(x, y))) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert len(found) == 3 and all(np.allclose(g, C * y * np.exp(x), 1e-14) for g in found)
try:
    gradient(x, y[1:])
except ValueError:
    pass
kernel = next(k for k in gradient.__wrapped__.__globals__.values() if hasattr(k, "py_func"))
print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""


def start(folder: Path, constant: float = 2.0, **more: str) -> subprocess.Popen[str]:
    script = folder / "program.py"
    script.write_text(PROGRAM.format(constant=constant))
    root = str(Path(__file__).parents[2])
    own = {"S2SAD_CACHE": "1", "S2SAD_CACHE_DIR": str(folder / "kept"), "PYTHONPATH": root}
    environment = {**os.environ, **own, **more}
    return subprocess.Popen(
        [sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, text=True
    )


def counts(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out.strip()


def test_a_second_process_does_not_compile(tmp_path: Path) -> None:
    assert counts(start(tmp_path)) == "0 1"
    assert counts(start(tmp_path)) == "1 0"
    assert counts(start(tmp_path, 3.0)) == "0 1"


def test_processes_at_once(tmp_path: Path) -> None:
    together = [start(tmp_path) for _ in range(3)]
    for process in together:
        assert counts(process) in ("0 1", "1 0")
    assert counts(start(tmp_path)) == "1 0"


def test_nothing_is_kept_where_that_is_switched_off(tmp_path: Path) -> None:
    assert counts(start(tmp_path, S2SAD_CACHE="0")) == "0 1"
    assert not (tmp_path / "kept").exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="directories are private there")
def test_nothing_is_read_that_others_may_write(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept").chmod(0o777)
    assert counts(start(tmp_path)) == "0 1"
    assert counts(start(tmp_path)) == "0 1"
