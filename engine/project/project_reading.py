"""Read a project: everything a workspace's folder says, parsed and checked at once.

Folder in; settings, catalogue, the playbooks that are good, and every problem of all files out. One bad playbook
is reported and left out. `loading` looks first whether the same texts were read before.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..core.problems import Problem
from ..fields.catalogue import Catalogue
from ..language.states_read import parse_reference
from ..language.traversal import references
from ..machine.machine_checks import check_machine
from ..machine.playbook_warnings import playbook_warnings
from ..playbook.lowering import Symbols
from ..playbook.message_languages import untranslated
from ..playbook.model import Playbook
from ..playbook.playbook_loader import draft_playbook
from ..text.input_files import read_text
from ..text.yaml_nodes import Mapping, Scalar
from ..text.yaml_reader import read_yaml
from ..workspace.settings import FIELDS_FILE, SETTINGS, ContactPolicy, WorkspaceSettings
from ..workspace.settings_loader import load_workspace
from .action_references import check_actions
from .content import ReadProject
from .essential import mark_essential
from .holdout_checks import check_holdout
from .levels import policy_with_levels, states_of_levels, with_levels
from .one_outcome import one_outcome
from .playbook_files import file_name, playbook_files
from .references import KnownPlaybooks, check_cycle, check_references, check_was


class Draft(NamedTuple):
    """A playbook file as far as it could be read."""

    file: str
    text: str | None
    playbook: Playbook | None
    problems: list[Problem]


def read_folder(root: Path, only: Iterable[Path] | None = None) -> ReadProject:
    """Read a workspace and its playbooks, or `only` these playbook files of it."""
    workspace, catalogue, problems, texts = load_workspace(root)
    around = symbols_of(workspace, catalogue)
    folder, found_wrong = playbook_files(root)
    problems = [*problems, *found_wrong]
    if only is None and not _errors(problems):
        problems += one_outcome(catalogue.fields, FIELDS_FILE, catalogue.fields)
        problems += one_outcome(workspace, SETTINGS, catalogue.fields)
    paths = folder if only is None else list(only)
    drafts = [_draft(path, root, around) for path in paths]
    asking = any(
        p.references or p.actions_read or p.was for p in (draft.playbook for draft in drafts) if p
    )
    others = [_draft(path, root, around) for path in folder if asking and path not in paths]
    known = _known([*drafts, *others])
    if workspace is not None and only is None:
        suppressing = (rule.when for rule in workspace.policy.suppress)
        asked = [each for when in suppressing for each in references(when)]
        asked += workspace.policy.exempt_references
        asked += [each for channel in workspace.channels.values() for each in channel.references]
        problems = problems + check_references(asked, known)
    playbooks: list[Playbook] = []
    for file, text, playbook, found in drafts:
        if text is not None:
            texts[file] = text
        if playbook is not None:
            found = found + _repeated(playbook, playbooks)
            found += check_references(playbook.references, known)
            found += check_actions(playbook, known)
            found += check_cycle(playbook, known)
            found += check_was(playbook, known)
            if workspace is not None:
                found += check_holdout(playbook, workspace.policy)
            if not _errors(found):
                parts = (playbook.machine, playbook.definitions, playbook.choices)
                found += one_outcome(parts, playbook.file, catalogue.fields)
                playbooks.append(playbook)
        problems = problems + found
    levels = states_of_levels(known.playbooks)
    if workspace is not None:
        workspace = policy_with_levels(workspace, levels)
    completed = (with_levels(playbook, levels) for playbook in playbooks)
    ordered = tuple(sorted(completed, key=lambda playbook: playbook.id))
    files = tuple(draft.file for draft in drafts)
    language = catalogue.fields.get("language")
    if language is not None and only is None:
        enabled = (playbook for playbook in ordered if playbook.enabled)
        problems = problems + untranslated(
            enabled, dict.fromkeys(language.values, 0), language.span
        )
    catalogue = mark_essential(catalogue, [each for each in ordered if each.enabled])
    problems = _without_follow_ups_of_settings(problems, workspace, texts.get(SETTINGS, ""))
    return ReadProject(workspace, catalogue, ordered, _without_follow_ups(problems), texts, files)


def _without_follow_ups(problems: list[Problem]) -> tuple[Problem, ...]:
    """Leave out unknown fields where the field catalogue could not be read: it may declare them."""
    if not _is_unread(problems, FIELDS_FILE):
        return tuple(problems)
    return tuple(problem for problem in problems if problem.code not in _FOLLOW_UPS)


def _without_follow_ups_of_settings(
    problems: list[Problem], workspace: WorkspaceSettings | None, text: str
) -> list[Problem]:
    """Leave out unknown names where the part of the settings that declares them is there, but wrong itself.

    A key that is unknown may be that part, misspelt.
    """
    wrong = [p for p in problems if p.span and p.span.file == SETTINGS and p.severity == "error"]
    if workspace is None or not wrong:
        return problems
    empty = {
        ("unknown-priority", "priorities"): workspace.policy.priorities
        == ContactPolicy().priorities,
        ("unknown-role", "roles"): not workspace.roles,
        ("unknown-link", "links"): not workspace.links,
        ("unknown-field", "variables"): not workspace.variables,
        ("unknown-message-name", "variables"): not workspace.variables,
    }
    misspelt = any(problem.code == "unknown-key" for problem in wrong)
    unread = {
        code for (code, key), none in empty.items() if none and (misspelt or f"{key}:" in text)
    }
    return [problem for problem in problems if problem.code not in unread]


_FOLLOW_UPS = frozenset(("unknown-field", "unknown-message-name"))
_UNREAD = frozenset(
    (
        *("bad-character", "not-a-file", "not-utf-8", "tab-indent", "too-deep"),
        *("too-large", "unreadable-file", "yaml-feature", "yaml-syntax"),
    )
)


def _is_unread(problems: Iterable[Problem], file: str) -> bool:
    """Return whether a file could not be read at all."""
    return any(p.span is not None and p.span.file == file and p.code in _UNREAD for p in problems)


def _draft(path: Path, root: Path, around: Symbols) -> Draft:
    """One file, with what is wrong with it by itself."""
    file = file_name(path, root)
    text, problems = _text(path, file)
    if text is None:
        return Draft(file, None, None, problems)
    playbook, problems = checked_playbook(text, file, around)
    return Draft(file, text, playbook, problems)


def checked_playbook(
    text: str, file: str, around: Symbols
) -> tuple[Playbook | None, list[Problem]]:
    """Return the playbook of a text, as far as it could be read, and each problem of the text alone."""
    playbook, problems = draft_playbook(text, file, around)
    if playbook is not None:
        problems = problems + check_machine(playbook, conditions=not _errors(problems))
        problems += [] if _errors(problems) else playbook_warnings(playbook)
    return playbook, problems


def _known(drafts: Iterable[Draft]) -> KnownPlaybooks:
    """Return the playbooks of these files; of bad files only the ids."""
    playbooks: dict[str, Playbook | None] = {}
    complete = True
    for draft in drafts:
        id = draft.playbook.id if draft.playbook else _id(draft)
        if id is None:
            complete = False
        else:
            playbooks.setdefault(id, draft.playbook)
    return KnownPlaybooks(playbooks, complete)


def _id(draft: Draft) -> str | None:
    """Return the id of a file that has errors, if that much can be read."""
    node = read_yaml(draft.text, draft.file)[0] if draft.text is not None else None
    id = node.get("playbook") if isinstance(node, Mapping) else None
    return id.text if isinstance(id, Scalar) and parse_reference(id.text) else None


def symbols_of(workspace: WorkspaceSettings | None, catalogue: Catalogue) -> Symbols:
    """Return the names that the playbooks of a workspace may refer to."""
    fields = {name: (spec.type, spec.values) for name, spec in catalogue.fields.items()}
    if workspace is None:
        return Symbols(fields, (), (), ("other",), events=catalogue.event_types())
    return Symbols(
        fields,
        tuple(workspace.roles),
        tuple(workspace.links),
        workspace.policy.priorities,
        workspace.constants,
        workspace.start,
        workspace.calendar(),
        catalogue.event_types(),
        workspace.people is not None,
    )


def _errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _text(path: Path, file: str) -> tuple[str | None, list[Problem]]:
    return read_text(path, file, hint="check the path and its permissions")


def _repeated(playbook: Playbook, before: list[Playbook]) -> list[Problem]:
    return [
        Problem(
            "repeated-id",
            f"there is another playbook called `{playbook.id}`, in {other.file}",
            playbook.span,
            "give one of them another id; the ledger would take them for one",
            ((other.span, "the other one"),),
        )
        for other in before
        if other.id == playbook.id
    ]
