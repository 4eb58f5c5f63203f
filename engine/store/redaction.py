"""Replacing names in the tables that the store holds.

Rule: only texts change. Ids, dates, statuses and the number of rows stay, so the fact of every action stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import READER
from ..evaluation.hand_orders import replace_remark

ERASED = "erased"
"""The text that replaces a name."""

NAME_COLUMNS = ("account_name", "owner")
TEXT_COLUMNS = ("title", "reason", "detail")
"""Of the ledger: columns that are a name, and columns that may contain one."""

_Replace = Callable[[str], str]


class NameMatcher:
    """Finds names in texts, after trimming, in Unicode NFC and without regard to case."""

    def __init__(self, names: Iterable[str]) -> None:
        folded = {" ".join(_fold(name).split()) for name in names}
        self._names = frozenset(folded - {"", _fold(ERASED)})
        # The longest first: an address must go whole, not only the name in it.
        ordered = sorted(self._names, key=lambda name: (-len(name), name))
        self._any = re.compile("|".join(map(_pattern, ordered)) or r"(?!)")
        long = [name for name in ordered if " " in name or "@" in name]
        self._long = re.compile("|".join(map(_pattern, long)) or r"(?!)")

    def replace_name(self, text: str) -> str:
        """Replace a text that is a name, and longer names within it; a single word only if it is the whole text."""
        if " ".join(_fold(text).split()) in self._names:
            return ERASED
        return _substituted(self._long, text)

    def replace_within(self, text: str) -> str:
        """Replace each name in the text that is not part of a longer word."""
        return _substituted(self._any, text)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where names are in the text."""
        return _spans(self._any, text)


@dataclass(frozen=True, slots=True)
class Redaction:
    """The texts to replace: names anywhere, or the texts of one account.

    Args:
        names: The names to replace.
        account: The only account whose rows change, and whose names are replaced whatever they are; None for all rows.
        fixed: Fields of the catalogue whose values are not names, such as choices.
        owners: Fields that name people of the workspace, not of the account.
        results: Results of actions that conditions compare with, which stay as they are.
    """

    names: NameMatcher
    account: str | None = None
    fixed: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()

    def ledger(self, entries: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return `LEDGER` rows without the names, and the number of cells that changed.

        The reasons of an erased account also lose the remarks of moves by hand.
        """
        changes: dict[str, _Replace] = dict.fromkeys(TEXT_COLUMNS, self.names.replace_within)
        for name in NAME_COLUMNS:
            changes[name] = self.names.replace_name
        if self.account is not None:
            changes["account_name"] = _replace_all
            changes["reason"] = self._without_remark
            del changes["owner"]
        return self._changed(entries, changes)

    def history(self, values: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return history fields without the names, and the number of cells that changed."""
        names = self.personal(values)
        replace = self.names.replace_name if self.account is None else _replace_all
        return self._changed(values, dict.fromkeys(names, replace))

    def personal(self, values: pl.DataFrame) -> list[str]:
        """Return the columns of history fields that may hold a name."""
        other = self.fixed | {ACCOUNT_ID, READER}
        other |= self.owners if self.account is not None else set()
        return [n for n, kind in values.schema.items() if kind == pl.String and n not in other]

    def quarantine(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return `QUARANTINE` rows without the names, and the number of cells that changed."""
        replace = self.names.replace_within if self.account is None else _replace_all
        return self._changed(rows, {"value": replace, "reason": self.names.replace_within})

    def outcomes(self, outcomes: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return `OUTCOMES`, with the column `account_id`, without the names, and the number of cells that changed.

        A remark or a result about an erased account goes as a whole: it may say anything.
        """
        if self.account is not None:
            changes: dict[str, _Replace] = {"note": _replace_all, "result": self._replace_result}
        else:
            changes = dict.fromkeys(("by", "to"), self.names.replace_name)
            changes |= dict.fromkeys(("note", "result"), self.names.replace_within)
        return self._changed(outcomes, changes)

    def moves(self, moves: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return `HAND_MOVES` without the names, and the number of cells that changed."""
        if self.account is not None:
            return self._changed(moves, {"because": _replace_all})
        changes: dict[str, _Replace] = dict.fromkeys(("by", "owner", "to"), self.names.replace_name)
        return self._changed(moves, changes | {"because": self.names.replace_within})

    def is_in_text(self, text: str) -> bool:
        """Return whether settings or a playbook have one of the names."""
        names = self.names
        replace = names.replace_within if self.account is None else names.replace_name
        return replace(text) != text

    def _without_remark(self, reason: str) -> str:
        return replace_remark(self.names.replace_within(reason), ERASED)

    def _replace_result(self, result: str) -> str:
        return result if result in self.results else _replace_all(result)

    def _changed(
        self, frame: pl.DataFrame, changes: dict[str, _Replace]
    ) -> tuple[pl.DataFrame, int]:
        cells = 0
        ours = pl.lit(True) if self.account is None else pl.col(ACCOUNT_ID) == self.account
        for name, replace in changes.items():
            column = frame.select(pl.when(ours).then(pl.col(name)).alias(name)).to_series()
            old = column.drop_nulls().unique()
            new = pl.Series([replace(text) for text in old.to_list()], dtype=pl.String)
            differs = old != new
            cells += int(column.is_in(old.filter(differs).implode()).sum())
            if differs.any():
                mapped = pl.col(name).replace(old.filter(differs), new.filter(differs))
                frame = frame.with_columns(
                    pl.when(ours).then(mapped).otherwise(pl.col(name)).alias(name)
                )
        return frame, cells


def _replace_all(text: str) -> str:
    return ERASED if text.strip() else text


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())


def _pattern(name: str) -> str:
    words = r"\s+".join(re.escape(word) for word in name.split(" "))
    if "@" in name:
        return rf"(?<![\w.+-]){words}(?![\w-]|\.\w)"
    before = r"(?<!\w)(?<!\w[-'’])" if name[0].isalnum() else ""
    after = r"(?!\w)(?!-\w)" if name[-1].isalnum() else ""
    return f"{before}{words}{after}"


def _substituted(pattern: re.Pattern[str], text: str) -> str:
    for start, end in reversed(_spans(pattern, text)):
        text = text[:start] + ERASED + text[end:]
    return text


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Return where the pattern matches the folded text, as places in the text itself."""
    folded, places = _folded_places(text)
    found = [match.span() for match in pattern.finditer(folded)]
    return [(places[start], places[end]) for start, end in found]


def _folded_places(text: str) -> tuple[str, list[int]]:
    """Return the folded text, and for each of its characters, and its end, the place in the text."""
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for cluster in _CLUSTER.findall(text):
        part = unicodedata.normalize("NFC", unicodedata.normalize("NFC", cluster).casefold())
        parts.append(part)
        places += [at] * len(part)
        at += len(cluster)
    return "".join(parts), [*places, at]


_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_CLUSTER = re.compile(rf"(?s).[{_MARKS}]*")
"""A character with the marks that NFC may join to it."""
