"""Draw a shipped playbook's graph as SVG while the site is built, so that the page needs no script and no network."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path
from string import Template
from typing import ClassVar

import mmdr
from docutils import nodes
from docutils.parsers.rst import Directive
from tenure.engine.playbook.load import load_playbook
from tenure.engine.playbook.lowering import Surroundings
from tenure.engine.reports.graph import draw_graph
from tenure.engine.runs.project import surroundings
from tenure.engine.workspace.load import load_workspace

FITS = 1000
"""Pixels of width up to which a drawing is scaled to the page; a wider one scrolls."""


@cache
def _settings() -> Surroundings:
    """Return the names of the workspace that `tenure init` creates: its roles, links, variables and fields."""
    templates = resources.files("tenure.cli").joinpath("templates")
    with tempfile.TemporaryDirectory() as folder:
        for file in ("tenure.yaml", "fields.yaml"):
            text = Template(templates.joinpath(file).read_text("utf-8"))
            Path(folder, file).write_text(text.safe_substitute(name="Demo"), "utf-8")
        workspace, catalogue, _, _ = load_workspace(Path(folder))
    return surroundings(workspace, catalogue)


def mermaid(name: str) -> str:
    """Return a shipped playbook's graph in Mermaid, as `tenure graph` prints it; raise `KeyError` if it has errors."""
    text = resources.files("tenure.playbooks").joinpath(f"{name}.yaml").read_text("utf-8")
    playbook, problems = load_playbook(text, f"{name}.yaml", _settings())
    if playbook is None:
        raise KeyError(f"{name}: {problems[0].message}")
    return draw_graph(playbook, "en")


def svg(name: str) -> str:
    """Return the graph as an SVG element of its natural width."""
    source = re.sub(r"\A---\n.*?^---\n", "", mermaid(name), flags=re.DOTALL | re.MULTILINE)
    drawn = str(mmdr.render(source.replace("direction LR", "direction TB")).svg())
    width = re.search(r"max-width:([0-9.]+)px", drawn)
    if width is None:
        raise ValueError(f"the drawing of {name} has no width")
    natural = round(float(width[1]))
    size = f'width="{natural}"' if natural > FITS else f'width="{natural}" class="fits"'
    drawn = drawn.replace(' class="statediagram"', "", 1)
    return drawn.replace('width="100%"', size, 1)


class PlaybookGraph(Directive):
    """`{playbook-graph} NAME`: the drawing, and below it the Mermaid text in a block that opens."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the drawing as raw HTML, and the text for every other builder."""
        name = self.arguments[0]
        title = f"The states of the playbook {name} and the transitions between them"
        drawn = f'<div class="playbook-graph" role="img" aria-label="{title}" tabindex="0">{svg(name)}</div>'
        text = nodes.literal_block(mermaid(name), mermaid(name), language="text")
        before = nodes.raw(
            "", "<details><summary>The same graph in Mermaid</summary>", format="html"
        )
        return [
            nodes.raw("", drawn, format="html"),
            before,
            text,
            nodes.raw("", "</details>", format="html"),
        ]
