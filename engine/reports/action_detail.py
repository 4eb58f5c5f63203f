"""Details of an action beyond its columns, as lists for its owner.

Takes ledger entries, whose `detail` is JSON, and returns lists that read well as Markdown and as plain text. Agendas
and checklists are nested lists.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..core.ids import ACCOUNT_ID
from ..core.languages import ENGLISH
from ..text.printable import fit_words
from ..text.translations import shipped, translate
from .listing import markdown_text

if TYPE_CHECKING:
    import polars as pl

DETAIL_INDENT = "    "


def read_detail(text: str | None) -> dict[str, Any]:
    """Return the detail's parts by name; empty for an action without details."""
    parts: dict[str, Any] = json.loads(text) if text else {}
    return parts


@lru_cache(maxsize=4096)
def detail_lines(
    text: str | None, escape: Callable[[str], str] = str, language: str = ENGLISH
) -> tuple[str, ...]:
    """Return the parts as a list, an item per line: `- minutes: 45 to 60`, `- [ ] Send the deck`.

    Results are cached, because a listing repeats the same few details.
    """
    lines: list[str] = []
    names = shipped().section("details", language)
    colon = translate("punctuation", "colon", language)
    for name, value in read_detail(text).items():
        head = f"- {names.get(name, name)}{colon}"
        if name == "agenda":
            lines += [head, *(DETAIL_INDENT + line for line in _agenda(value, escape))]
        elif name == "checklist":
            lines += [head, *(f"{DETAIL_INDENT}- [ ] {escape(item)}" for item in value)]
        else:
            lines.append(f"{head} {escape(_plain(value, language))}")
    return tuple(lines)


def detail_text(text: str | None) -> str:
    """Return the list for a spreadsheet cell, without leading dashes, which would begin a formula."""
    return "\n".join(line.removeprefix("- ") for line in detail_lines(text))


def longest(text: str | None) -> int | None:
    """Return the maximum duration in minutes; None where it is missing."""
    minutes = read_detail(text).get("minutes")
    maximum = minutes["to"] if isinstance(minutes, dict) else minutes
    return maximum if isinstance(maximum, int) else None


def lists_to_work_through(entries: pl.DataFrame) -> Iterator[str]:
    """Yield the agendas and checklists of issued actions, each under the action's title line."""
    for entry in _issued(entries):
        if {"agenda", "checklist"} & read_detail(entry["detail"]).keys():
            yield f"\n-- {head_of(entry)}\n"
            yield from (f"{line}\n" for line in detail_lines(entry["detail"]))


def head_of(entry: Mapping[str, Any]) -> str:
    """Return an action's title line: account, title and id."""
    return fit_words(f"{entry[ACCOUNT_ID]}, {entry['title']} ({entry['action_id']})")


def markdown_lists(entries: pl.DataFrame) -> Iterator[str]:
    """Yield each issued action's details as a Markdown list under its date, account, title and owner."""
    for entry in _issued(entries):
        if lines := detail_lines(entry["detail"], markdown_text):
            account = f"{entry[ACCOUNT_ID]} {entry['account_name'] or ''}".rstrip()
            head = f"{entry['due_on'].isoformat()}, {account}: {entry['title']}"
            owner = f", {markdown_text(fit_words(entry['owner']))}" if entry["owner"] else ""
            yield f"\n**{markdown_text(fit_words(head))}**{owner}\n\n"
            yield from (f"{line}\n" for line in lines)


def _issued(entries: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return (entry for entry in entries.iter_rows(named=True) if entry["status"] == "issued")


def _plain(value: Any, language: str) -> str:
    if isinstance(value, dict):
        return translate("values", "range", language, least=value["from"], most=value["to"])
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _agenda(parts: list[Any], escape: Callable[[str], str]) -> Iterator[str]:
    for number, part in enumerate(parts, 1):
        item = part if isinstance(part, dict) else {"part": part}
        minutes = f" ({item['minutes']} min)" if "minutes" in item else ""
        yield f"{number}. {escape(item['part'])}{minutes}"
        yield from (f"{DETAIL_INDENT}- {escape(point)}" for point in item.get("points", ()))
