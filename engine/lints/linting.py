"""Run all lints that need no data over a project that was read."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.problems import Problem
from ..language.implication import KnownFacts
from ..playbook.model import Playbook
from ..project.content import ReadProject
from ..project.one_outcome import Fields
from ..workspace.settings import SETTINGS, WorkspaceSettings
from .case_boundaries import case_boundaries
from .dead_parts import dead_parts
from .missing_exits import missing_exit
from .same_day_contacts import same_day_contacts
from .unused_names import unused_in_playbook, unused_in_settings
from .weekend_dates import weekend_dates


def lint_project(
    read: ReadProject, *, whole: bool = True, templates: Iterable[str] = ()
) -> list[Problem]:
    """Return the warnings of all lints about the playbooks without errors.

    Args:
        read: The workspace and its playbooks.
        whole: True if all playbooks were read: only then can they be compared, and a role be unused.
        templates: The texts of the workspace's own templates of documents, which may name roles.
    """
    fields = read.catalogue.fields
    problems = [
        problem
        for playbook in read.playbooks
        for problem in lint_playbook(playbook, fields, read.workspace, read.problems)
    ]
    if whole and read.workspace is not None:
        problems += same_day_contacts(read.playbooks).values()
        # A playbook with errors may use what no other one uses.
        if not any(problem.severity == "error" for problem in read.problems):
            text = read.texts.get(SETTINGS, "")
            problems += unused_in_settings(read.workspace, read.playbooks, text, templates)
    return problems


def lint_playbook(
    playbook: Playbook,
    fields: Fields,
    workspace: WorkspaceSettings | None,
    known: Iterable[Problem],
) -> list[Problem]:
    """Return the warnings about one playbook; `known` are the problems that were reported before."""
    never_true = {each.span for each in known if each.code == "never-true" and each.span}
    parts: KnownFacts = {}
    return [
        *case_boundaries(playbook, parts),
        *dead_parts(playbook, fields, never_true, parts),
        *missing_exit(playbook),
        *unused_in_playbook(playbook),
        *weekend_dates(playbook, _places(fields, workspace)),
    ]


def _places(fields: Fields, workspace: WorkspaceSettings | None) -> list[str]:
    """Return the workspace's country or region, and the countries that accounts can have by the field catalogue."""
    own = [workspace.place] if workspace is not None else []
    country = fields.get("country")
    return [*own, *(country.values if country is not None else ())]
