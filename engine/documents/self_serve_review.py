"""The quarter's review by email, for a customer whom nobody meets.

The figures are the account's; how they changed, the suggestions and what the customer may have missed are what the
playbook `self_serve_review` says, so that the email that it issues and this document never differ.
"""

from __future__ import annotations

from typing import Any

from ..calendar.schedule import due_dates
from ..language.walk import names_read, references
from ..playbook.choices import TOLD
from ..playbook.model import Action, Playbook
from ..reports.messages import Writer
from ..reports.sandbox import MessageError
from ..runs.needs import history_told
from ..runs.past import previous_due
from ..text.problem import Problem, Problems
from . import account
from .facts import Facts, Values, values_on
from .gaps import Gaps
from .plan import plan_file
from .registry import Asked, Paper
from .values import account_values, list_parts

PLAYBOOK = "self_serve_review"


def make(asked: Asked) -> Paper:
    """The email; raises `Problems` where the playbook is not there, or has no email."""
    facts = account.facts_of(asked)
    language = account.language_of(asked, facts)
    gaps = Gaps(language, plan_file(facts.account), facts.bad)
    playbook, action = _playbook(asked)
    values = account_values(asked.project, facts, None, gaps)
    told = _told_by(asked, playbook, action, facts, language)
    lists = {**list_parts(), **dict.fromkeys(playbook.choices, ()), "cta": ("label", "url")}
    return account.write(asked, {**values, **told}, gaps, lists)


def _playbook(asked: Asked) -> tuple[Playbook, Action]:
    """The playbook, and the action that sends its email."""
    for playbook in asked.project.playbooks:
        if playbook.id == PLAYBOOK:
            for action in playbook.machine.actions():
                if action.message:
                    return playbook, action
    hint = "`tenure init` lays one out; where there is one, `tenure validate` says what is wrong with it"
    raise _refusal(f"there is no good playbook `{PLAYBOOK}` that sends an email", hint)


def _told_by(
    asked: Asked, playbook: Playbook, action: Action, facts: Facts, language: str
) -> dict[str, Any]:
    """What the playbook says of the account under its own names, and the email's links."""
    names = {*playbook.choices, *_tellable(playbook)}
    before = _quarter_before(asked, playbook, facts)
    looked_back = {
        f"{name}@{'previous' if back is None else back}": before.get(name) if back is None else None
        for name, back in history_told(playbook)
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
    writer = Writer(asked.project.workspace, asked.project.playbooks)
    try:
        values = writer.values(playbook, entry, {**facts.values, **looked_back}, names, language)
    except MessageError as error:
        raise _refusal(
            f"the playbook `{PLAYBOOK}` cannot say what to suggest: {error}", None
        ) from error
    return {name: values[name] for name in (*names, "cta")}


def _quarter_before(asked: Asked, playbook: Playbook, facts: Facts) -> Values:
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
        if not references(expression) and names_read(expression) <= TOLD
    ]


def _refusal(message: str, hint: str | None) -> Problems:
    return Problems([Problem("unknown-playbook", message, None, hint)])
