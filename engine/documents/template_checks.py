"""Checks of a workspace's document templates, before a document is made from them.

Takes a workspace's folder, its catalogue and its variables. Returns the problems that a template has for every
account. A value missing for one account is not a problem: the document shows a placeholder.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..core.problems import Problem, Problems, Span
from ..fields.catalogue import Catalogue
from ..text.suggest import suggest
from . import document_templates
from .document_context import account_names, account_types, list_parts
from .registry import DOCUMENTS, TEMPLATES_FOLDER

OF_ACCOUNTS = frozenset({"qbr_prep", "success_plan", "recap_email"})
"""Documents whose names are only the catalogue's and the plan's; the others also use playbooks and metrics."""


def check_own_templates(
    root: Path, catalogue: Catalogue, variables: Iterable[str]
) -> tuple[list[Problem], dict[str, str]]:
    """Return all problems, and the texts of the readable templates by file."""
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    names, types = account_names(catalogue, variables), account_types(catalogue)
    for name, language in document_templates.own_templates(root):
        if name not in written_from_templates():
            problems.append(_unread(name, language))
            continue
        try:
            source = document_templates.find_template(root, name, language)
        except Problems as error:
            problems += error.problems
            continue
        texts[source.file] = source.text
        problems += document_templates.check_template_source(
            source,
            names if name in OF_ACCOUNTS else None,
            list_parts(),
            types if name in OF_ACCOUNTS else None,
        )
    return problems, texts


def written_from_templates() -> set[str]:
    """Return the documents that are made from templates: those with a shipped template."""
    return {
        file.partition(".")[0] for file in document_templates.shipped_templates()
    } & DOCUMENTS.keys()


def _unread(name: str, language: str) -> Problem:
    """Return the warning about a file that no document is made from; it may be a note."""
    file = f"{TEMPLATES_FOLDER}/{name}.{language}.md"
    known = sorted(written_from_templates())
    near = suggest(name, known)
    hint = f"did you mean `{near}.{language}.md`?" if near else f"there are: {', '.join(known)}"
    message = f"no document is written from `{name}.{language}.md`"
    span = Span(file, 1, 1, 1, 1)
    return Problem("unknown-document", message, span, hint, severity="warning")
