"""The messages of actions, rendered for the accounts they go to.

In: ledger entries, the accounts' values on the date they were evaluated, playbooks and workspace;
out: letters. A letter that cannot be written says why, and stops no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Template, TemplateError

from ..language.tree import Value
from ..playbook.model import Action, Message, Playbook, Texts
from ..playbook.template import names_used
from ..workspace.model import Workspace
from .sandbox import Link, MessageError, Values, build_sandbox, render_template

Row = Mapping[str, Any]
"""One ledger entry: its columns' values by name."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered message; `problem` says why there is none."""

    language: str
    subject: str = ""
    body: str = ""
    problem: str | None = None


def fields_needed(playbooks: Iterable[Playbook], workspace: Workspace) -> frozenset[str]:
    """Every name that the playbooks' messages read, and what chooses language, money and owners."""
    names = {"account_id", "account_name", "language", "currency"}
    names |= {role.field for role in workspace.roles.values() if role.field}
    for playbook in playbooks:
        for languages in playbook.messages.values():
            for message in languages.values():
                names |= names_used(message.subject) | names_used(message.body)
    return frozenset(names)


class Writer:
    """Writes letters; keeps the compiled templates while it lives."""

    def __init__(self, workspace: Workspace, playbooks: Iterable[Playbook]) -> None:
        self._workspace = workspace
        self._playbooks = {playbook.id: playbook for playbook in playbooks}
        self._actions = {
            (playbook.id, step, action.id): action
            for playbook in self._playbooks.values()
            for step, action in _actions(playbook)
        }
        self._sandbox = build_sandbox()
        self._templates: dict[str, Template] = {}

    def write(self, entry: Row, account: Mapping[str, Value | None]) -> Letter | None:
        """The letter of one entry; None for an action that has no message."""
        if not entry["message"]:
            return None
        playbook = self._playbooks.get(entry["playbook"])
        messages = playbook.messages.get(entry["message"]) if playbook else None
        if not messages:
            return Letter("", problem=f"the playbook has no message `{entry['message']}` any more")
        language = choose_language(messages, account.get("language"), self._workspace.language)
        action = self._actions.get((entry["playbook"], entry["step"], entry["action"]))
        values = letter_values(entry, account, action, self._workspace, language)
        return self._render(messages[language], values, language)

    def _render(self, message: Message, values: Values, language: str) -> Letter:
        try:
            subject = render_template(self._compiled(message.subject), values, language)
            body = render_template(self._compiled(message.body), values, language)
        except (MessageError, TemplateError) as error:
            return Letter(language, problem=str(error))
        return Letter(language, " ".join(subject.split()), body)

    def _compiled(self, template: str) -> Template:
        if template not in self._templates:
            self._templates[template] = self._sandbox.from_string(template)
        return self._templates[template]


def _actions(playbook: Playbook) -> Iterator[tuple[str, Action]]:
    """Every action with its step, which is the state it is issued in."""
    for edge in playbook.machine.edges:
        yield from ((edge.target, action) for action in edge.actions)
    for state in playbook.machine.states:
        yield from ((state.id, action) for action in state.repeats)


def choose_language(languages: Iterable[str], account: object, workspace: str) -> str:
    """The account's language if there is that, else the workspace's, else the first by name."""
    known = sorted(languages)
    for wanted in (account, workspace):
        if isinstance(wanted, str):
            for code in (wanted, wanted.lower().split("-")[0].split("_")[0]):
                if code in known:
                    return code
    return known[0]


def letter_values(
    entry: Row,
    account: Mapping[str, Value | None],
    action: Action | None,
    workspace: Workspace,
    language: str,
) -> dict[str, Any]:
    """What a template may read: variables, then the account's fields, then the action's own words.

    Days are counted from the date that the customer is reached, after every shift.
    """
    contact_on = entry["contact_on"] or entry["due_on"]
    days = (entry["anchor"] - contact_on).days if entry["anchor"] else None
    offer = dict(action.detail).get("offer") if action else None
    sender = action.sender if action else None
    return {
        **workspace.variables,
        **account,
        "anchor": entry["anchor"],
        "contact_on": contact_on,
        "cta": _links(action, workspace, language),
        "cycle": entry["cycle"],
        "days_left": days,
        "days_past": None if days is None else -days,
        "due_on": entry["due_on"],
        "offer": in_language(offer, language, workspace) if isinstance(offer, dict) else offer,
        "owner": entry["owner"],
        "sender": role_name(sender, account, workspace) or entry["owner"],
        "title": in_language(action.title, language, workspace) if action else entry["title"],
    }


def role_name(role: str | None, account: Mapping[str, Value | None], workspace: Workspace) -> Any:
    """Who has a role for an account: a name, or None where nobody has."""
    known = workspace.roles.get(role) if role else None
    if known is None:
        return None
    return account.get(known.field) if known.field else known.name


def in_language(texts: Texts, language: str, workspace: Workspace) -> str | None:
    """A text in a language, else in the workspace's, else in the first there is."""
    return texts[choose_language(texts, language, workspace.language)] if texts else None


def _links(action: Action | None, workspace: Workspace, language: str) -> list[Link]:
    links = [workspace.links[id] for id in action.cta if id in workspace.links] if action else []
    return [
        {"label": in_language(link.label, language, workspace) or link.id, "url": link.url}
        for link in links
    ]
