"""Documents about one account that are made from templates, for CSMs and customers."""

from __future__ import annotations

from typing import Any

from ..core.languages import choose_language
from ..core.problems import Problem
from ..runs.language_checks import language_warnings, unknown_languages
from ..workspace.plan_file import load_plan
from ..workspace.plan_paths import plan_file
from . import document_templates
from .account_facts import AccountFacts, read_account_facts, suggest_account
from .document_context import account_values, list_parts
from .html_page import draw_html_page
from .placeholders import Placeholders, section
from .plaintext import markdown_to_text
from .registry import DocumentRequest, NoSubject, Rendered, requested_language


def make_account_document(request: DocumentRequest) -> Rendered:
    """Return the document, with its missing values listed at the end."""
    facts = facts_of(request)
    language = language_of(request, facts)
    placeholders = Placeholders(language, plan_file(facts.account), facts.bad)
    plan = load_plan(request.project.root, facts.account, request.project.catalogue)
    values = account_values(request.project, facts, plan, placeholders)
    rendered = fill_template(request, values, placeholders, list_parts())
    return rendered._replace(warnings=language_warnings_of(request, facts))


def facts_of(request: DocumentRequest) -> AccountFacts:
    """Return the requested account. Raise `NoSubject` where it does not exist."""
    account = request.subject or ""
    facts = read_account_facts(request.project, account, request.on)
    if facts is None:
        near = suggest_account(request.project, request.on, account)
        hint = f"; did you mean {near}?" if near else ""
        raise NoSubject(f"no account {account!r} in the newest snapshot{hint}")
    return facts


def language_of(request: DocumentRequest, facts: AccountFacts | None) -> str:
    """Return the requested language, the account's or the workspace's. Raise `NoLanguage` without a template."""
    known = document_templates.languages(request.project.root, request.name)
    requested = requested_language(request, known, "template")
    account_language = facts.values.get("language") if facts and request.document.customer else None
    return requested or choose_language(known, account_language, request.project.workspace.language)


def language_warnings_of(request: DocumentRequest, facts: AccountFacts) -> list[Problem]:
    """Return a warning if the document should be in the account's language, and that is not known."""
    if request.language is not None or not request.document.customer:
        return []
    return language_warnings(unknown_languages({facts.values.get("language"): 1}))


def fill_template(
    request: DocumentRequest,
    values: dict[str, Any],
    placeholders: Placeholders,
    lists: document_templates.Parts,
) -> Rendered:
    """Return the rendered template in the requested format."""
    source = document_templates.find_template(
        request.project.root, request.name, placeholders.language
    )
    text = document_templates.render_document(source, values, lists, placeholders.language)
    missing = placeholders.listed()
    if missing:
        text = f"{text.rstrip()}\n\n{section(missing, placeholders.language)}"
    return Rendered(_formatted(text, request, placeholders.language), len(missing))


def _formatted(text: str, request: DocumentRequest, language: str) -> str:
    """Return the Markdown in the requested format; an email's page has the subject as its title only."""
    title, _, rest = text.lstrip().partition("\n")
    if request.form == "html":
        if not request.document.email:
            return draw_html_page(text, markdown_to_text(title).strip(), language)
        return draw_html_page(rest, markdown_to_text(title).partition(":")[2].strip(), language)
    return markdown_to_text(text) if request.form == "text" else text
