"""The quarter's review by email, for customers without review meetings.

The figures are the account's. The changes, the suggestions and the unused features come from the playbook
`self_serve_review`, so that this document equals the email that the playbook issues.
"""

from __future__ import annotations

from typing import Any

from ..calendar.schedule import due_dates
from ..core.problems import Problem, Problems
from ..core.schemas import only_account
from ..language.expressions import Row
from ..language.look_back import column_of_back
from ..language.traversal import actions_read, names_read, references
from ..playbook.choices import MESSAGE_TESTS
from ..playbook.model import Action, Playbook
from ..reports.message_rendering import MessageRenderer
from ..reports.sandbox import MessageError
from ..runs.history import known_values, look_back, previous_due
from ..runs.required_fields import message_history
from ..store import Reader
from ..workspace.plan_paths import plan_file
from . import account_documents
from .account_facts import AccountFacts, values_on
from .document_context import account_values, list_parts
from .placeholders import Placeholders
from .registry import DocumentRequest, Rendered

REVIEW_PLAYBOOK = "self_serve_review"


def make_self_serve_review(request: DocumentRequest) -> Rendered:
    """Return the email. Raise `Problems` where the playbook is missing or sends no email."""
    facts = account_documents.facts_of(request)
    language = account_documents.language_of(request, facts)
    placeholders = Placeholders(language, plan_file(facts.account), facts.bad)
    playbook, action = _playbook(request)
    values = account_values(request.project, facts, None, placeholders)
    derived = _playbook_values(request, playbook, action, facts, language)
    lists = {**list_parts(), **dict.fromkeys(playbook.choices, ()), "cta": ("label", "url")}
    rendered = account_documents.fill_template(request, {**values, **derived}, placeholders, lists)
    return rendered._replace(warnings=account_documents.language_warnings_of(request, facts))


def _playbook(request: DocumentRequest) -> tuple[Playbook, Action]:
    """Return the playbook, and the action that sends its email."""
    for playbook in request.project.playbooks:
        if playbook.id == REVIEW_PLAYBOOK:
            for action in playbook.machine.actions():
                if action.message:
                    return playbook, action
    hint = "`tenure init` lays one out; where there is one, `tenure validate` says what is wrong with it"
    raise _playbook_problem(
        f"there is no good playbook `{REVIEW_PLAYBOOK}` that sends an email", hint
    )


def _playbook_values(
    request: DocumentRequest, playbook: Playbook, action: Action, facts: AccountFacts, language: str
) -> dict[str, Any]:
    """Return the playbook's values of the account by name, and the email's links."""
    names = {*playbook.choices, *_message_definitions(playbook)}
    before = _quarter_before(request, playbook, facts)
    earlier = {
        column_of_back(name, back): before.get(name) if back is None else None
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
    renderer = MessageRenderer(request.project.workspace, request.project.playbooks)
    try:
        values = renderer.values(playbook, entry, {**facts.values, **earlier}, names, language)
    except MessageError as error:
        raise _playbook_problem(
            f"the playbook `{REVIEW_PLAYBOOK}` cannot say what to suggest: {error}", None
        ) from error
    return {name: values[name] for name in (*names, "cta")}


def _quarter_before(request: DocumentRequest, playbook: Playbook, facts: AccountFacts) -> Row:
    """Return the values that `previous` reads: on a due date, what the playbook knew before; else a quarter before.

    Where the store does not say, that is the snapshot of the due date before.
    """
    if not due_dates(playbook.schedule, None, facts.on):
        return facts.before
    store = Reader.of(request.project)
    back = look_back(store, playbook.id, facts.on)
    if back.seen in back.days:
        fields = sorted(name for name, days in message_history(playbook) if days is None)
        account = only_account(facts.account)
        known = known_values(store, back.seen, playbook.id, fields, account)
        return known.row(0, named=True) if known.height else {}
    since = previous_due(playbook.schedule, facts.on)
    return values_on(request.project, facts.account, since) if since else {}


def _message_definitions(playbook: Playbook) -> list[str]:
    """Return the names under `define` that a message may use."""
    return [
        name
        for name, expression in playbook.definitions.items()
        if not (references(expression) or actions_read(expression))
        and names_read(expression) <= MESSAGE_TESTS
    ]


def _playbook_problem(message: str, hint: str | None) -> Problems:
    return Problems([Problem("unknown-playbook", message, None, hint)])
