"""Plain data as YAML text: JSON is YAML, one key a line for the top level."""

from __future__ import annotations

import json
from typing import Any


def dump(data: dict[str, Any]) -> str:
    """A mapping as YAML."""
    return "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in data.items()
    )
