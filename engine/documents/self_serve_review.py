"""The quarter's review by email, for a customer whom nobody meets.

The figures are the account's; how they changed, the suggestions and what the customer may have missed are what the
playbook `self_serve_review` says, so that the email that it issues and this document never differ.
"""

from __future__ import annotations

from typing import Any

from ..calendar.schedule import due_dates
from ..core.problems import Problem, Problems
from ..language.traversal import names_read, references
from ..playbook.choices import MESSAGE_TESTS
from ..playbook.model import Action, Playbook
from ..reports.message_rendering import MessageRenderer
from ..reports.sandbox import MessageError
from ..runs.history import previous_due
from ..runs.required_fields import message_history
from . import account_documents
from .account_facts import AccountFacts, AccountValues, values_on
from .document_context import account_values, list_parts
from .placeholders import Placeholders
from .plan_file import plan_file
from .registry import DocumentRequest, Rendered

REVIEW_PLAYBOOK = "self_serve_review"


def make(asked: DocumentRequest) -> Rendered:
    """The email; raises `Problems` where the playbook is not there, or has no email."""
    facts = account_documents.facts_of(asked)
    language = account_documents.language_of(asked, facts)
    gaps = Placeholders(language, plan_file(facts.account), facts.bad)
    playbook, action = _playbook(asked)
    values = account_values(asked.project, facts, None, gaps)
    told = _told_by(asked, playbook, action, facts, language)
    lists = {**list_parts(), **dict.fromkeys(playbook.choices, ()), "cta": ("label", "url")}
    return account_documents.fill_template(asked, {**values, **told}, gaps, lists)


def _playbook(asked: DocumentRequest) -> tuple[Playbook, Action]:
    """The playbook, and the action that sends its email."""
    for playbook in asked.project.playbooks:
        if playbook.id == REVIEW_PLAYBOOK:
            for action in playbook.machine.actions():
                if action.message:
                    return playbook, action
    hint = "`tenure init` lays one out; where there is one, `tenure validate` says what is wrong with it"
    raise _refusal(f"there is no good playbook `{REVIEW_PLAYBOOK}` that sends an email", hint)


def _told_by(
    asked: DocumentRequest, playbook: Playbook, action: Action, facts: AccountFacts, language: str
) -> dict[str, Any]:
    """What the playbook says of the account under its own names, and the email's links."""
    names = {*playbook.choices, *_tellable(playbook)}
    before = _quarter_before(asked, playbook, facts)
    looked_back = {
        f"{name}@{'previous' if back is None else back}": before.get(name) if back is None else None
        for name, back in message_history(playbook)
    }
    entry = {
        "playbook": playbook.id,
        "step": action.step,
        "action": action.id,
        "title": None,
        "owner": None,
        "cycle": None,
        "anchor": None,
        "due_on": facts.on,
        "contact_on": facts.on,
        "evaluated_on": facts.on,
    }
    writer = MessageRenderer(asked.project.workspace, asked.project.playbooks)
    try:
        values = writer.values(playbook, entry, {**facts.values, **looked_back}, names, language)
    except MessageError as error:
        raise _refusal(
            f"the playbook `{REVIEW_PLAYBOOK}` cannot say what to suggest: {error}", None
        ) from error
    return {name: values[name] for name in (*names, "cta")}


def _quarter_before(
    asked: DocumentRequest, playbook: Playbook, facts: AccountFacts
) -> AccountValues:
    """What `previous` means: on a date of the playbook's own, the date before it; on another, a quarter before."""
    if not due_dates(playbook.schedule, None, facts.on):
        return facts.before
    since = previous_due(playbook.schedule, facts.on)
    return values_on(asked.project, facts.account, since) if since else {}


def _tellable(playbook: Playbook) -> list[str]:
    """The names under `define` that a message may use."""
    return [
        name
        for name, expression in playbook.definitions.items()
        if not references(expression) and names_read(expression) <= MESSAGE_TESTS
    ]


def _refusal(message: str, hint: str | None) -> Problems:
    return Problems([Problem("unknown-playbook", message, None, hint)])
