"""The function that FILE.py:FUNC or MODULE:FUNC names."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from s2sad.cli.problems import UsageError, user_code

_ours: set[str] = set()
"""Names in `sys.modules` of files loaded here, which may be loaded again."""


def find(target: str) -> Callable[..., Any]:
    """The function; its module is imported, a method is bound to a new object of its class.

    Raises UsageError where there is no such file, module or function, UserFailed where the module
    cannot be imported.
    """
    where, colon, path = target.rpartition(":")
    if not colon or not where or not path:
        raise UsageError(f"{target!r} names no function", _advice(target))
    module = _from_file(Path(where)) if _is_file(where) else _from_name(where)
    found: Any = module
    for i, name in enumerate(path.split(".")):
        found = _member(found, name, where if i == 0 else path)
    if inspect.isclass(found) or not callable(found):
        raise UsageError(f"{path} in {where} is not a function", _functions(module))
    return found  # type: ignore[no-any-return]


def _advice(target: str) -> str:
    if _is_file(target) and Path(target).is_file():
        return f"write {target}:FUNCTION"
    return "write FILE.py:FUNCTION or MODULE:FUNCTION"


def _is_file(where: str) -> bool:
    return where.endswith(".py") or "/" in where or "\\" in where


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        near = difflib.get_close_matches(path.name, _neighbours(path.parent), 3)
        hint = f"did you mean {' or '.join(str(path.parent / n) for n in near)}?" if near else ""
        raise UsageError(f"there is no file {path}", hint)
    path = path.resolve()
    root, name = _package(path)
    if root not in sys.path:
        sys.path.insert(0, root)
    if "." in name:
        return _imported(name)
    if name in sys.modules and name not in _ours:
        name = f"_{name}"  # a file called random.py must not replace the library's module
    return _executed(path, name)


def _neighbours(folder: Path) -> list[str]:
    return [p.name for p in folder.glob("*.py")] if folder.is_dir() else []


def _package(path: Path) -> tuple[str, str]:
    """Where imports of the file start, and its dotted name from there."""
    names, folder = [path.stem], path.parent
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    return str(folder), ".".join(names)


def _executed(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    _ours.add(name)
    linecache.checkcache(str(path))
    with user_code(f"importing {path.name}", str(path)):
        spec.loader.exec_module(module)
    return module


def _from_name(name: str) -> ModuleType:
    if "" not in sys.path:
        sys.path.insert(0, "")
    return _imported(name)


def _imported(name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")) or not _exists(name):
        raise UsageError(
            f"there is no module {name!r}", "for a file, write its name with .py: FILE.py:FUNCTION"
        )
    with user_code(f"importing {name}"):
        return importlib.import_module(name)


def _exists(name: str) -> bool:
    """Whether a module can be found; its packages are imported for that."""
    package = name.rpartition(".")[0]
    if package:
        if not _exists(package):
            return False
        with user_code(f"importing {package}"):
            importlib.import_module(package)
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except (ValueError, ModuleNotFoundError):  # no package, or a module without a spec
        return False


def _member(holder: Any, name: str, where: str) -> Any:
    if inspect.isclass(holder):
        holder = _bound(holder, name, where)
    if not hasattr(holder, name):
        known = [n for n, v in inspect.getmembers(holder) if callable(v) and not n.startswith("__")]
        near = difflib.get_close_matches(name, known, 3)
        hint = f"did you mean {' or '.join(near)}?" if near else _functions(holder)
        raise UsageError(f"there is no function {name!r} in {where}", hint)
    return getattr(holder, name)


def _bound(cls: type, name: str, where: str) -> Any:
    """The class for what needs no object, else an object that is made without arguments."""
    plain = inspect.getattr_static(cls, name, None)
    if plain is None or isinstance(plain, staticmethod | classmethod) or inspect.isclass(plain):
        return cls
    try:
        inspect.signature(cls).bind()
    except (TypeError, ValueError):
        raise UsageError(
            f"{cls.__name__} in {where} needs arguments, so there is no object to take {name} of",
            "write a function that makes the object and calls the method",
        ) from None
    with user_code(f"{cls.__name__}()"):
        return cls()


def _functions(holder: Any) -> str:
    own = getattr(holder, "__name__", None)
    found = [
        n
        for n, v in vars(holder).items()
        if inspect.isfunction(v) and v.__module__ == own and not n.startswith("_")
    ]
    return f"it has {', '.join(found[:12])}" if found else ""
