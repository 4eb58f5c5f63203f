"""Generate the reference pages from the code and draw the playbooks' graphs.

The extension writes its pages before Sphinx reads any source, so that they are ordinary documents: they have
links, a search entry and a place in the table of contents. `.gitignore` lists their folders.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from .graphs import PlaybookGraph, write_graphs
from .pages import write_pages


def _write(app: Sphinx) -> None:
    write_pages(app.srcdir)
    write_graphs(app.srcdir)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the generator and the `playbook-graph` directive."""
    app.connect("builder-inited", _write)
    app.add_directive("playbook-graph", PlaybookGraph)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
