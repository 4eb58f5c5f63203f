"""What an action carries besides its columns, as the one who does it reads it.

In: ledger entries, whose `detail` is JSON; out: lists that read well in Markdown and without it. Agendas and checklists
are lists of their own, to be worked through.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..core.ids import ACCOUNT_ID
from ..text.printable import fit_words
from .listing import markdown_text

if TYPE_CHECKING:
    import polars as pl

DETAIL_INDENT = "    "


def read_detail(text: str | None) -> dict[str, Any]:
    """The detail's parts by name; none for an action that has none."""
    known: dict[str, Any] = json.loads(text) if text else {}
    return known


@lru_cache(maxsize=4096)
def detail_lines(text: str | None, escape: Callable[[str], str] = str) -> tuple[str, ...]:
    """The parts as a list, an item a line: `- minutes: 45 to 60`, `- [ ] Send the deck`.

    Kept, because a listing has the same few details over and over.
    """
    lines: list[str] = []
    for name, value in read_detail(text).items():
        if name == "agenda":
            lines += ["- agenda:", *(DETAIL_INDENT + line for line in _agenda(value, escape))]
        elif name == "checklist":
            lines += ["- checklist:", *(f"{DETAIL_INDENT}- [ ] {escape(item)}" for item in value)]
        else:
            lines.append(f"- {name}: {escape(_plain(value))}")
    return tuple(lines)


def detail_text(text: str | None) -> str:
    """The list in one cell of a spreadsheet, where a line that begins with a dash would be a formula."""
    return "\n".join(line.removeprefix("- ") for line in detail_lines(text))


def longest(text: str | None) -> int | None:
    """The most minutes that it may take; None where that is not said."""
    minutes = read_detail(text).get("minutes")
    most = minutes["to"] if isinstance(minutes, dict) else minutes
    return most if isinstance(most, int) else None


def lists_to_work_through(entries: pl.DataFrame) -> Iterator[str]:
    """The agendas and checklists of what is issued, each under a line that says whose it is."""
    for entry in _issued(entries):
        if {"agenda", "checklist"} & read_detail(entry["detail"]).keys():
            yield f"\n-- {head_of(entry)}\n"
            yield from (f"{line}\n" for line in detail_lines(entry["detail"]))


def head_of(entry: Mapping[str, Any]) -> str:
    """Whose an action is and what, on one line."""
    return fit_words(f"{entry[ACCOUNT_ID]}, {entry['title']} ({entry['action_id']})")


def markdown_lists(entries: pl.DataFrame) -> Iterator[str]:
    """What each issued action carries, as a list in Markdown under its date, account, title and owner."""
    for entry in _issued(entries):
        if lines := detail_lines(entry["detail"], markdown_text):
            account = f"{entry[ACCOUNT_ID]} {entry['account_name'] or ''}".rstrip()
            head = f"{entry['due_on'].isoformat()}, {account}: {entry['title']}"
            owner = f", {markdown_text(fit_words(entry['owner']))}" if entry["owner"] else ""
            yield f"\n**{markdown_text(fit_words(head))}**{owner}\n\n"
            yield from (f"{line}\n" for line in lines)


def _issued(entries: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return (entry for entry in entries.iter_rows(named=True) if entry["status"] == "issued")


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['from']} to {value['to']}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _agenda(parts: list[Any], escape: Callable[[str], str]) -> Iterator[str]:
    for number, part in enumerate(parts, 1):
        known = part if isinstance(part, dict) else {"part": part}
        minutes = f" ({known['minutes']} min)" if "minutes" in known else ""
        yield f"{number}. {escape(known['part'])}{minutes}"
        yield from (f"{DETAIL_INDENT}- {escape(point)}" for point in known.get("points", ()))
