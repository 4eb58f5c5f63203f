"""`tenure graph`: a playbook as a Mermaid state diagram."""

from __future__ import annotations

from pathlib import Path

import click

from .options import workspace_option
from .output import write_output
from .workspaces import choose_playbooks, open_project


@click.command("graph")
@click.argument("playbook")
@workspace_option
def graph_command(playbook: str, root: Path) -> None:
    """Draw a playbook's states and transitions, in Mermaid."""
    from ..engine.reports.mermaid import draw_graph

    project = open_project(root)
    (chosen,) = choose_playbooks(project, playbook)
    write_output(draw_graph(chosen, project.workspace.language))
