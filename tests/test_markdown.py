"""The runner of Markdown pages, which other tests rely on."""

from pathlib import Path

import pytest

from tests.markdown import blocks, refreshed

PAGE = """# Page

```python
import inspect


def double(x):
    return 2 * x


print(double(21), double.__code__.co_firstlineno)
```

<!-- output -->
```text
stale
```

<!-- not run -->
```python
1 / 0
```

```python
print(inspect.getsource(double).splitlines()[-1].strip())
```

<!-- output -->
```text
```

```sh
false
```
"""


def test_blocks_know_their_marker_and_language():
    assert [(b.marker, b.language) for b in blocks(PAGE)] == [
        ("", "python"),
        ("output", "text"),
        ("not run", "python"),
        ("", "python"),
        ("output", "text"),
        ("", "sh"),
    ]


def test_output_is_refreshed_and_line_numbers_are_those_of_the_page(tmp_path: Path):
    page = refreshed(PAGE, "page", tmp_path)
    assert "```text\n42 7\n```" in page
    assert "```text\nreturn 2 * x\n```" in page
    assert refreshed(page, "page", tmp_path) == page


def test_a_failing_block_fails(tmp_path: Path):
    with pytest.raises(ZeroDivisionError):
        refreshed(PAGE.replace("<!-- not run -->\n", ""), "page", tmp_path)
