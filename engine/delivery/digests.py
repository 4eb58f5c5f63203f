"""The digests of a channel: one for each person who has something to read on a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from ..core.languages import choose_language
from ..core.problems import Problem
from ..reports.rendered_messages import MESSAGE_COLUMNS, with_messages
from ..reports.summary import report_actions
from ..sources.people_table import PeopleTable
from ..text.translations import shipped
from ..workspace.channels import Channel, EmailChannel, FolderChannel
from .digest import Digest, build_digest
from .digest_pages import digest_subject, draw_digest
from .parcels import DigestPages, Page, Parcel, ParcelContent, of_digest
from .selection import ACTS, open_actions, postponed_on

if TYPE_CHECKING:
    from ..project.loading import Project
    from ..store import StoreView

LETTER_DAYS = 7
"""Days after its evaluation for which a letter is rendered: each date of evaluation is a snapshot to read."""


class DigestDraft(NamedTuple):
    """The material of a person's digest."""

    reader: str
    at_most: int
    actions: pl.DataFrame
    waiting: pl.DataFrame
    sent: int


class DigestWriter:
    """Writes the digests of a date."""

    def __init__(
        self, project: Project, store: StoreView, people: PeopleTable, on: dt.date
    ) -> None:
        self._project = project
        self._store = store
        self._people = people
        self._on = on
        self.warnings: list[Problem] = []

    def parcels(
        self, channel: Channel, actions: pl.DataFrame, claimed: Collection[str]
    ) -> Iterator[Parcel]:
        """Yield the digest of each person who has something to read.

        Args:
            channel: The channel.
            actions: The actions that the channel has.
            claimed: The letters that a channel sends to customers on the date.
        """
        ours = pl.col("action_id").is_in(list(claimed))
        doing = open_actions(actions).filter(~ours)
        sending = actions.filter(ours)
        waiting = postponed_on(actions, self._on)
        readers = pl.concat([frame[ACTS] for frame in (doing, sending, waiting)])
        drafts = []
        for reader in readers.drop_nulls().unique().sort().to_list():
            mine = pl.col(ACTS) == reader
            sent = sending.filter(mine).height
            draft = DigestDraft(
                reader, channel.at_most, doing.filter(mine), waiting.filter(mine), sent
            )
            if not self._digest(draft).is_empty:
                drafts.append(draft)
        letters: list[pl.DataFrame] = []

        def with_letters(draft: DigestDraft) -> DigestDraft:
            # All letters are rendered together, as each date of evaluation is a snapshot to read.
            if not letters:
                letters.append(self._letters(drafts))
            added = draft.actions.join(
                letters[0], on="action_id", how="left", maintain_order="left"
            )
            return draft._replace(actions=added)

        for each in drafts:
            yield self._parcel(channel, each, with_letters)

    def _digest(self, draft: DigestDraft) -> Digest:
        return build_digest(
            draft.reader,
            self._on,
            draft.actions.iter_rows(named=True),
            draft.waiting.iter_rows(named=True),
            self._project.workspace.policy.priorities,
            draft.at_most,
            draft.sent,
        )

    def _parcel(
        self,
        channel: Channel,
        draft: DigestDraft,
        with_letters: Callable[[DigestDraft], DigestDraft],
    ) -> Parcel:
        reader, person = draft.reader, self._people.get(draft.reader)
        language = self._language(person.language if person else None)
        subject = digest_subject(self._digest(draft), language)
        problem = None
        if isinstance(channel.way, EmailChannel) and (person is None or person.email is None):
            problem = "the table of people has no address for this owner"

        def build() -> ParcelContent:
            pages = self._pages(channel, with_letters(draft), language)
            address = person.email if person else None
            return DigestPages(reader, address, subject, language, tuple(pages))

        delivery = of_digest(channel, reader, self._on)
        return Parcel(delivery, channel, reader, subject, build, problem)

    def _language(self, wanted: str | None) -> str:
        return choose_language(shipped().languages(), wanted or self._project.workspace.language)

    def _letters(self, drafts: Iterable[DigestDraft]) -> pl.DataFrame:
        """Return the letters that digests list, by action: of those evaluated lately."""
        since = self._on - dt.timedelta(days=LETTER_DAYS)
        recent = pl.col("evaluated_on") > since
        listed = [
            draft.actions.filter(
                recent, pl.col("message").is_not_null(), pl.col("action_id").is_in(_listed(digest))
            )
            for draft in drafts
            for digest in [self._digest(draft)]
        ]
        rendered, warnings = with_messages(self._project, pl.concat(listed), self._store)
        self.warnings += warnings
        return rendered.select("action_id", *MESSAGE_COLUMNS)

    def _pages(self, channel: Channel, draft: DigestDraft, language: str) -> Iterator[Page]:
        digest = self._digest(draft)
        name = self._project.workspace.name
        if isinstance(channel.way, EmailChannel):
            yield Page("txt", draw_digest(digest, "text", language, name))
            yield Page("html", draw_digest(digest, "html", language, name))
            return
        if not isinstance(channel.way, FolderChannel):
            return
        for form in channel.way.formats:
            if form in ("markdown", "html"):
                ending = "md" if form == "markdown" else form
                yield Page(ending, draw_digest(digest, form, language, name))
            else:
                shown = pl.col("action_id").is_in(_listed(digest))
                plain = draft.actions.filter(shown).drop(ACTS)
                text = "".join(report_actions(plain, form, workspace=name, language=language))
                yield Page("ics" if form == "ical" else form, text)


def _listed(digest: Digest) -> list[str]:
    return [item.action_id for account in digest.accounts for item in account.items]
