"""Text of an export is tidied once, when it is read, so that one name is one text."""

from __future__ import annotations

import polars as pl
import pytest
from tenure.engine.fields.catalogue import FieldSpec
from tenure.engine.sources.convert import convert

CSM = FieldSpec("csm", "text")
ZOE = "Zoé Martin"
WAYS = {
    "blanks around it": "  Zoé Martin\t",
    "a no-break space": "Zoé\u00a0Martin",
    "a narrow no-break space": "Zoé\u202fMartin\u202f",
    "a space as wide as a figure": "\u2007Zoé\u2007Martin",
    "a space without width": "Zoé Martin\u200b",
    "a mark of byte order and one of direction": "\ufeffZoé Martin \u200e",
    "an accent of its own": "Zoe\N{COMBINING ACUTE ACCENT} Martin",
}


@pytest.mark.parametrize("way", WAYS)
def test_one_owner_written_in_several_ways_is_one_owner(way: str) -> None:
    typed, bad = convert(pl.Series("csm", [ZOE, WAYS[way], None]), CSM, "Europe/Paris")
    assert (typed.to_list(), bad) == ([ZOE, ZOE, None], None)


def test_other_texts_stay_as_they_are() -> None:
    texts = ["Vega  Corp", "straße", "Ａ", "x\u200dy", "東京　支店", "fi\ufb01"]
    typed, _ = convert(pl.Series("name", texts), FieldSpec("name", "text"), "UTC")
    assert typed.to_list() == texts


def test_an_allowed_value_is_met_with_blanks_around_it() -> None:
    spec = FieldSpec("plan", "text", values=("Team", "Premium"))
    typed, bad = convert(pl.Series("plan", ["Team ", "\u00a0Premium", "Teams"]), spec, "UTC")
    assert typed.to_list() == ["Team", "Premium", None]
    assert bad is not None
    assert bad.to_list() == [False, False, True]


def test_blanks_alone_are_missing() -> None:
    blanks = [" ", "\u00a0", "\u2007 ", "\u200b", " \ufeff\u00a0"]
    typed, bad = convert(pl.Series("csm", blanks), CSM, "UTC")
    assert (typed.to_list(), bad) == ([None] * len(blanks), None)
