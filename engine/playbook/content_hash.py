"""Content hash of a playbook: equal for texts that differ only in comments, titles and layout."""

from __future__ import annotations

from collections.abc import Mapping as Map
from types import MappingProxyType
from typing import Any

from ..text.yaml_nodes import Mapping, Node, Scalar

Values = Map[str, str]
PROSE = frozenset({"title", "about"})
"""Keys that change only texts for people, not what Tenure does."""
NAMES = frozenset({"playbook", "was"})
"""Keys of a document that name it: a playbook that was only renamed has the same content."""
DEFAULTS = frozenset({"variables"})
"""Keys of a document whose values are content only where its conditions read them."""


def content_hash(node: Mapping, variables: Values = MappingProxyType({})) -> str:
    """Return the SHA-256 of the document without PROSE, NAMES and DEFAULTS, as 64 hexadecimal digits.

    Args:
        node: The document.
        variables: The variables in its conditions, with their values: they are content too.
    """
    # Imported here to keep `validate` fast, which needs neither module.
    import hashlib
    import json

    content = {key: value for key, value in _plain(node).items() if key not in NAMES | DEFAULTS}
    content |= {f"{{{name}}}": value for name, value in variables.items()}
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {entry.key: _plain(entry.value) for entry in node if entry.key not in PROSE}
    return [_plain(item) for item in node.items]
