"""The documents that there are: whom each is about, in what formats, and which module makes it.

Adding one: a row here, and a module of its own with `make(asked) -> Paper`, imported only when it is asked for.
"""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from ..text.printable import fit_lines

if TYPE_CHECKING:
    from ..project.loading import Project

BINARY = frozenset({"pptx"})
"""Formats that are no text."""


class Document(NamedTuple):
    """One kind of document; the first of its formats is the default."""

    about: str
    subject: str
    """What it is about, as the command line names it: `ACCOUNT`, `[SEGMENT]`, or nothing."""
    formats: tuple[str, ...]
    module: str
    customer: bool = False
    """Whether a customer reads it, so that the account's language is its own."""
    email: bool = False
    """Whether its first line is the subject of an email."""


class DocumentRequest(NamedTuple):
    """What was asked for: the document's name, its subject if any, and how it is wanted."""

    project: Project
    name: str
    subject: str | None
    on: dt.date
    language: str | None
    """None: the account's where a customer reads it, else the workspace's."""
    form: str

    @property
    def document(self) -> Document:
        """The row of the registry."""
        return DOCUMENTS[self.name]


class Rendered(NamedTuple):
    """A document made: text, or bytes in a binary format; and how many values it marks as missing."""

    content: str | bytes
    gaps: int


class NoSubject(Exception):
    """There is no such account or segment; the message says what was meant, perhaps."""


class NoLanguage(Exception):
    """There is no template in that language; the message says which there are."""


DOCUMENTS: dict[str, Document] = {
    "qbr_prep": Document(
        "The preparation of an account's quarterly review, for the CSM.",
        "ACCOUNT",
        ("markdown", "html"),
        "account_documents",
    ),
    "success_plan": Document(
        "What an account wants to reach and how; --update keeps plans/ACCOUNT.yaml up to date.",
        "ACCOUNT",
        ("markdown", "html", "yaml"),
        "success_plan",
        customer=True,
    ),
    "recap_email": Document(
        "The email after a review: key points, actions, the next date.",
        "ACCOUNT",
        ("text", "html", "markdown"),
        "account_documents",
        customer=True,
        email=True,
    ),
    "self_serve_review": Document(
        "The quarter's review by email, for an account that nobody meets.",
        "ACCOUNT",
        ("text", "html", "markdown"),
        "self_serve_review",
        customer=True,
        email=True,
    ),
    "retention_programme": Document(
        "The retention programme of a segment or of all accounts: aims, figures, timeline, playbooks.",
        "[SEGMENT]",
        ("markdown", "html"),
        "retention_programme",
    ),
    "review_deck": Document(
        "The twelve slides of an account's quarterly review, for PowerPoint.",
        "ACCOUNT",
        ("pptx",),
        "deck.review_deck",
        customer=True,
    ),
    "portfolio": Document(
        "One page on all accounts: actions, renewals at risk, metrics, cohorts, playbooks.",
        "",
        ("html",),
        "portfolio.portfolio_document",
    ),
}


def make_document(asked: DocumentRequest) -> Rendered:
    """The document.

    Raises `NoSubject`, `NoLanguage`, and `Problems` where snapshot, success plan or template are no good.
    """
    module = import_module(f".{asked.document.module}", __package__)
    paper: Rendered = module.make(asked)
    if isinstance(paper.content, str):
        return paper._replace(content=fit_lines(paper.content))
    return paper
