"""The settings of Polars' allocator for commands that compute with many rows."""

from __future__ import annotations

import os
import sys
from importlib import import_module

ALLOCATOR_SETTING = "_RJEM_MALLOC_CONF"
"""The variable from which Polars' allocator takes its settings when Polars is loaded."""
_MEMORY_KEPT = "background_thread:true,dirty_decay_ms:3000,muzzy_decay_ms:1000"
"""The allocator keeps freed memory for some seconds: the next step needs as much, and fresh pages cost time.
Then it returns it in full: a run needs no more memory than with Polars' own settings."""


def load_polars() -> None:
    """Load Polars with an allocator that keeps memory, and leave the environment as it was."""
    if "polars" in sys.modules or ALLOCATOR_SETTING in os.environ:
        return
    os.environ[ALLOCATOR_SETTING] = _MEMORY_KEPT
    import_module("polars")
    os.environ.pop(ALLOCATOR_SETTING)
