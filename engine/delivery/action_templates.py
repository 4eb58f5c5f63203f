"""Templates of what is sent of an action: JSON files with `{name}` where a value of the action belongs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("templates")


def fill_action_template(
    name: str, values: Mapping[str, Any], escape: Callable[[str], str] = str
) -> Any:
    """Return a template with an action's values in its places.

    A text that is one place alone becomes the value itself, and null where it is missing. Within a longer text, a
    missing value is empty.

    Args:
        name: The template's file, without its ending.
        values: The values by name.
        escape: Escapes a text from the data.
    """
    return _filled(read_template(name), values, escape)


@cache
def read_template(name: str) -> Any:
    """Return a template as it is written."""
    return json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))


def _filled(part: Any, values: Mapping[str, Any], escape: Callable[[str], str]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, values, escape) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, values, escape) for value in part]
    if not isinstance(part, str) or "{" not in part:
        return part
    name = part[1:-1]
    if part == f"{{{name}}}" and name in values:
        value = values[name]
        return escape(value) if isinstance(value, str) else value
    texts = {key: escape(str(value)) if value is not None else "" for key, value in values.items()}
    return part.format_map(texts)
