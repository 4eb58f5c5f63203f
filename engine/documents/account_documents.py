"""The documents about one account, out of their templates: what a CSM prepares, and what its customer reads."""

from __future__ import annotations

from typing import Any

from ..reports.message_context import choose_language
from . import document_templates
from .account_facts import AccountFacts, read_account_facts, suggest_account
from .document_context import account_values, list_parts
from .html_page import draw_html_page
from .placeholders import Placeholders, section
from .plaintext import markdown_to_text
from .plan_file import load_plan, plan_file
from .registry import DocumentRequest, NoLanguage, NoSubject, Rendered


def make(asked: DocumentRequest) -> Rendered:
    """The document, with what it lacks listed at the end."""
    facts = facts_of(asked)
    language = language_of(asked, facts)
    gaps = Placeholders(language, plan_file(facts.account), facts.bad)
    plan = load_plan(asked.project.root, facts.account, asked.project.catalogue)
    values = account_values(asked.project, facts, plan, gaps)
    return fill_template(asked, values, gaps, list_parts())


def facts_of(asked: DocumentRequest) -> AccountFacts:
    """The account that was asked for; raises `NoSubject`."""
    account = asked.subject or ""
    facts = read_account_facts(asked.project, account, asked.on)
    if facts is None:
        near = suggest_account(asked.project, asked.on, account)
        hint = f"; did you mean {near}?" if near else ""
        raise NoSubject(f"no account {account!r} in the newest snapshot{hint}")
    return facts


def language_of(asked: DocumentRequest, facts: AccountFacts | None) -> str:
    """The language to write in: the one asked for, the account's, or the workspace's; raises `NoLanguage`."""
    known = document_templates.languages(asked.project.root, asked.name)
    if asked.language is not None and asked.language not in known:
        raise NoLanguage(f"no template in {asked.language!r}; there are: {', '.join(known)}")
    theirs = facts.values.get("language") if facts and asked.document.customer else None
    return asked.language or choose_language(known, theirs, asked.project.workspace.language)


def fill_template(
    asked: DocumentRequest,
    values: dict[str, Any],
    gaps: Placeholders,
    lists: document_templates.Parts,
) -> Rendered:
    """The template filled, in the format asked for."""
    source = document_templates.find_template(asked.project.root, asked.name, gaps.language)
    text = document_templates.render_document(source, values, lists, gaps.language)
    wanted = gaps.listed()
    if wanted:
        text = f"{text.rstrip()}\n\n{section(wanted, gaps.language)}"
    return Rendered(_formatted(text, asked, gaps.language), len(wanted))


def _formatted(text: str, asked: DocumentRequest, language: str) -> str:
    """The Markdown in the format asked for; as a page, an email has its subject for a title and not within."""
    title, _, rest = text.lstrip().partition("\n")
    if asked.form == "html":
        if not asked.document.email:
            return draw_html_page(text, markdown_to_text(title).strip(), language)
        return draw_html_page(rest, markdown_to_text(title).partition(":")[2].strip(), language)
    return markdown_to_text(text) if asked.form == "text" else text
