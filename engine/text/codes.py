"""Every code that a problem can carry, with what it means in one sentence.

Codes are contracts: they are documented, stand in machine output, and never change their meaning.
"""

from __future__ import annotations

CODES: dict[str, str] = {
    "bad-character": "A character that may not stand in a text file.",
    "bad-id": "An id that is not lower-case letters, digits and underscores, beginning with a letter.",
    "bad-number": "A number that is not finite, or too long, or outside its limits.",
    "bad-text": "A text that does not have the form its place asks for.",
    "conflicting-keys": "Keys that cannot stand together, or not exactly one where one is needed.",
    "duplicate-item": "The same item twice in a list whose items must differ.",
    "duplicate-key": "The same key twice in one map.",
    "empty-file": "A file with nothing in it.",
    "empty-value": "A list, map or text that must not be empty.",
    "message-forbids": "A template that does more than messages may: a call, say.",
    "message-syntax": "A message's template that Jinja2 cannot read.",
    "missing-key": "A key that must be written and is not.",
    "not-utf-8": "A file whose bytes are not UTF-8 text.",
    "tab-indent": "A tab where YAML wants spaces.",
    "too-deep": "Lists and maps nested deeper than any playbook needs.",
    "too-large": "A file larger than any playbook needs.",
    "unknown-filter": "A filter or test that messages do not have.",
    "unknown-key": "A key that has no meaning where it stands.",
    "unknown-message-name": "A name in a message that means nothing there.",
    "unknown-word": "A word that is not among those its place allows.",
    "wrong-type": "A value of another kind than its place asks for: a list for a text, say.",
    "yaml-feature": "A part of YAML that Tenure refuses: anchors, aliases, merge keys, tags and the like.",
    "yaml-key": "A key that is no text: a list, a map, or nothing.",
    "yaml-syntax": "A text that is not YAML.",
}
