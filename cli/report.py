"""`tenure report`: write a document about an account, a segment or all of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .handover import hand_over
from .options import on_option, workspace_option
from .output import echo_status, write_output
from .workspaces import choose_day, load_quietly, report_problems

if TYPE_CHECKING:
    from ..engine.documents.registry import Document, DocumentRequest


PLAN_FORMAT = "success_plan"
"""The document that is stored as a file."""

STANDARD_OUTPUT = Path("-")

FORMAT_OF_ENDING = {
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".pptx": "pptx",
    ".pdf": "pdf",
    ".docx": "docx",
}
"""The format of a file's ending; endings that no document has are refused like any other."""


class ReportCommand(click.Command):
    """A command whose help lists the documents, which are imported only for the help."""

    def format_epilog(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """List the documents, with the subject of each."""
        from ..engine.documents.registry import DOCUMENTS

        with formatter.section("Documents"):
            formatter.write_dl(
                [
                    (f"{name} {document.subject}".strip(), document.about)
                    for name, document in DOCUMENTS.items()
                ]
            )


@click.command("report", cls=ReportCommand)
@click.argument("document")
@click.argument("subject", required=False)
@workspace_option
@on_option
@click.option(
    "--language",
    help="The document's language.  [default: the account's for what customers read, else the workspace's]",
)
@click.option(
    "--format",
    "form",
    help="How to write it.  [default: by the ending of --output, else the document's first]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The file to write, whole or not at all.  [default: standard output]",
)
@click.option(
    "--update",
    is_flag=True,
    help="Write the snapshot's values into the success plan's file, in place; create it if it is missing.",
)
def report_command(
    document: str,
    subject: str | None,
    root: Path,
    on: dt.date | None,
    language: str | None,
    form: str | None,
    output: Path | None,
    update: bool,
) -> None:
    """Write a document about SUBJECT: an account, a segment, or all of them.

    Unknown values are marked, and listed at the end as data to complete.
    """
    from ..engine.documents.registry import (
        BINARY,
        DocumentRequest,
        NoLanguage,
        NoSubject,
        make_document,
    )

    known = _document(document)
    _check_subject(document, known, subject)
    output = None if output == STANDARD_OUTPUT else output
    chosen = _format(document, known.formats, form or _ending(output))
    if update and (document != PLAN_FORMAT or form or output):
        raise click.UsageError(
            f"--update is for {PLAN_FORMAT} alone, and writes its file and nothing else"
        )
    if chosen in BINARY and output is None:
        raise click.UsageError(f"{chosen} is not text: name a file with --output")
    project = load_quietly(root)
    request = DocumentRequest(project, document, subject, choose_day(project, on), language, chosen)
    try:
        if update:
            _update(request)
            return
        paper = make_document(request)
    except NoSubject as error:
        raise click.BadParameter(str(error), param_hint="SUBJECT") from error
    except NoLanguage as error:
        raise click.BadParameter(str(error), param_hint="--language") from error
    hand_over(lambda: (document, chosen, paper))
    if output is not None:
        _save(output, paper.content)
    elif isinstance(paper.content, str):
        write_output(paper.content, chosen)
    report_problems(paper.warnings)
    if paper.missing:
        values = "1 value is" if paper.missing == 1 else f"{paper.missing} values are"
        where = "the last slide's notes say" if chosen in BINARY else "the last section says"
        echo_status(f"{values} missing; {where} where to put what is missing")


def _update(request: DocumentRequest) -> None:
    """Update the success plan's file, and write what changed."""
    from ..engine.documents.success_plan import update_success_plan

    done = update_success_plan(request)
    report_problems(done.warnings)
    if done.created:
        echo_status(f"{done.file} is made: fill in what its comments ask for")
    for change in done.changes:
        echo_status(f"{done.file}: {change}")
    if not done.created and not done.changes:
        echo_status(f"{done.file} is up to date")


def _document(name: str) -> Document:
    from ..engine.documents.registry import DOCUMENTS
    from ..engine.text.suggest import suggest

    if name not in DOCUMENTS:
        near = suggest(name, DOCUMENTS)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(DOCUMENTS)}"
        raise click.BadParameter(f"no document {name!r}; {hint}", param_hint="DOCUMENT")
    return DOCUMENTS[name]


def _check_subject(name: str, document: Document, subject: str | None) -> None:
    if subject is None and document.needs_subject:
        raise click.UsageError(f"{name} is about one: tenure report {name} {document.subject}")
    if subject is not None and not document.takes_subject:
        raise click.UsageError(f"{name} is about all accounts; leave {subject!r} out")


def _format(name: str, known: tuple[str, ...], form: str | None) -> str:
    if form is not None and form not in known:
        listed = ", ".join(known)
        message = f"{name} is not written as {form!r}; there are: {listed}"
        raise click.BadParameter(message, param_hint="--format")
    return form or known[0]


def _ending(output: Path | None) -> str | None:
    return FORMAT_OF_ENDING.get(output.suffix.lower()) if output is not None else None


def _save(path: Path, content: str | bytes) -> None:
    from ..engine.core.atomic_files import write_whole

    write_whole(
        path, content.encode("utf-8") if isinstance(content, str) else content, private=True
    )
