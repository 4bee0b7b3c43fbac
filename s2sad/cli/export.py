"""`s2sad export`: the derivative as one file that runs where s2sad is not installed."""

from __future__ import annotations

import difflib
import sys
import textwrap
from argparse import Namespace
from os.path import basename
from pathlib import Path

from s2sad.backend.standalone import standalone
from s2sad.cli import notation
from s2sad.cli.problems import UsageError
from s2sad.cli.show import first_of
from s2sad.cli.target import find
from s2sad.frontend.request import Request
from s2sad.frontend.source import read
from s2sad.ir.nodes import Program

MODES = ("grad", "value_and_grad", "jvp", "vjp", "jacfwd", "jacrev", "hessian", "hvp")


def run(options: Namespace) -> int:
    """Write the file, or compare it; see `s2sad export --help`."""
    if options.check and not options.output:
        raise UsageError("--check compares with a file", "say which: -o FILE")
    fun = find(options.target)
    known = notation.parse(options.types or "")
    request, program = first_of(fun, [options.mode], options, known)
    text = exported(request, program)
    if options.check:
        return _compared(Path(options.output), text)
    if not options.output:
        print(text, end="")
        return 0
    try:
        Path(options.output).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{options.output} cannot be written: {error.strerror}") from None
    return 0


def exported(request: Request, program: Program) -> str:
    """The text of the file."""
    from s2sad.pipeline import written

    made = written(request, program)
    if made.stays:
        print(made.stays, file=sys.stderr)
    source = read(request.root)
    name, file = request.root.__qualname__, basename(source.filename)
    lines = textwrap.dedent("\n".join(source.lines)).split("\n")
    title = f"The derivative `{program.entry.name}` of {name} ({file}). Written by s2sad export."
    return standalone(made.source, program.bindings, title, lines)


def _compared(path: Path, text: str) -> int:
    """0 where the file is what would be written, else 1 and what differs."""
    try:
        found = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if found == text:
        return 0
    old, new = (t.splitlines(keepends=True) for t in (found, text))
    names = (str(path), f"{path} as it would be written")
    sys.stdout.writelines(difflib.unified_diff(old, new, *names))
    return 1
