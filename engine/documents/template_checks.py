"""A workspace's own templates, checked before anybody asks for a document.

In: a workspace's folder, its catalogue and its variables; out: every problem that no account's values can mend. The
rule: what is good here may still want a value, which shows as a gap; what is bad here would fail for every account.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..core.problems import Problem, Problems, Span
from ..fields.catalogue import Catalogue
from ..text.suggest import suggest
from . import document_templates
from .document_context import account_names, list_parts
from .registry import DOCUMENTS

OF_ACCOUNTS = frozenset({"qbr_prep", "success_plan", "recap_email"})
"""Documents whose names are the catalogue's and the plan's; the others tell what playbooks and metrics say, too."""


def check_own_templates(
    root: Path, catalogue: Catalogue, variables: Iterable[str]
) -> tuple[list[Problem], dict[str, str]]:
    """The problems, and the texts of those templates that could be read, by file."""
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    names = account_names(catalogue, variables)
    for name, language in document_templates.own_templates(root):
        if name not in written_from_templates():
            problems.append(_unread(name, language))
            continue
        try:
            source = document_templates.find_template(root, name, language)
        except Problems as found:
            problems += found.problems
            continue
        texts[source.file] = source.text
        problems += document_templates.check_template_source(
            source, names if name in OF_ACCOUNTS else None, list_parts()
        )
    return problems, texts


def written_from_templates() -> set[str]:
    """The documents that templates write: those for which one ships."""
    return {
        file.partition(".")[0] for file in document_templates.shipped_templates()
    } & DOCUMENTS.keys()


def _unread(name: str, language: str) -> Problem:
    """A file that no document is written from; a warning, for it may be somebody's notes."""
    file = f"{document_templates.TEMPLATES_FOLDER}/{name}.{language}.md"
    known = sorted(written_from_templates())
    near = suggest(name, known)
    hint = f"did you mean `{near}.{language}.md`?" if near else f"there are: {', '.join(known)}"
    message = f"no document is written from `{name}.{language}.md`"
    place = Span(file, 1, 1, 1, 1)
    return Problem("unknown-document", message, place, hint, severity="warning")
