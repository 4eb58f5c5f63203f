"""The exit codes of all commands; 0 is success, and 2, wrong usage, is click's."""

from __future__ import annotations

PROBLEMS = 1
"""Nothing was done, or not all that should be."""

LOCKED = 3
"""Another run is under way."""

LEFT_OUT = 4
"""Done, with some rows or values left out."""

NOT_SHOWN = 5
"""Every date is committed, but the result could not be shown."""

INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports for a program that SIGINT or SIGPIPE ended."""
