"""The managers to whom open actions are escalated, read from the table of people once a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..core.problems import Problem, Problems
from ..playbook.model import Playbook
from ..workspace.settings import WorkspaceSettings

if TYPE_CHECKING:
    from ..sources.people_table import PeopleTable

MANAGERS_READ = "people: manager"
"""The name of the managers among the tables of a run record; no table of events can have it."""


@dataclass(frozen=True, slots=True)
class Managers:
    """The managers by the `name_key` of the person, and warnings about the table."""

    by_person: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    read: bool = False
    """False if nothing is escalated to a manager, or there is no table."""

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the managers by `MANAGERS_READ`, for the run record; empty if they were not read."""
        if not self.read:
            return {}
        content = json.dumps(dict(self.by_person), ensure_ascii=False, sort_keys=True)
        return {MANAGERS_READ: hashlib.sha256(content.encode()).hexdigest()}


def read_managers(workspace: WorkspaceSettings, playbooks: Iterable[Playbook]) -> Managers:
    """Return the managers, if one of the playbooks escalates to them.

    A table that cannot be read stops no run: escalations then go where they go if no manager is known.
    """
    if workspace.people is None or not escalates_to_managers(playbooks):
        return Managers()
    try:
        # Imported here because few workspaces have managers, and it reads the settings' shapes.
        from ..sources.people_table import load_people

        people, warnings = load_people(workspace)
    except Problems as error:
        found = (replace(problem, severity="warning") for problem in error.problems)
        return Managers(warnings=tuple(found), read=True)
    return Managers(people.managers(), tuple(warnings), read=True)


def changed_managers(
    workspace: WorkspaceSettings, playbooks: Iterable[Playbook], recorded: Mapping[str, str]
) -> list[str]:
    """Return that the managers are not those of the run that recorded these digests; empty if they are."""
    before = recorded.get(MANAGERS_READ)
    now = read_managers(workspace, playbooks).digests().get(MANAGERS_READ)
    if before is None or now is None or before == now:
        return []
    return ["the managers in the table of people changed"]


def check_managers(people: PeopleTable, playbooks: Iterable[Playbook]) -> list[Problem]:
    """Return a warning for each playbook that escalates to managers, if the table of people has none."""
    if people.managers():
        return []
    spans = {
        playbook.id: next(each.action.span for each in playbook.machine.follow_ups if each.to)
        for playbook in playbooks
        if escalates_to_managers([playbook])
    }
    message = "`escalate` names the manager of the owner, and the table of people has no manager"
    hint = "fill its column `manager`, or name another role: `to: [manager, leadership]`"
    return [
        Problem("bad-people", message, span, hint, severity="warning") for span in spans.values()
    ]


def escalates_to_managers(playbooks: Iterable[Playbook]) -> bool:
    """Return whether one of the playbooks escalates open actions to the manager of their owner."""
    return any(each.to for playbook in playbooks for each in playbook.machine.follow_ups)
