"""Phrases: a text that a template made is found by that template again, with its values."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
import tenure.engine
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.text.phrases import Phrase, find_phrase, place_kind
from tenure.engine.text.translations import shipped

REASONS = shipped().section("reasons", "en")
VALUES = {
    "contacts": "2 contacts",
    "date": "2026-05-31",
    "field": "renewal_date",
    "grounds": "the team is growing, they renewed lately",
    "length": "5 business days",
    "list": "renewal/notice on 2026-05-30, loyalty/gold on 2026-05-31",
    "number": "3",
    "percent": "12.5",
    "person": "Ann Lee",
    "playbook": "win_back",
    "step": "renewal/notice",
    "text": "Acme: it was agreed",
    "why": "the contact opted out",
}
"""A value of each kind of place."""


def places(template: str) -> list[str]:
    return [name for _, name, *_ in Formatter().parse(template) if name is not None]


@pytest.mark.parametrize("key", REASONS)
def test_each_reason_is_found_again_with_its_values(key: str) -> None:
    values = {name: VALUES[place_kind(name)] for name in places(REASONS[key])}
    assert find_phrase("reasons", "en", REASONS[key].format(**values)) == Phrase(key, values)


@pytest.mark.parametrize("key", REASONS)
def test_the_words_of_a_reason_are_those_that_the_evaluation_writes(key: str) -> None:
    """Its longest stretch of words is in the code that writes reasons, so that neither changes alone."""
    engine = Path(tenure.engine.__path__[0])
    written = [*engine.glob("evaluation/*.py"), engine / "playbook" / "holdouts.py"]
    written += [engine / "playbook" / "model.py", engine / "text" / "email_address.py"]
    code = "".join(path.read_text("utf-8") for path in written)
    words = max(re.split(r"\{\w+\}|`[^`]*`|; |: |, |which | until", REASONS[key]), key=len).strip()
    assert words in code, words


@given(st.text(max_size=60))
def test_any_text_is_looked_for_without_an_error(text: str) -> None:
    phrase = find_phrase("reasons", "en", text)
    assert phrase is None or REASONS[phrase.key].format(**phrase.values) == text
