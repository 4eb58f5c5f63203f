"""The ledger of a store as the evaluation of one part of a date reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from ..core.membership import is_one_of
from ..evaluation.unmet_needs import PAST_COLUMNS
from ..store import StoreView
from .parts import Part


@dataclass(frozen=True, slots=True)
class StoreLookup:
    """The ledger of a store as one part of a date sees it; implements `LedgerLookup`.

    Attributes:
        store: Where the ledger is read.
        done_until: The last date whose actions and contacts have gone out.
        recently: The first date of the contacts that count.
        part: The accounts of the part.
        judged: The playbooks whose promises are judged; what others promise counts as made. None is all of them.
    """

    store: StoreView
    done_until: dt.date
    recently: dt.date
    part: Part
    judged: frozenset[str] | None

    def pending(self) -> pl.DataFrame:
        """Return `LEDGER`: the actions that have not gone out yet: promised for the date or later, or postponed."""
        pending = self.store.pending(self.done_until, stretch=self.part.stretch, in_order=False)
        pending = self.part.of_part(pending)
        return pending if self.judged is None else pending.filter(self._judged())

    def contacts(self, accounts: pl.Series) -> pl.DataFrame:
        """Return `CONTACTS`: the contacts that the accounts had lately."""
        # What is promised for later is judged with the others, and need not be read.
        until = self.done_until if self.judged is None else None
        contacts = self.store.contacts(self.recently, accounts=accounts, until=until)
        return contacts.filter((pl.col("contact_on") <= self.done_until) | ~self._judged())

    def _judged(self) -> pl.Expr:
        if self.judged is None:
            return pl.lit(True)
        return is_one_of(pl.col("playbook"), sorted(self.judged))

    def past(self, accounts: pl.Series, playbooks: Collection[str]) -> pl.DataFrame:
        """Return the columns PAST_COLUMNS of all actions of these accounts and playbooks, as last revised."""
        ids = accounts.to_list()
        return self.store.ledger(accounts=ids, playbooks=playbooks, columns=PAST_COLUMNS)

    def issued(self, action_ids: pl.Series) -> pl.Series:
        """Return those of the ids that the ledger has."""
        if action_ids.is_empty():
            return action_ids
        return self.store.known(action_ids, self.part.stretch)["action_id"]

    def latest(self, accounts: pl.Series) -> pl.DataFrame:
        """Return `LEDGER`: every action of the accounts, as last revised."""
        return self.store.ledger(accounts=accounts.unique().to_list())
