"""Run the code blocks of a Markdown page, and compare or rewrite the output it shows.

A block of `python` is run, all blocks of a page in one namespace.  The comment on the line before
a block says what else it is:

    <!-- output -->             what the last python block printed
    <!-- generated: ARGS -->    what `s2sad ARGS` prints
    <!-- not run -->            a python block that is only shown

`python -m tests.markdown PAGE...` writes the output of today into the pages.  Rules that a page
declares are gone after it.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]

BLOCK = re.compile(
    r"(?:^<!-- (?P<marker>.*?) -->\n)?^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its marker, its language, its text and where the text lies in the page."""

    marker: str
    language: str
    text: str
    start: int


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = BLOCK.finditer(page)
    return [Block(m["marker"] or "", m["language"], m["text"], m.start("text")) for m in found]


def is_run(block: Block) -> bool:
    """Whether a block is Python that a test runs."""
    return block.language == "python" and not block.marker


def printed_by(arguments: str) -> str:
    """What the command line prints for these arguments."""
    from s2sad.cli.main import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.chdir(ROOT):
        status = main(shlex.split(arguments))
    assert not status, f"s2sad {arguments} exits with {status}"
    return out.getvalue()


class Runner:
    """Runs the blocks of one page, from a file whose line numbers are those of the page."""

    def __init__(self, page: str, name: str, folder: Path) -> None:
        self.page = page
        self.module = ModuleType("__main__")
        self.output = ""
        self.file = folder / f"{name}.md"
        lines = ["\n"] * (page.count("\n") + 1)
        for block in filter(is_run, blocks(page)):
            first = page.count("\n", 0, block.start)
            body = block.text.splitlines(keepends=True)
            lines[first : first + len(body)] = body
        self.file.write_text("".join(lines))
        linecache.checkcache(str(self.file))

    def run(self, block: Block) -> None:
        """Execute a block and keep what it prints."""
        above = "\n" * self.page.count("\n", 0, block.start)
        code = compile(above + block.text, str(self.file), "exec")
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.chdir(ROOT):
            exec(code, self.module.__dict__)
        self.output = out.getvalue().replace(f"{self.file.parent}/", "")

    def expected(self, block: Block) -> str | None:
        """What a block must say, or None where it may say anything."""
        if block.marker == "output":
            return self.output
        if block.marker.startswith("generated: "):
            return printed_by(block.marker.removeprefix("generated: "))
        return None


@contextlib.contextmanager
def on_its_own(module: ModuleType) -> Iterator[None]:
    """The module is `__main__` and may declare rules; afterwards all is as it was."""
    from s2sad.rules.declaration import DECLARED
    from s2sad.rules.table import RULES, read_all

    read_all()  # what a page reads first would be gone after it
    main, rules, declared = sys.modules["__main__"], dict(RULES), dict(DECLARED)
    sys.modules["__main__"] = module
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for table, before in ((RULES, rules), (DECLARED, declared)):
            table.clear()
            table.update(before)


def refreshed(page: str, name: str, folder: Path) -> str:
    """The page with the output of today."""
    runner, parts, end = Runner(page, name, folder), [], 0
    with on_its_own(runner.module):
        for block in blocks(page):
            if is_run(block):
                runner.run(block)
            text = runner.expected(block)
            if text is not None:
                parts += [page[end : block.start], text.strip("\n") + "\n"]
                end = block.start + len(block.text)
    return "".join([*parts, page[end:]])


def main(paths: list[str]) -> None:
    """Rewrite pages in place, again where longer output has moved the lines that output names."""
    for path in map(Path, paths):
        before, page = "", path.read_text()
        with tempfile.TemporaryDirectory() as folder:
            while page != before:
                before, page = page, refreshed(page, path.stem, Path(folder))
        path.write_text(page)


if __name__ == "__main__":
    main(sys.argv[1:])
