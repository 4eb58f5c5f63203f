"""Configure Sphinx for Tenure's documentation: `make docs` builds it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from tenure.engine.version import VERSION

project = "Tenure"
author = "The Tenure authors"
version = release = VERSION

extensions = ["myst_parser", "tenure_docs.extension"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_ext", "examples/**"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

html_theme = "furo"
html_title = f"Tenure {VERSION}"
html_static_path = ["_static"]
html_css_files = ["tenure.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6e4f", "color-brand-content": "#0b6e4f"},
    "dark_css_variables": {"color-brand-primary": "#5fd3a8", "color-brand-content": "#5fd3a8"},
}
