"""The documents about one account, out of their templates: what a CSM prepares, and what its customer reads."""

from __future__ import annotations

from typing import Any

from ..reports.values import choose_language
from . import template
from .facts import Facts, find_facts, meant
from .gaps import Gaps, section
from .page import draw_page
from .plain import to_text
from .plan import load_plan, plan_file
from .registry import Asked, NoLanguage, NoSubject, Paper
from .values import account_values, list_parts


def make(asked: Asked) -> Paper:
    """The document, with what it lacks listed at the end."""
    facts = facts_of(asked)
    language = language_of(asked, facts)
    gaps = Gaps(language, plan_file(facts.account), facts.bad)
    plan = load_plan(asked.project.root, facts.account, asked.project.catalogue)
    values = account_values(asked.project, facts, plan, gaps)
    return write(asked, values, gaps, list_parts())


def facts_of(asked: Asked) -> Facts:
    """The account that was asked for; raises `NoSubject`."""
    account = asked.subject or ""
    facts = find_facts(asked.project, account, asked.on)
    if facts is None:
        near = meant(asked.project, asked.on, account)
        hint = f"; did you mean {near}?" if near else ""
        raise NoSubject(f"no account {account!r} in the newest snapshot{hint}")
    return facts


def language_of(asked: Asked, facts: Facts | None) -> str:
    """The language to write in: the one asked for, the account's, or the workspace's; raises `NoLanguage`."""
    known = template.languages(asked.project.root, asked.name)
    if asked.language is not None and asked.language not in known:
        raise NoLanguage(f"no template in {asked.language!r}; there are: {', '.join(known)}")
    theirs = facts.values.get("language") if facts and asked.document.customer else None
    return asked.language or choose_language(known, theirs, asked.project.workspace.language)


def write(asked: Asked, values: dict[str, Any], gaps: Gaps, lists: template.Parts) -> Paper:
    """The template filled, in the format asked for."""
    source = template.find(asked.project.root, asked.name, gaps.language)
    text = template.fill(source, values, lists, gaps.language)
    wanted = gaps.listed()
    if wanted:
        text = f"{text.rstrip()}\n\n{section(wanted, gaps.language)}"
    return Paper(_formatted(text, asked, gaps.language), len(wanted))


def _formatted(text: str, asked: Asked, language: str) -> str:
    """The Markdown in the format asked for; as a page, an email has its subject for a title and not within."""
    title, _, rest = text.lstrip().partition("\n")
    if asked.form == "html":
        if not asked.document.email:
            return draw_page(text, to_text(title).strip(), language)
        return draw_page(rest, to_text(title).partition(":")[2].strip(), language)
    return to_text(text) if asked.form == "text" else text
