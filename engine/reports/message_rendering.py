"""Rendering of actions' messages for their accounts.

Takes ledger entries, the accounts' values on the evaluation date, playbooks and the workspace, and returns rendered
messages. A message that cannot be rendered has the reason in `problem`; the others are rendered anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from jinja2 import Template, TemplateError

from ..core.ids import ACCOUNT_ID
from ..core.languages import choose_language, choose_text
from ..playbook.model import Choice, Message, Playbook
from ..text.printable import fit_words
from ..workspace.settings import WorkspaceSettings
from .bounded import UNREADABLE
from .message_context import (
    Account,
    DefineRow,
    choose_texts,
    define_row,
    defined,
    message_values,
)
from .message_fields import fields_of_messages, names_of
from .sandbox import MessageError, TemplateValues, build_sandbox, render_template


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A rendered message; `problem` is the reason why it could not be rendered."""

    language: str
    subject: str = ""
    body: str = ""
    problem: str | None = None


def fields_needed(playbooks: Iterable[Playbook], workspace: WorkspaceSettings) -> frozenset[str]:
    """Return every field that messages read, or that determines language, currency and owners."""
    names = {ACCOUNT_ID, "account_name", "language", "currency"}
    names |= {role.field for role in workspace.roles.values() if role.field}
    return frozenset(names).union(*map(fields_of_messages, playbooks))


class MessageRenderer:
    """Renderer of messages, with a cache of compiled templates."""

    def __init__(self, workspace: WorkspaceSettings, playbooks: Iterable[Playbook]) -> None:
        self._workspace = workspace
        self._playbooks = {playbook.id: playbook for playbook in playbooks}
        self._actions = {
            (playbook.id, action.step, action.id): action
            for playbook in self._playbooks.values()
            for action in playbook.machine.actions()
        }
        self._tiers = {
            (playbook.id, tier.step): tier
            for playbook in self._playbooks.values()
            for tier in playbook.machine.tiers
        }
        self._sandbox = build_sandbox()
        self._templates: dict[str, Template] = {}
        self._names: dict[tuple[str, str, str], frozenset[str]] = {}

    def write(self, entry: DefineRow, account: Account) -> RenderedMessage | None:
        """Return the message of an entry; None for an action without a message."""
        if not entry["message"]:
            return None
        playbook = self._playbooks.get(entry["playbook"])
        messages = playbook.messages.get(entry["message"]) if playbook else None
        if playbook is None or not messages:
            return RenderedMessage(
                "", problem=f"the playbook has no message `{entry['message']}` any more"
            )
        language = choose_language(messages, account.get("language"), self._workspace.language)
        names = self._names_of(playbook, entry["message"], language)
        try:
            values = self.values(playbook, entry, account, names, language)
            return self._render(messages[language], values, language)
        except (MessageError, TemplateError) as error:
            return RenderedMessage(language, problem=str(error))

    def values(
        self,
        playbook: Playbook,
        entry: DefineRow,
        account: Account,
        names: Collection[str],
        language: str,
    ) -> dict[str, Any]:
        """Return the values that a template may read of an entry.

        Args:
            playbook: The entry's playbook.
            entry: A ledger entry.
            account: The account's values.
            names: The definitions and choices of the playbook to include.
            language: The language of the message.

        Raises:
            MessageError: A text under `choices` cannot be rendered.
        """
        action = self._actions.get((playbook.id, entry["step"], entry["action"]))
        tier = self._tiers.get((playbook.id, entry["step"]))
        row = define_row(entry, account)
        values = {
            **playbook.defaults,
            **message_values(entry, account, action, tier, self._workspace, language),
            **defined(playbook, names, row),
        }
        for name in sorted(playbook.choices.keys() & set(names)):
            chosen = choose_texts(playbook.choices[name], row)
            values[name] = [self._choice_text(choice, values, language) for choice in chosen]
        return values

    def _choice_text(self, choice: Choice, values: TemplateValues, language: str) -> str:
        """Return the text of a choice on one line, in the message's language where the choice has it."""
        template = choose_text(choice.say, language, self._workspace.language)
        return " ".join(render_template(self._compiled(template), values, language).split())

    def _render(self, message: Message, values: TemplateValues, language: str) -> RenderedMessage:
        subject = render_template(self._compiled(message.subject), values, language)
        body = render_template(self._compiled(message.body), values, language)
        return RenderedMessage(language, fit_words(subject), body)

    def _names_of(self, playbook: Playbook, message: str, language: str) -> frozenset[str]:
        key = (playbook.id, message, language)
        if key not in self._names:
            self._names[key] = names_of(playbook.messages[message][language], playbook)
        return self._names[key]

    def _compiled(self, template: str) -> Template:
        if template not in self._templates:
            try:
                self._templates[template] = self._sandbox.from_string(template)
            except UNREADABLE as error:
                raise MessageError("the message is nested too deeply to be read") from error
        return self._templates[template]
