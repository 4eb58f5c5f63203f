"""Names that no output may pass on as they are, and how to see whether it did."""

from __future__ import annotations

import re

NAMES = (
    "Vega\x1b[31mred\x1b[0m",
    "Title\x1b]0;owned\x07",
    "Bell\x07",
    "Back\b\b\bspace",
    "Delete\x7f",
    "C1\x9b2J",
    "Next\x85line",
    "Form\x0cfeed",
    "Tab\tular",
    "Line\nbreak",
    "Carriage\rreturn",
    "Windows\r\nline",
    "Separator\u2028line",
    "Paragraph\u2029end",
    "Override\u202egnp.exe",
    "Embedding\u202a\u202b\u202c",
    "Isolate\u2066\u2067\u2068\u2069",
    "Zero\u200bwidth",
    "Join\u200der",
    "Marks\u200e\u200f\u061c",
    "Soft\u00adhyphen",
    "Bom\ufeffinside",
    "Filler\u3164\u115f",
    "Noncharacter\ufffe\uffff",
    "Tags\U000e0041\U000e0042",
    "Variants\ufe0f\ufe0f\ufe01",
    "Vega;=1+1",
    '=HYPERLINK("http://x","y")',
    "</script><img src=x onerror=alert(1)> | `x` [a](b) ]]>",
    "é" * 300 + "END:VEVENT",
)
"""Thirty."""

OBEYED = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u200b\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\u00ad\ufeff"
    "\u3164\u115f\ufffe\uffff\ud800-\udfff\U000e0000-\U000e00ff]|r\u200de|\ufe0f\ufe0f"
)
"""What terminals obey, what reorders or hides text, and what XML refuses; written apart from what is tried."""


def obeyed(text: str) -> list[str]:
    """The characters of a text that should not be in it."""
    return [ascii(found) for found in OBEYED.findall(text)]
