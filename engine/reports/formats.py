"""The names of the formats that actions are listed in, for the command line's own help."""

from __future__ import annotations

ACTION_FORMATS = ("table", "brief", "csv", "json", "jsonl", "markdown", "ical")
"""For people, in full and in figures, spreadsheets, programs (whole, or a line each), documents and calendars."""

ACTION_STATUSES = ("issued", "skipped", "withheld", "superseded", "withdrawn")
"""What an entry of the ledger can be, in the order that summaries show."""
