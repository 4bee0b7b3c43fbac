"""The entry point: options, exit statuses, messages.

Exit status: 0 fine; 1 a derivative differs or a function cannot be differentiated; 2 a wrong
command line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from s2sad.api import BACKENDS
from s2sad.cli import check, explain, export, show, trace
from s2sad.cli.notation import FORMS
from s2sad.cli.problems import UsageError, UserFailed
from s2sad.errors import S2SADError
from s2sad.version import __version__

BROKEN_PIPE = 141
"""What a shell reports of a command that a closed pipe ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    try:
        options = _parser().parse_args(argv)
    except SystemExit as end:  # argparse has printed its help or message
        return end.code if isinstance(end.code, int) else 2
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except UsageError as error:
        return _failed(error, 2)
    except (S2SADError, UserFailed) as error:
        return _failed(error, 1)
    except BrokenPipeError:
        # What is still buffered must not be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _failed(error: BaseException, status: int) -> int:
    print(error, file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="s2sad",
        description="Source-to-source automatic differentiation of Python and NumPy functions.",
        epilog='example: s2sad show model.py:loss --types "w: f8[:], x: f8[:, :]"',
    )
    parser.add_argument("--version", action="version", version=f"s2sad {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _show(commands)
    _check(commands)
    _trace(commands)
    _explain(commands)
    _export(commands)
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str, example: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=f"example: s2sad {name} {example}",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "target",
        metavar="FILE.py:FUNC",
        help="the function: in a file, or MODULE:FUNC; a method is Class.method",
    )
    return parser


def _modes(parser: argparse.ArgumentParser, modes: Sequence[str], default: str) -> None:
    parser.add_argument("--mode", choices=modes, default=default, help=f"default: {default}")


def _at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at",
        metavar="VALUES",
        required=True,
        help='the arguments of the call, "x=1.5, w=[1, 2, 3]": Python expressions that are '
        "evaluated, with np and math at hand; lists of numbers become arrays",
    )


def _types(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wrt", "--argnums", metavar="NAMES", help="the arguments, default: the first one"
    )
    parser.add_argument(
        "--types",
        metavar="TYPES",
        help=f'"name: type, ...", where types are {FORMS}; default: annotations and defaults, '
        "else unknown",
    )


def _backends(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--backend", choices=BACKENDS, default="numpy", help="what runs it, default: numpy"
    )


def _show(commands: Any) -> None:
    text = "print the source of the derivative of a function"
    example = 'model.py:loss --wrt w,b --types "w: f8[:], b: float, x: f8[:, :]"'
    parser = _command(commands, "show", show.run, text, example)
    _modes(parser, ["reverse", "forward", "hessian", "hvp"], "reverse")
    _types(parser)
    _backends(parser)
    parser.add_argument("--value", action="store_true", help="with the value of the function")
    parser.add_argument("--atomic", action="store_true", help="one operation a line")
    parser.add_argument("--ir", action="store_true", help="the intermediate representation")


def _check(commands: Any) -> None:
    text = "compare the derivative of a function with numeric derivatives"
    parser = _command(commands, "check", check.run, text, 'model.py:loss --at "x=1.5, w=[1, 2, 3]"')
    _at(parser)
    _modes(parser, ["both", "reverse", "forward"], "both")
    parser.add_argument("--wrt", metavar="NAMES", help="the arguments, default: all with floats")
    parser.add_argument(
        "--rtol",
        type=float,
        default=1e-6,
        metavar="E",
        help="largest relative error, default: 1e-6",
    )


def _trace(commands: Any) -> None:
    text = "print the evaluation trace: every value with its tangent or adjoint"
    parser = _command(commands, "trace", trace.run, text, 'model.py:f --at "x1=2.0, x2=7.0"')
    _at(parser)
    _modes(parser, ["reverse", "forward"], "reverse")
    parser.add_argument(
        "--wrt",
        metavar="NAMES",
        help="the arguments; default: all with floats in reverse mode, the first in forward mode",
    )
    parser.add_argument("--ascii", action="store_true", help="no lines of Unicode")
    parser.add_argument(
        "--rows", type=int, default=200, metavar="N", help="at most N rows, default: 200"
    )


def _explain(commands: Any) -> None:
    text = (
        "say of every variable what the derivative keeps of it, how many bytes, and for which line"
    )
    parser = _command(
        commands, "explain", explain.run, text, 'model.py:loss --types "w: f8[100], n: int"'
    )
    _modes(parser, ["reverse", "forward"], "reverse")
    _types(parser)
    _backends(parser)


def _export(commands: Any) -> None:
    text = "write the derivative as one file that runs where s2sad is not installed"
    parser = _command(
        commands, "export", export.run, text, 'model.py:loss --types "w: f8[n]" -o grad.py'
    )
    _modes(parser, export.MODES, "grad")
    _types(parser)
    _backends(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
    parser.add_argument(
        "--check", action="store_true", help="write nothing: fail where FILE is not what would be"
    )
