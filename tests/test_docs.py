"""Every Python block of the documentation runs, and every shown output is the real one."""

from pathlib import Path

import pytest

from tests.markdown import ROOT, refreshed

WORDS = """activity adjoint checkpoint cotangent emit join kink lower primal primitive recorded
rule seed split tangent tape useful varied"""

PAGES = sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page(path: Path, tmp_path: Path):
    """`python -m tests.markdown PAGE` writes the output of today."""
    page = path.read_text()
    assert refreshed(page, path.stem, tmp_path) == page


def test_every_page_is_in_the_table_of_contents():
    contents = (ROOT / "docs/index.md").read_text() + (ROOT / "docs/design/index.md").read_text()
    for path in PAGES:
        assert path.name == "index.md" or path.stem in contents, path


def test_the_glossary_has_the_words_of_the_code():
    glossary = (ROOT / "docs/glossary.md").read_text()
    for word in WORDS.split():
        assert f"\n{word}\n:" in glossary, word
