"""What holds for all tests: a disk cache of their own, which leaves the user's alone."""

import os
import shutil
import tempfile
from typing import Any

import pytest

OWN_CACHE = tempfile.mkdtemp(prefix="s2sad-tests-") if "S2SAD_CACHE_DIR" not in os.environ else None

if OWN_CACHE is not None:
    os.environ["S2SAD_CACHE_DIR"] = OWN_CACHE  # the worker processes of pytest-xdist inherit it


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the cache, in the process that made it."""
    if OWN_CACHE is not None:
        shutil.rmtree(OWN_CACHE, ignore_errors=True)


@pytest.fixture
def jax() -> Any:
    """JAX in double precision; the test is left out where it is not installed (`[bench]`)."""
    module = pytest.importorskip("jax")
    module.config.update("jax_enable_x64", True)
    return module
