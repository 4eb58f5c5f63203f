"""`tenure describe`: a playbook in plain sentences."""

from __future__ import annotations

from pathlib import Path

import click

from .options import format_option, read_language, workspace_option
from .output import write_output
from .workspaces import choose_playbooks, open_project

DESCRIBE_FORMATS = ("markdown", "html")


@click.command("describe")
@click.argument("playbook")
@workspace_option
@click.option(
    "--language",
    metavar="LANGUAGE",
    callback=read_language,
    help="The language of the sentences: en, fr or de.  [default: the workspace's]",
)
@format_option(DESCRIBE_FORMATS)
def describe_command(playbook: str, root: Path, language: str | None, form: str) -> None:
    """Describe a playbook in plain sentences, for those who do not read YAML.

    Everything comes from the machine that a run follows: who enters and when, what is done at each step for whom, how
    it ends, and the meaning of each defined name. With a diagram, and a calendar of the steps.
    """
    from ..engine.foresight.description_page import description_text
    from ..engine.text.translations import shipped

    project = open_project(root)
    (chosen,) = choose_playbooks(project, playbook)
    own = shipped().match(project.workspace.language) or "en"
    write_output(description_text(project, chosen, language or own, form), form)
