"""Draw the shipped playbooks' graphs as SVG files while the site is built: a page needs no script and no network.

A drawing is simpler than the Mermaid text that `tenure graph` prints: an arrow that leaves every state is drawn once,
and so are the openings. The whole text is below the drawing, in a block that opens.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path
from typing import ClassVar

import mmdr
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from tenure.cli.init import TEMPLATES, settings_text
from tenure.engine.playbook.lowering import Symbols
from tenure.engine.playbook.playbook_loader import load_playbook
from tenure.engine.project.project_reading import symbols_of
from tenure.engine.reports.mermaid import draw_graph
from tenure.engine.workspace.settings_loader import load_workspace

from .simplify import simplify

FOLDER = "_static/graphs"
LABEL_FILL = ("hsl(-120, 0%, 80%)", "#e3ebe8")
LABEL_FONT = ("font-size:14px", "font-size:12.5px")


@cache
def _settings() -> Symbols:
    """Return the names of the workspace that `tenure init --demo` creates: its roles, links, variables and fields."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "tenure.yaml").write_text(settings_text("Demo"), "utf-8")
        shutil.copy(TEMPLATES / "demo" / "fields.yaml", folder)
        workspace, catalogue, _, _ = load_workspace(Path(folder))
    return symbols_of(workspace, catalogue)


def shipped() -> dict[str, str]:
    """Return the text of every shipped playbook by its id."""
    files = [f for f in resources.files("tenure.playbooks").iterdir() if f.name.endswith(".yaml")]
    return {
        f.name.removesuffix(".yaml"): f.read_text("utf-8")
        for f in sorted(files, key=lambda f: f.name)
    }


@cache
def mermaid(name: str) -> str:
    """Return a playbook's graph in Mermaid, as `tenure graph` prints it; raise `ValueError` if it has errors."""
    playbook, problems = load_playbook(shipped()[name], f"{name}.yaml", _settings())
    if playbook is None:
        raise ValueError(f"{name}: {problems[0].message}")
    return draw_graph(playbook, "en")


def svg(name: str) -> str:
    """Return the drawing as an SVG file's text, in its natural size."""
    drawn = (
        str(mmdr.render(simplify(mermaid(name))).svg()).replace(*LABEL_FILL).replace(*LABEL_FONT)
    )
    width = re.search(r"max-width:([0-9.]+)px", drawn)
    if width is None:
        raise ValueError(f"the drawing of {name} has no width")
    return drawn.replace('width="100%"', f'width="{round(float(width[1]))}"', 1)


def write_graphs(docs: str | os.PathLike[str]) -> None:
    """Write the drawing of every shipped playbook below the site's static files."""
    folder = Path(docs) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name in shipped():
        path, text = folder / f"{name}.svg", svg(name)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


class PlaybookGraph(SphinxDirective):
    """`{playbook-graph} NAME`: the drawing, which leads to its full size, and below it the Mermaid text."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the drawing as raw HTML, and the text for every other builder."""
        name = self.arguments[0]
        self.env.note_dependency(__file__)
        self.env.note_dependency(str(resources.files("tenure.playbooks").joinpath(f"{name}.yaml")))
        address = "../" * self.env.docname.count("/") + f"{FOLDER}/{name}.svg"
        about = f"The states of the playbook {name}, and the transitions between them"
        drawn = (
            f'<a class="playbook-graph" href="{address}" title="Open in full size">'
            f'<img src="{address}" alt="{about}"></a>'
        )
        text = nodes.literal_block(mermaid(name), mermaid(name), language="text")
        summary = "<details><summary>The whole graph, in Mermaid</summary>"
        return [
            nodes.raw("", drawn, format="html"),
            nodes.raw("", summary, format="html"),
            text,
            nodes.raw("", "</details>", format="html"),
        ]
