"""Accounts that disappeared since the last snapshot, and ids that changed only their form.

Ids are compared exactly. Ids that mean the same account are reported, never matched: every
action's identity contains its account's id, so an id in another form would have every action issued again.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

import polars as pl

from ..core.problems import Problem

MAX_REWRITTEN = 0.01
"""The share of ids that may come back in another form, unless all may be absent."""

FEWEST = 10
"""A small portfolio may lose fewer accounts than these on an ordinary day."""

FEWEST_OF_ALL = 3
"""The same limit if all accounts disappear."""

_BLOCK = 256
_SAMPLE = 200
_LONGEST = 40

Ids = tuple[dt.date, pl.Series]
"""A snapshot's date and the ids of its accounts."""


def find_gone(before: Ids, now: Ids, limit: float) -> Problem | None:
    """Return a problem if too many accounts of `before` are not in `now`, or have another id there.

    Args:
        before: The earlier snapshot.
        now: The later one.
        limit: The share of accounts that may be absent.
    """
    gone, added = compare(before[1], now[1])
    if gone.is_empty() or limit >= 1:
        return None
    accounts = len(before[1])
    pairs = _rewritten(gone, added)
    share = len(gone) / accounts
    least = FEWEST_OF_ALL if share == 1 else FEWEST
    if pairs.height / accounts <= MAX_REWRITTEN and (len(gone) < least or share <= limit):
        return None
    return _problem((before[0], accounts), now[0], gone, pairs, limit)


