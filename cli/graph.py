"""`tenure graph`: a playbook as a Mermaid state diagram."""

from __future__ import annotations

from pathlib import Path

import click

from .options import workspace_option
from .output import write
from .project import open_project


@click.command("graph")
@click.argument("playbook")
@workspace_option
def command(playbook: str, root: Path) -> None:
    """Draw a playbook's states and transitions, in Mermaid."""
    from ..engine.reports.graph import draw_graph
    from ..engine.text.nearest import nearest

    project = open_project(root)
    found = next((known for known in project.playbooks if known.id == playbook), None)
    if found is None:
        ids = [known.id for known in project.playbooks]
        near = nearest(playbook, ids)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(ids) or 'none'}"
        raise click.BadParameter(f"no playbook {playbook!r}; {hint}", param_hint="PLAYBOOK")
    write(draw_graph(found, project.workspace.language))
