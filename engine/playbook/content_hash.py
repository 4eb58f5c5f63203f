"""A playbook's digest: equal for two texts that mean the same, whatever their comments, titles and layout."""

from __future__ import annotations

from typing import Any

from ..text.yaml_nodes import Mapping, Node, Scalar

PROSE = frozenset({"title", "about"})
"""Keys that change what people read in Tenure, and nothing that Tenure does."""


def content_hash(node: Node) -> str:
    """SHA-256 of the document without its prose, as 64 hexadecimal digits."""
    # Imported here: `validate`, which people wait for, needs neither.
    import hashlib
    import json

    plain = json.dumps(_plain(node), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {entry.key: _plain(entry.value) for entry in node if entry.key not in PROSE}
    return [_plain(item) for item in node.items]
