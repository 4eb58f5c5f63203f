"""Exit codes of all commands; 0 is success, and 2, wrong usage, is click's."""

from __future__ import annotations

PROBLEMS = 1
"""The work was not done, or only in part."""

LOCKED = 3
"""Another run is in progress."""

LEFT_OUT = 4
"""The work was done, with more rows or values left out than the workspace tolerates."""

NOT_SHOWN = 5
"""Every date is committed, but the result could not be shown."""

INTERRUPTED = 130
BROKEN_PIPE = 141
"""A shell reports this for a program that SIGINT or SIGPIPE ended."""
