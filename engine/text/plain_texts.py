"""Templates in texts that are shown as they are written, such as titles."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ..core.problems import Problem, Span
from .yaml_nodes import Mapping, Node, Sequence

PLAIN_TEXTS = frozenset(("title", "checklist", "offer", "say", "label", "reason"))
"""The keys of these texts."""
_WITH_TEMPLATES = frozenset(("messages", "choices"))
_VALUE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$?\{\s*(?P<name>[A-Za-z_]\w*)\s*\}", re.DOTALL)


def check_plain_texts(
    node: Node, names: Collection[str], key: str | None = None
) -> Iterator[Problem]:
    """Yield a warning for each template in a plain text.

    Args:
        node: A playbook or settings, or a part of them.
        names: The names of templates: another name in single braces is text.
        key: The key of the plain text that the part belongs to; None outside of such texts.
    """
    if isinstance(node, Mapping):
        for entry in node.entries:
            if entry.key not in _WITH_TEMPLATES:
                inner = entry.key if entry.key in PLAIN_TEXTS else key
                yield from check_plain_texts(entry.value, names, inner)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from check_plain_texts(item, names, key)
    elif key is not None and isinstance(node.value, str):
        for match in _VALUE.finditer(node.value):
            if match["name"] is None or match["name"] in names:
                yield _problem(match[0], key, node.part(match.start(), match.end()))


def _problem(written: str, key: str, span: Span) -> Problem:
    why = f"`{written}` is shown as it is written: `{key}` is plain text"
    hint = "take it out: values and templates are for messages"
    return Problem("template-in-plain-text", why, span, hint, severity="warning")
