"""Names that nothing uses: definitions, choices and messages of a playbook, roles and links of the workspace."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from ..core.problems import Fix, Problem, Span
from ..language.expressions import Alias, Field
from ..language.traversal import distinct_nodes
from ..playbook.lowering import node_entries
from ..playbook.model import Playbook
from ..project.one_outcome import conditions_in
from ..text.positions import split_lines
from ..text.yaml_nodes import Entry
from ..text.yaml_nodes import Mapping as MappingNode
from ..text.yaml_reader import read_yaml
from ..workspace.settings import SETTINGS, WorkspaceSettings


def unused_in_playbook(playbook: Playbook) -> list[Problem]:
    """Return a warning for each name under `define`, `choices` and `messages` that nothing uses."""
    messages = {action.message for action in playbook.machine.actions()}
    read = _read_by_messages(playbook)
    unused = {
        "define": playbook.definitions.keys() - _used_definitions(playbook, read),
        "choices": playbook.choices.keys() - read,
        "messages": playbook.messages.keys() - messages,
    }
    if not any(unused.values()):
        return []
    document = playbook.document.node()
    return [
        _unused(key, entry, entries, playbook.document.text)
        for key, names in unused.items()
        for entries in (node_entries(document.get(key)),)
        for entry in entries
        if entry.key in names
    ]


def _read_by_messages(playbook: Playbook) -> set[str]:
    """Return the names that messages read, also in the texts that they choose; an unused message is reported alone."""
    read: set[str] = set()
    for languages in playbook.messages.values():
        read = read.union(*(message.names for message in languages.values()))
    for name in read & playbook.choices.keys():
        read = read.union(*(item.names for item in playbook.choices[name].items))
    return read


def _used_definitions(playbook: Playbook, read: Collection[str]) -> set[str]:
    """Return the definitions that conditions and messages use, directly or through others."""
    conditions = [*conditions_in((playbook.machine, playbook.choices))]
    conditions += [playbook.definitions[name] for name in read if name in playbook.definitions]
    nodes = distinct_nodes(conditions)
    return {*read, *(node.name for node in nodes if isinstance(node, Alias))}


_WORDS = {
    "define": ("unused-definition", "no condition and no message uses it"),
    "choices": ("unused-definition", "no message uses it"),
    "messages": ("unused-message", "no action sends it"),
}


def _unused(key: str, entry: Entry, entries: Collection[Entry], text: str) -> Problem:
    code, why = _WORDS[key]
    hint = "take it out, or use it"
    if key == "messages":
        hint = f"write `message: {entry.key}` in the action that sends it, or take it out"
    # A letter is somebody's work, and is not deleted for them.
    fix = None if key == "messages" or len(entries) < 2 else _removal(entry, text)
    return Problem(
        code,
        f"`{entry.key}` is not used: {why}",
        entry.key_span,
        hint,
        severity="warning",
        fix=fix,
    )


def _removal(entry: Entry, text: str) -> Fix | None:
    """Return the removal of a key that begins its line, with the lines of its value; comments before it stay."""
    lines = split_lines(text)
    first, indent = entry.key_span.line - 1, entry.key_span.column - 1
    if lines[first][:indent].strip(" "):
        return None
    last = first + 1
    while last < len(lines) and _belongs(lines, last, indent):
        last += 1
    span = Span(entry.key_span.file, first + 1, 1, last + 1, 1)
    return Fix(span, "")


def _belongs(lines: list[str], number: int, indent: int) -> bool:
    """Return whether a line belongs to the value of a key: it, or after blank lines the next one, is indented more."""
    following = (line for line in lines[number:] if line.strip())
    line = next(following, "")
    return len(line) - len(line.lstrip(" ")) > indent


def unused_in_settings(
    workspace: WorkspaceSettings,
    playbooks: Collection[Playbook],
    settings: str,
    templates: Iterable[str],
) -> list[Problem]:
    """Return a warning for the roles that no playbook and no setting names, and one for such links.

    Args:
        workspace: The settings.
        playbooks: All playbooks, also those that are not enabled.
        settings: The text of `tenure.yaml`.
        templates: The texts of the workspace's own templates of documents.
    """
    if not playbooks:
        return []
    roles = workspace.roles.keys() - set(_roles_in(playbooks))
    if roles:
        read = _fields_in(workspace, playbooks)
        roles = {id for id in roles if workspace.roles[id].field not in read}
    links = workspace.links.keys() - {
        link for each in playbooks for action in each.machine.actions() for link in action.cta
    }
    if not (roles or links):
        return []
    document, _ = read_yaml(settings, SETTINGS)
    if not isinstance(document, MappingNode):
        return []
    others = _other_text(document, settings, templates)
    found = []
    for key, names in (("roles", roles), ("links", links)):
        left = [
            entry
            for entry in node_entries(document.get(key))
            if entry.key in names and not re.search(rf"\b{re.escape(entry.key)}\b", others)
        ]
        if left:
            found.append(_unused_settings(key, left))
    return found


def _roles_in(playbooks: Iterable[Playbook]) -> Iterator[str]:
    for playbook in playbooks:
        yield from playbook.owner
        for action in playbook.machine.actions():
            yield from action.owner
            if action.sender:
                yield action.sender
            yield from (value for _, value in action.detail if isinstance(value, str))
        for follow_up in playbook.machine.follow_ups:
            yield from (*follow_up.to, *follow_up.action.owner)


def _fields_in(workspace: WorkspaceSettings, playbooks: Collection[Playbook]) -> set[str]:
    """Return the fields that conditions or messages read: a role that is asked about is in use."""
    nodes = distinct_nodes(conditions_in((workspace, tuple(playbooks))))
    read = {node.name for node in nodes if isinstance(node, Field)}
    return read.union(*(_read_by_messages(playbook) for playbook in playbooks))


def _other_text(document: MappingNode, settings: str, templates: Iterable[str]) -> str:
    """Return the templates, and the settings without roles and links: what else may name one of them."""
    lines = split_lines(settings)
    for key in ("roles", "links"):
        node = document.get(key)
        if node is not None:
            # A map ends where the next key begins.
            first, last = node.span.line - 1, node.span.end_line - (node.span.end_column == 1)
            lines[first:last] = [""] * (last - first)
    return "\n".join([*(line.partition(" #")[0] for line in lines), *templates])


def _unused_settings(key: str, entries: list[Entry]) -> Problem:
    code, noun = ("unused-role", "role") if key == "roles" else ("unused-link", "link")
    *before, last = (f"`{entry.key}`" for entry in entries)
    listed = f"{', '.join(before)} and {last}" if before else last
    plural = "s" * (len(entries) > 1)
    return Problem(
        code,
        f"no playbook uses the {noun}{plural} {listed}",
        entries[0].key_span,
        "take out what is not needed, or name it in a playbook",
        tuple((entry.key_span, "neither is this one used") for entry in entries[1:]),
        severity="warning",
    )
