"""Registry of documents: subject, formats and maker of each.

To add a document, add a row and a function that takes a `DocumentRequest` and returns a `Rendered`. Its module is
imported only when needed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from ..core.languages import match_language
from ..core.problems import Problem
from ..text.printable import fit_lines

if TYPE_CHECKING:
    from ..project.loading import Project

BINARY = frozenset({"pptx"})
"""Formats that are not text."""

TEMPLATES_FOLDER = "documents"
"""A workspace's folder of templates."""


class Document(NamedTuple):
    """A kind of document; the first of its formats is the default."""

    about: str
    subject: str
    """The subject as the command line names it: `ACCOUNT`, `[SEGMENT]`, or empty."""
    formats: tuple[str, ...]
    maker: str
    """The function that makes it, as `MODULE:FUNCTION`."""
    customer: bool = False
    """True if a customer reads it, so that it is written in the account's language."""
    email: bool = False
    """True if its first line is the subject of an email."""

    @property
    def takes_subject(self) -> bool:
        """Return whether the document can be about one account or segment."""
        return bool(self.subject)

    @property
    def needs_subject(self) -> bool:
        """Return whether the document is always about one account or segment."""
        return self.takes_subject and not self.subject.startswith("[")


class DocumentRequest(NamedTuple):
    """A request for a document: its name, its subject if any, the date, the language and the format."""

    project: Project
    name: str
    subject: str | None
    on: dt.date
    language: str | None
    """None for the account's language where a customer reads it, else the workspace's."""
    form: str

    @property
    def document(self) -> Document:
        """Return the requested document's row of the registry."""
        return DOCUMENTS[self.name]


class Rendered(NamedTuple):
    """A rendered document: text, or bytes in a binary format.

    Attributes:
        content: The document.
        missing: The number of values marked as missing.
        warnings: Warnings about the account that it is written for.
    """

    content: str | bytes
    missing: int
    warnings: Sequence[Problem] = ()


class NoSubject(Exception):
    """Error for an unknown account or segment; the message may suggest one."""


class NoLanguage(Exception):
    """Error for a language without a template; the message lists the available ones."""


DOCUMENTS: dict[str, Document] = {
    "qbr_prep": Document(
        "The preparation of an account's quarterly review, for the CSM.",
        "ACCOUNT",
        ("markdown", "html"),
        "account_documents:make_account_document",
    ),
    "success_plan": Document(
        "What an account wants to reach and how; --update keeps plans/ACCOUNT.yaml up to date.",
        "ACCOUNT",
        ("markdown", "html", "yaml"),
        "success_plan:make_success_plan",
        customer=True,
    ),
    "recap_email": Document(
        "The email after a review: key points, actions, the next date.",
        "ACCOUNT",
        ("text", "html", "markdown"),
        "account_documents:make_account_document",
        customer=True,
        email=True,
    ),
    "self_serve_review": Document(
        "The quarter's review by email, for an account without review meetings.",
        "ACCOUNT",
        ("text", "html", "markdown"),
        "self_serve_review:make_self_serve_review",
        customer=True,
        email=True,
    ),
    "retention_programme": Document(
        "The retention programme of a segment or of all accounts: aims, figures, timeline, playbooks.",
        "[SEGMENT]",
        ("markdown", "html"),
        "retention_programme:make_retention_programme",
    ),
    "review_deck": Document(
        "The twelve slides of an account's quarterly review, for PowerPoint.",
        "ACCOUNT",
        ("pptx",),
        "deck.review_deck:make_review_deck",
        customer=True,
    ),
    "portfolio": Document(
        "One page on all accounts: actions, renewals at risk, metrics, cohorts, playbooks.",
        "",
        ("html",),
        "portfolio.portfolio_document:make_portfolio",
    ),
}


def requested_language(request: DocumentRequest, known: Sequence[str], noun: str) -> str | None:
    """Return the tag that serves the requested language; None if none was requested.

    Args:
        request: The request; its language is understood as `language_tag` understands it.
        known: The tags that exist.
        noun: The thing that exists in them, for the message.

    Raises:
        NoLanguage: It exists in no such language.
    """
    if request.language is None:
        return None
    tag = match_language(known, request.language)
    if tag is None:
        raise NoLanguage(f"no {noun} in {request.language!r}; there are: {', '.join(known)}")
    return tag


def make_document(request: DocumentRequest) -> Rendered:
    """Return the document.

    Raises:
        NoSubject: The account or segment does not exist.
        NoLanguage: There is no template in the language.
        Problems: The snapshot, the success plan or the template is invalid.
    """
    module, _, function = request.document.maker.partition(":")
    make = getattr(import_module(f".{module}", __package__), function)
    rendered: Rendered = make(request)
    if isinstance(rendered.content, str):
        return rendered._replace(content=fit_lines(rendered.content))
    return rendered
