"""The README: its commands, its Python blocks, and the derivative it shows."""

import re
import subprocess
from pathlib import Path

from tests.markdown import ROOT, blocks, refreshed

README = (ROOT / "README.md").read_text()


def command(marker: str) -> str:
    """The one line of shell after a marker."""
    (block,) = [block for block in blocks(README) if block.marker == marker]
    (line,) = block.text.splitlines()
    return line


def test_blocks_run_and_output_is_real(tmp_path: Path):
    """`python -m tests.markdown README.md` writes the output of today."""
    assert refreshed(README, "README", tmp_path) == README


def test_commands_are_one_line_and_make_their_own_environment():
    for marker in ("demonstration command", "test command"):
        line = command(marker)
        assert line.startswith("python3 -m venv .venv && .venv/bin/pip install ")
        assert all(part.split()[0].startswith((".venv/", "python3")) for part in line.split(" && "))
    assert command("demonstration command").endswith("examples/iris.py")
    assert "-m pytest" in command("test command")


def test_ci_runs_the_test_command_literally():
    """The lines of .ci/run that read the command give the line a reader would paste."""
    script = (ROOT / ".ci/run").read_text()
    (extraction,) = re.findall(r"^tests=\$\((awk .*)\)$", script, re.MULTILINE)
    out = subprocess.run(extraction, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert out.stdout == command("test command") + "\n"
    assert 'bash -c "$tests"' in script


def test_the_derivative_shown_is_emitted():
    shown = [block.text for block in blocks(README) if block.marker == "output"]
    assert any("Written by s2sad" in text for text in shown)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (ROOT / target).exists(), target
