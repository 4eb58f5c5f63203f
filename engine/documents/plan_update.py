"""Update of a success plan from the snapshot, in place.

Takes a project, an account and a date, and returns the file and its changes; a missing file is created. Only what is
known is written: the names of the team and the achieved values of objectives with a `field`, from the snapshot, and
the items whose actions are done, from the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from ..core.atomic_files import write_whole
from ..core.languages import choose_language
from ..core.problems import Problem
from ..evaluation.plan_actions import ids_of_items
from ..fields.yaml_values import child, list_items, text_of
from ..language.expressions import ConstantValue
from ..reports.plan_standing import plan_actions
from ..store import Reader
from ..text.input_files import read_bounded
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar
from ..workspace.plan_file import SuccessPlan, load_plan, read_plan
from ..workspace.plan_items import placed_items
from ..workspace.plan_paths import plan_file
from .account_facts import AccountFacts
from .labels import responsibilities, responsibility_text
from .yaml_edit import Splice, add_entry, apply, replace_scalar, scalar_text, yaml_value_text

if TYPE_CHECKING:
    from ..project.loading import Project

TEAM = {
    "executive_sponsor": "customer_sponsor",
    "champion": "champion",
    "day_to_day": "contact_name",
    "csm": "csm",
}
"""The catalogue's field with the name of each role of the success plan."""

_TEMPLATES = Path(__file__).with_name("templates")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Updated:
    """Result of an update: the plan's file, whether it was created, the changes as text, and warnings."""

    file: str
    created: bool
    changes: tuple[str, ...]
    warnings: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A value to write: its path as text, the map, the key, and the entry after which a new key is added."""

    path: str
    mapping: Mapping
    key: str
    value: ConstantValue
    after: Entry


def update_plan(project: Project, facts: AccountFacts, language: str) -> Updated:
    """Create the plan's file, or write the snapshot's values into it. Raise `Problems` where the plan is invalid."""
    root, account, catalogue = project.root, facts.account, project.catalogue
    plan = load_plan(root, account, catalogue)
    file = plan_file(account)
    if plan is None:
        first = starter(facts, language)
        read_plan(first, file, account, catalogue)
        (root / file).parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(root / file, first.encode("utf-8"), private=True)
        return Updated(file, True, ())
    done = _done_actions(project, facts)
    changes = list(changes_of(plan, facts, done))
    if changes:
        written = apply(plan.text, [_splice(plan, change) for change in changes])
        after = read_plan(written, file, account, catalogue)
        if list(changes_of(after, facts, done)):
            raise RuntimeError(f"{file} would not read as what was meant; it was left as it was")
        write_whole(root / file, _mark(root / file) + written.encode("utf-8"))
    return Updated(file, False, tuple(f"{c.path}: {yaml_value_text(c.value)}" for c in changes))


def _done_actions(project: Project, facts: AccountFacts) -> Collection[str]:
    """Return the ids of the actions of the account's plan that are done on the date of the facts."""
    actions = plan_actions(Reader.of(project), facts.account, facts.on)
    return {action.action_id for action in actions if action.standing == "done"}


def changes_of(
    plan: SuccessPlan, facts: AccountFacts, done: Collection[str] = ()
) -> Iterator[PlanChange]:
    """Yield the snapshot's values that the plan lacks or has differently, and the items whose actions are `done`."""
    for at, person in enumerate(list_items(plan.node.get("team")), 1):
        field = TEAM.get(text_of(child(person, "role")) or "")
        yield from _change(f"team[{at}].name", person, "name", "role", field, facts)
    for at, objective in enumerate(list_items(plan.node.get("objectives")), 1):
        path, field = f"objectives[{at}].achieved", text_of(child(objective, "field"))
        yield from _change(path, objective, "achieved", "field", field, facts)

    placed = placed_items(plan)
    ids = ids_of_items(facts.account, [each.item for each in placed])
    for id, (item, node, place) in zip(ids, placed, strict=True):
        if id in done and not item.done:
            after = next(entry for entry in node if entry.key == "due")
            yield PlanChange(f"{place}.done", node, "done", True, after)


def _change(
    path: str, node: Node, key: str, after_key: str, field: str | None, facts: AccountFacts
) -> Iterator[PlanChange]:
    value = facts.values.get(field) if field else None
    if value is None or not isinstance(node, Mapping):
        return
    if not _has_value(child(node, key), value):
        after = next(entry for entry in node if entry.key == after_key)
        yield PlanChange(path, node, key, value, after)


def _has_value(node: Node | None, value: ConstantValue) -> bool:
    """Return whether the node has that value already, in any spelling."""
    if not isinstance(node, Scalar):
        return False
    number = isinstance(value, float) and not isinstance(node.value, bool)
    return node.text == yaml_value_text(value) or (number and node.value == value)


def _splice(plan: SuccessPlan, change: PlanChange) -> Splice:
    old = change.mapping.get(change.key)
    if isinstance(old, Scalar):
        return replace_scalar(plan.text, old, change.value)
    return add_entry(plan.text, change.mapping, change.after, change.key, change.value)


def _mark(path: Path) -> bytes:
    """Return the file's byte order mark, if it has one: some editors need it."""
    return _BOM if read_bounded(path, path.name).startswith(_BOM) else b""


def choose_starter(facts: AccountFacts, workspace: str) -> str:
    """Return the language of a new plan: the customer's, who also maintains it, or else the workspace's."""
    return choose_language(starter_languages(), facts.values.get("language"), workspace)


def starter_languages() -> list[str]:
    """Return the languages that have a template of a new plan."""
    return sorted(file.name.split(".")[1] for file in _TEMPLATES.glob("plan.*.yaml"))


def starter(facts: AccountFacts, language: str) -> str:
    """Return a new plan in a language: the snapshot's team, and the rest as comments to fill in."""
    written = (_TEMPLATES / f"plan.{language}.yaml").read_text("utf-8")
    name = " ".join(facts.name.split())
    account = scalar_text(facts.account, '"')
    team = "\n".join(_person(role, facts, language) for role in responsibilities())
    printable = "".join(c if c.isprintable() else " " for c in name)
    return Template(written).substitute(account=account, name=printable, team=team)


def _person(role: str, facts: AccountFacts, language: str) -> str:
    name = facts.values.get(TEAM[role])
    shown = f"    name: {scalar_text(name)}" if name is not None else "    # name:"
    responsibility = scalar_text(responsibility_text(role, language))
    return f"  - role: {role}\n{shown}\n    responsibility: {responsibility}"
