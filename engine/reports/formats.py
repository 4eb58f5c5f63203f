"""Names of the formats of action listings, for the command line's help."""

from __future__ import annotations

ACTION_FORMATS = ("table", "brief", "csv", "json", "jsonl", "markdown", "ical")
"""Formats for people (in full, or counts), spreadsheets, programs (a document, or lines), documents and calendars."""

ACTION_STATUSES = (
    "issued",
    "postponed",
    "skipped",
    "withheld",
    "held_out",
    "superseded",
    "withdrawn",
)
"""Statuses of a ledger entry, in the order of summaries."""