def compare(before: pl.Series, now: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the ids that are only in `before`, and those only in `now`, both sorted.

    Ids are compared in blocks first, since those of two dates hardly differ: of a million ids with 300 changes
    this takes a tenth of the time of two joins of all of them.
    """
    old, new = (_sorted(ids) for ids in (before, now))
    if old.equals(new):
        return old.head(0), new.head(0)
    starts = range(0, len(old), _BLOCK)
    begins = [0, *new.search_sorted(old.gather_every(_BLOCK))[1:], len(new)]
    left, right = [old.head(0)], [new.head(0) if len(old) else new]
    for start, begin, end in zip(starts, begins, begins[1:], strict=False):
        block, other = old.slice(start, _BLOCK), new.slice(begin, end - begin)
        if not block.equals(other):
            left.append(block)
            right.append(other)
    mine, theirs = pl.concat(left).to_frame(), pl.concat(right).to_frame()
    gone = mine.join(theirs, on="id", how="anti")["id"]
    return gone.sort(), theirs.join(mine, on="id", how="anti")["id"].sort()


def _sorted(ids: pl.Series) -> pl.Series:
    ids = ids.alias("id")
    return ids if ids.is_sorted() else ids.sort()


def _problem(
    before: tuple[dt.date, int],
    on: dt.date,
    gone: pl.Series,
    pairs: pl.DataFrame,
    limit: float,
) -> Problem:
    last, accounts = before
    share = len(gone) / accounts
    message = (
        f"{len(gone):,} of the {accounts:,} accounts of the snapshot of {last} are not in that of {on} "
        f"({share:.1%}, and the brake allows {limit * 100:g} %)"
    )
    if pairs.is_empty():
        message += f", such as {', '.join(shown_id(id) for id in gone.sort().head(3))}"
        hint = "see whether the export is complete, and whether its ids are still the same"
    else:
        cause, example = _cause(pairs)
        message += f"; of {pairs.height:,} the id came back in another form: {example}"
        hint = _CAUSES[cause]
    hint += '; if all is right, `tenure run --force "why"` goes on, and every id not seen before is a new account'
    return Problem("accounts-gone", message, hint=hint)


_CAUSES = {
    "spaces": "ids differ in spaces: trim them where they are exported",
    "case": "ids differ in capital letters: export them as before",
    "unicode": "ids differ in their Unicode form: export them as before",
    "zeros": "ids differ in leading zeros, as after a spreadsheet took them for numbers: export them as text",
    "decimals": "ids were written as decimal numbers: export them as text",
    "longer": "ids were lengthened or shortened: export them in the form that they had",
    "signs": "ids differ in the signs between their letters and digits: export them as before",
}


def _cause(pairs: pl.DataFrame) -> tuple[str, str]:
    """Return the usual cause among the first pairs, and one example of it."""
    sample = list(pairs.sort("old").head(_SAMPLE).iter_rows())
    causes = [_cause_of(old, new) for old, new in sample]
    # Of equally frequent causes, take the first in alphabetical order: the same snapshots give the same message.
    cause = min(Counter(causes).items(), key=lambda item: (-item[1], item[0]))[0]
    old, new = sample[causes.index(cause)]
    return cause, f"{shown_id(old)} became {shown_id(new)}"


def _cause_of(old: str, new: str) -> str:
    old, new = _squeezed(old), _squeezed(new)
    if old == new:
        return "spaces"
    old, new = (unicodedata.normalize("NFKC", text) for text in (old, new))
    if old == new:
        return "unicode"
    if old.casefold() == new.casefold():
        return "case"
    if _without_trailing_zeros(old) == _without_trailing_zeros(new):
        return "decimals"
    if _without_trailing_zeros(old).lstrip("0") == _without_trailing_zeros(new).lstrip("0"):
        return "zeros"
    return "signs" if _letters(old) == _letters(new) else "longer"


def _squeezed(text: str) -> str:
    """Return the text without spaces of any kind, including characters without width."""
    return "".join(c for c in text if not (c.isspace() or unicodedata.category(c) in ("Cf", "Cc")))


def _without_trailing_zeros(text: str) -> str:
    return text.rstrip("0").removesuffix(".") if "." in text and text.endswith("0") else text


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum()).lstrip("0")


def shown_id(id: str) -> str:
    """Return an id as messages show it, in quotes if it ends in a space."""
    text = id if len(id) <= _LONGEST else f"{id[: _LONGEST - 1]}…"
    return text if text.isprintable() and text.strip() == text else repr(text)


def _rewritten(gone: pl.Series, added: pl.Series) -> pl.DataFrame:
    """Return `old` and `new`: ids that disappeared, each with an added id that means the same account."""
    pairs = same_ids(gone, added)
    if 2 * pairs.height >= len(gone) or len(added) < 2:
        return pairs
    for old, new in _cuts(gone, added):
        cut = _pairs(gone, old, added, new)
        if 2 * cut.height >= len(gone):
            return cut
    return pairs


def same_ids(gone: pl.Series, added: pl.Series) -> pl.DataFrame:
    """Return `old` and `new`: ids that differ only in capitals, spaces, signs, leading zeros or Unicode form."""
    return _pairs(gone, _form(gone), added, _form(added))


def _pairs(gone: pl.Series, old: pl.Series, added: pl.Series, new: pl.Series) -> pl.DataFrame:
    """Pair the ids of equal form. A form of several ids proves nothing, and neither does an empty one."""
    left = pl.DataFrame({"old": gone, "form": old}).unique("form", keep="none")
    right = pl.DataFrame({"new": added, "form": new}).unique("form", keep="none")
    pairs = left.filter(pl.col("form") != "").join(right, on="form", how="inner")
    return pairs.select("old", "new").sort("old")


def _form(ids: pl.Series) -> pl.Series:
    """Return ids without spaces, capitals, Unicode variants, separators, leading zeros and `.0`."""
    plain = ids.str.normalize("NFKC").str.to_lowercase()
    plain = plain.str.replace_all(r"[\s\p{Cf}\p{Cc}]", "").str.replace(r"\.0+$", "")
    plain = plain.str.replace_all(r"[^\p{L}\p{N}]", "")
    return plain.str.replace(r"^0+([\p{L}\p{N}])", "$1")


def _cuts(gone: pl.Series, added: pl.Series) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Yield forms of both without a text that was added to all ids, or removed from them."""
    for short, long, swapped in ((gone, added, False), (added, gone, True)):
        lengths = short.str.len_chars().unique()
        if len(lengths) == 1:
            length = int(lengths[0])
            for cut in (long.str.head(length), long.str.tail(length)):
                yield (cut, short) if swapped else (short, cut)
    yield _unfixed(gone), _form(added)
    yield _form(gone), _unfixed(added)
    yield _unfixed(gone), _unfixed(added)


def _unfixed(ids: pl.Series) -> pl.Series:
    """Return the ids without their common beginning and end, except digits and zeros."""
    listed = ids.sort()
    prefix = _common(listed).rstrip("0123456789")
    turned = ids.str.reverse().sort()
    suffix = _common(turned).rstrip("0123456789")[::-1]
    return _form(ids.str.strip_prefix(prefix).str.strip_suffix(suffix))


def _common(ordered: pl.Series) -> str:
    """Return the common beginning of sorted texts: that of the first and the last."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(ordered[0], ordered[-1], strict=False))
    return "".join(sign for sign, _ in alike)
