"""The pages of a digest: plain text, Markdown and HTML for a phone, in the reader's language.

The templates are shipped with the engine. Everything that comes from data is escaped in HTML and in Markdown.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ..documents.localizer import Localizer
from ..reports.listing import markdown_text
from ..text.translations import translate
from .digest import STALE_DAYS, URGENCIES, Digest, DigestAccount, DigestItem, DigestLetter

_TEMPLATES = Path(__file__).with_name("templates")
_LONGEST_MAILTO = 1900
"""Characters of an address that mail programs and browsers take."""


def digest_subject(digest: Digest, language: str) -> str:
    """Return the subject of the digest's email."""
    t = Localizer(language, "digest")
    counts = ", ".join(text for _, text in _counts(digest, t)) or t("nothing")
    return t("subject", title=t("title"), date=t.date(digest.on), counts=counts)


def draw_digest(digest: Digest, form: str, language: str, workspace: str) -> str:
    """Return the digest as `html`, `markdown` or `text`, in a language that has a catalogue."""
    t = Localizer(language, "digest")
    return digest_template(form).render(d=_values(digest, t, workspace), t=t)


@cache
def digest_template(form: str) -> Template:
    """Return the template of the digest as `html`, `markdown` or `text`."""
    ending = {"html": "html", "markdown": "md", "text": "txt"}[form]
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=form == "html",
        undefined=StrictUndefined,
        finalize=_as_markdown if form == "markdown" else None,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    return environment.get_template(f"digest.{ending}")


def _as_markdown(value: Any) -> Any:
    """Escape what a value has of Markdown, on one line."""
    return markdown_text(value) if isinstance(value, str) else value


def _counts(digest: Digest, t: Localizer) -> list[tuple[str, str]]:
    return [
        (urgency, t(urgency, number=t.number(number)))
        for urgency in URGENCIES
        if (number := getattr(digest, urgency))
    ]


def _values(digest: Digest, t: Localizer, workspace: str) -> dict[str, Any]:
    counts = _counts(digest, t)
    return {
        "heading": f"{t('title')}, {t.date(digest.on)}",
        "counts": " · ".join(text for _, text in counts),
        "count_parts": [{"urgency": urgency, "text": text} for urgency, text in counts],
        "accounts": [_account(account, digest, t) for account in digest.accounts],
        "notes": _notes(digest, t),
        "postponed": [
            {"account": each.account, "title": each.title, "reason": each.reason}
            for each in digest.postponed
        ],
        "more_postponed": digest.more_postponed
        and t("more_postponed", actions=t.count("actions", digest.more_postponed)),
        "about": t("about", workspace=workspace),
    }


def _notes(digest: Digest, t: Localizer) -> list[str]:
    notes = []
    if digest.sent:
        notes.append(t("sent", letters=t.count("letters", digest.sent)))
    if digest.left_out:
        notes.append(t("left_out", actions=t.count("actions", digest.left_out)))
    if digest.stale:
        actions = t.count("actions", digest.stale)
        notes.append(t("stale", actions=actions, days=t.number(STALE_DAYS)))
    return notes


def _account(account: DigestAccount, digest: Digest, t: Localizer) -> dict[str, Any]:
    return {
        "id": account.account_id,
        "name": account.name,
        "line": "-" * (len(account.name) + len(account.account_id) + 3),
        "urgency": account.urgency,
        "actions": [_item(item, digest, t) for item in account.items],
    }


def _item(item: DigestItem, digest: Digest, t: Localizer) -> dict[str, Any]:
    due = t("due", date=t.day(item.due_on) if _is_near(item, digest) else t.date(item.due_on))
    if item.urgency == "overdue":
        due = f"{due}, {t.count('days_overdue', item.days_overdue)}"
    return {
        "title": item.title,
        "kind": translate("kinds", item.kind, t.language),
        "urgency": item.urgency,
        "badge": t(f"is_{item.urgency}"),
        "due": due,
        "reason": item.reason,
        "details": item.details,
        "checklist": [line.removeprefix("- [ ] ") for line in item.details],
        "instead_of": item.instead_of and t("instead_of", owner=item.instead_of),
        "letter": item.letter and _letter(item.letter, t),
    }


def _is_near(item: DigestItem, digest: Digest) -> bool:
    return abs((item.due_on - digest.on).days) < 150


def _letter(letter: DigestLetter, t: Localizer) -> dict[str, Any]:
    return {
        "to": letter.recipient or t("no_address"),
        "subject": letter.subject,
        "body": letter.body,
        "lines": letter.body.splitlines(),
        "problem": letter.problem and t("letter_problem", problem=letter.problem),
        "mailto": _mailto(letter),
    }


def _mailto(letter: DigestLetter) -> str | None:
    """Return an address that opens the letter in the reader's mail program; without its text if that is too long."""
    if letter.recipient is None:
        return None
    to = f"mailto:{quote(letter.recipient, safe='@')}"
    body = "\r\n".join(letter.body.splitlines())
    whole = f"{to}?{urlencode({'subject': letter.subject, 'body': body}, quote_via=quote)}"
    if len(whole) <= _LONGEST_MAILTO:
        return whole
    return f"{to}?{urlencode({'subject': letter.subject}, quote_via=quote)}"
