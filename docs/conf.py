"""Configuration of the documentation's build: `sphinx-build -W docs docs/_build/html`."""

import runpy
from pathlib import Path

project = "s2sad"
author = "s2sad contributors"
copyright = "s2sad contributors"
release = version = runpy.run_path(str(Path(__file__).parents[1] / "s2sad/version.py"))[
    "__version__"
]

extensions = ["myst_parser"]
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = "s2sad"
pygments_style = "default"
