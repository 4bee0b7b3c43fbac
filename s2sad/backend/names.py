"""Identifiers: the user's names first, everything else around them."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator

from s2sad.backend.coalesce import Classes, wanted
from s2sad.backend.fold import count_reads
from s2sad.ir.nodes import Program, Var
from s2sad.ir.walk import entry_vars, param_vars, statements, targets

_RESERVED = frozenset(dir(builtins)) | frozenset(keyword.kwlist)


class ModuleNames:
    """The names of a module: what the user calls things, and what is imported beside that."""

    def __init__(self, program: Program) -> None:
        self.globals = {name for name, _ in program.bindings}
        self.globals |= {f.name for f in (*program.callees, program.entry)}
        self.taken = set(self.globals)
        for function in (*program.callees, program.entry):
            self.taken.update(p.name for p in function.params)
            self.taken.update(v.hint for v in param_vars(function))
            for statement in statements(function.body):
                self.taken.update(v.hint for v in targets(statement))
                self.taken.update(v.hint for v in entry_vars(statement))
        if "_" in self.taken and not _reads_underscore(program):
            self.taken.discard("_")
        self.locals: set[str] = set()
        self.imported: dict[str, str] = {}

    def imports(self) -> list[str]:
        """The import statements that are needed, in the usual order."""
        lines = [_import(module, name) for module, name in self.imported.items()]
        return sorted(lines, key=lambda line: (_rank(line), line))

    def module(self, module: str, wanted: str) -> str:
        """The name under which a module, or `module:member`, is imported."""
        if module not in self.imported:
            taken = self.taken | self.locals
            name = wanted if wanted not in taken else next(_numbered(wanted, taken))
            self.taken.add(name)
            self.imported[module] = name
        return self.imported[module]

    def builtin(self, name: str) -> str:
        """A builtin, by way of its module where the user gave its name to something else."""
        return name if name not in self.taken else f"{self.module('builtins', 'builtins')}.{name}"


class LocalNames:
    """The identifiers of one function, by class of variables."""

    def __init__(self, module: ModuleNames, classes: Classes, params: Iterable[str]) -> None:
        self.classes = classes
        self.module = module
        self.params = set(params)
        self.used = set(self.params)
        self.names: dict[Var, str] = {}
        self.counters: dict[str, Iterator[str]] = {}
        for var, name in classes.fixed.items():
            self.names[classes.of(var)] = name
        for role_of_user in (True, False):
            for var in classes.variables:
                of_user = wanted(var) == ("alpha", var.hint) and " " not in var.hint
                if var.hint and of_user is role_of_user:
                    self.reserve(classes.of(var))

    def reserve(self, root: Var) -> None:
        hint = self.classes.hints[root]
        if root in self.names or hint is None:
            return
        name = tape_name(hint[1]) if root.role == "tape" else hint[1]
        name = name.replace(" ", "")  # which the names have that the compiler made for itself
        bad = not name.isidentifier() or keyword.iskeyword(name)
        if bad or name in self.used or name in self.module.globals:
            taken = self.used | self.module.taken
            name = next(_numbered(name if not bad else "v", taken))
        self.used.add(name)
        self.module.locals.add(name)
        self.names[root] = name

    def of(self, var: Var) -> str:
        """The identifier of a variable; temporaries are numbered as they appear."""
        root = self.classes.of(var)
        if root not in self.names:
            self.names[root] = self.temporary(root.role)
        return self.names[root]

    def temporary(self, role: str) -> str:
        if role == "tape" and "tape" not in self.used | self.module.taken:
            name = "tape"
        else:
            taken = self.used | self.module.taken | _RESERVED
            counter = self.counters.setdefault(role, _numbered(role, frozenset()))
            name = next(n for n in counter if n not in taken)
        self.used.add(name)
        self.module.locals.add(name)
        return name

    def unused(self) -> str:
        """A name for what nobody reads."""
        return "_" if "_" not in self.module.taken else next(_numbered("unused", self.module.taken))


def tape_name(name: str) -> str:
    """The name of a tape that functions hand on to each other: `h_tape` for `h_tape_tape`."""
    return re.sub(r"(^tape|_tape)(_tape)+(?=_\d+$|$)", r"\1", name)


def _reads_underscore(program: Program) -> bool:
    """Whether the user gave the name `_` to something that is used."""
    if any(name == "_" for name, _ in program.bindings):
        return True
    functions = (*program.callees, program.entry)
    if any(p.name == "_" for f in functions for p in f.params):
        return True
    if any(v.hint == "_" for f in functions for v in param_vars(f)):
        return True
    return any(v.hint == "_" for f in functions for v in count_reads(f))


def _numbered(stem: str, taken: Iterable[str]) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        name = f"{stem}_{number}"
        if name not in taken:
            yield name


def _import(module: str, name: str) -> str:
    origin, _, member = module.partition(":")
    if member:
        return f"from {origin} import {member}" + (f" as {name}" if name != member else "")
    return f"import {origin}" + (f" as {name}" if name != origin else "")


def _rank(line: str) -> int:
    """Standard library, then NumPy and the like, then s2sad."""
    origin = line.split()[1].split(".")[0]
    return {"builtins": 0, "math": 0, "operator": 0, "s2sad": 2}.get(origin, 1)
