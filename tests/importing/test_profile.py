"""How columns write their numbers and dates, what they hold, and what a missing field costs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from support.workspaces import workspace
from tenure.engine.fields.catalogue import NumberStyle
from tenure.engine.importing.column_fit import BOOLEANS
from tenure.engine.importing.column_profile import ColumnProfile, profile_columns
from tenure.engine.importing.knowledge import (
    header_names,
    header_spellings,
    missing_words,
    words_of,
)
from tenure.engine.importing.missing_costs import costs_of_missing
from tenure.engine.importing.settings_edit import edit_settings
from tenure.engine.importing.written_dates import date_style
from tenure.engine.importing.written_numbers import number_style
from tenure.engine.project.loading import load_project
from tenure.engine.text.yaml_reader import read_yaml


@pytest.mark.parametrize(
    ("texts", "style"),
    [
        (["12 345,67 €", "1 000,00 €"], NumberStyle(",", " ", False, "€")),
        (["12\u202f345,67", "7"], NumberStyle(",", " ", False, "")),
        (["1.234,50", "12"], NumberStyle(",", ".", False, "")),
        (["$1,234.50", "$7.00"], NumberStyle(".", ",", False, "$")),
        (["CHF 1'234.50"], NumberStyle(".", "'", False, "CHF")),
        (["CHF 1’234.50"], NumberStyle(".", "'", False, "CHF")),
        (["US$ 1,234.50"], NumberStyle(".", ",", False, "US$")),
        (["85%", "7 %"], NumberStyle(".", "", True, "")),
        (["12,5 %"], NumberStyle(",", "", True, "")),
        (["1234.5", "-3"], NumberStyle(".", "", False, "")),
        (["1.234.567"], NumberStyle(",", ".", False, "")),
        (["0,125"], NumberStyle(",", "", False, "")),
    ],
)
def test_the_marks_of_numbers_are_told(texts: list[str], style: NumberStyle) -> None:
    found = number_style(texts)
    assert found is not None
    assert found.style == style


def test_one_number_may_have_two_meanings_which_others_decide() -> None:
    found = number_style(["1,234"])
    assert found is not None
    assert found.doubtful == ","
    assert found.settled(".").style == NumberStyle(".", ",")
    assert found.settled(",").style == NumberStyle(",", "")
    assert found.settled("") == found
    assert number_style(["1.5", "1,5"]) is None


@pytest.mark.parametrize(
    ("texts", "format", "other"),
    [
        (["2026-03-31", "2026-04-01"], "", None),
        (["2026-03-31 10:22", "2026-04-01 08:00"], "", None),
        (["2026-03-31T22:00:00Z"], "", None),
        (["31/03/2026", "01/04/2026"], "%d/%m/%Y", None),
        (["03/31/2026", "4/1/2026"], "%m/%d/%Y", None),
        (["03/04/2026", "01/02/2026"], "%d/%m/%Y", "%m/%d/%Y"),
        (["31.03.2026"], "%d.%m.%Y", None),
        (["20260331"], "%Y%m%d", None),
        (["Mar 31, 2026"], "%b %d, %Y", None),
        (["31-Mar-2026", "1-Apr-2026"], "%d-%b-%Y", None),
        (["3/31/2026 2:05 PM"], "%m/%d/%Y %I:%M %p", None),
        (["31.03.2026 14:05"], "%d.%m.%Y %H:%M", None),
        (["31/03/26"], "%d/%m/%y", None),
        (["2026-03-31", "13/03/2026"], "%d/%m/%Y or %Y-%m-%d", None),
        (["2026-03-31", "03/04/2026"], "%d/%m/%Y or %Y-%m-%d", "%m/%d/%Y or %Y-%m-%d"),
        (["13/03/2026", "13/03/26"], "%d/%m/%Y or %d/%m/%y", None),
        (["31 mars 2026", "13/03/2026"], "%d %B %Y or %d/%m/%Y", None),
    ],
)
def test_the_format_of_dates_is_told(texts: list[str], format: str, other: str | None) -> None:
    found = date_style(pl.Series(texts))
    assert found == (format, other)


@pytest.mark.parametrize(
    "texts",
    [
        ["13/03/2026", "03/31/2026"],
        ["1.5", "2.5"],
        ["Aurora"],
        ["12345678"],
        ["2026"],
        ["31/31/2026"],
    ],
)
def test_other_texts_are_no_dates(texts: list[str]) -> None:
    assert date_style(pl.Series(texts)) is None


def column(*texts: str | None) -> ColumnProfile:
    [profile] = profile_columns(pl.DataFrame({"c": pl.Series([*texts], dtype=pl.String)}))
    return profile


def test_a_column_says_what_it_holds() -> None:
    profile = column("12", " 7 ", "N/A", None, "12")
    assert (profile.kind, profile.rows, profile.filled, profile.distinct) == ("number", 5, 3, 2)
    assert (profile.least, profile.most, profile.missing) == ("7.0", "12.0", ("N/A",))
    assert column("Oui", "Non", "Oui").kind == "boolean"
    assert column("007", "012").kind == "text"
    assert column("+33 1 44 00 01 01", "0049 30 0101").kind == "text"
    assert column("+10", "-5").kind == "number"
    assert column("-", "n/a", None).kind == "empty"
    assert column("a@b.example", "c@d.example").emails
    assert column(None, None).kind == "empty"


def test_what_is_empty_or_means_nothing_is_not_filled() -> None:
    profile = column("Aurora", "", "  ", None, "n/a", " Aurora ", "Borealis")
    assert (profile.rows, profile.filled, profile.distinct) == (7, 3, 2)
    assert profile.words == (("Aurora", 2), ("Borealis", 1), ("n/a", 1))
    assert column("", " ", "-").filled == 0
    assert column("A1", "A2", " A1").unique is False


def test_a_value_beyond_the_sample_is_found() -> None:
    profile = column(*[str(n) for n in range(20_000)], "keine")
    assert profile.missing == ("keine",)
    assert (profile.least, profile.most, profile.bad) == ("0.0", "19999.0", ())
    assert column(*["5"] * 3000, "five").bad == ("five",)


def test_headers_are_compared_without_case_accents_signs_and_units() -> None:
    assert header_spellings("ARR (€)") == ("arr",)
    assert header_spellings("Annual_Contract_Value__c") == ("annual contract value",)
    assert header_spellings("renewalDate") == ("renewal date",)
    assert "echeance" in header_names()
    assert header_spellings("Échéance") == ("echeance",)
    [start] = header_names()[header_spellings("Début de contrat")[0]]
    assert (start.field, start.sure) == ("contract_start", True)


def test_every_known_name_and_word_is_of_a_standard_field() -> None:
    from tenure.engine.fields.standard_fields import STANDARD

    fields = {spec.name: spec for spec in STANDARD}
    assert {known.field for names in header_names().values() for known in names} <= fields.keys()
    for name, spec in fields.items():
        assert set(words_of(name).values()) <= {*(spec.values or BOOLEANS)}
    for name in header_names():
        assert header_spellings(name)[0] == name, name
    assert "n/a" in missing_words()


CONTRACTS = ("contract_start", "renewal_date")
REVIEWS = ("last_review_date", "next_review_date", "last_review_type", "next_review_type")


@pytest.mark.parametrize(
    ("language", "fields", "first", "second"),
    [
        ("en", CONTRACTS, "start", "end"),
        ("fr", CONTRACTS, "debut", "fin"),
        ("de", CONTRACTS, "beginn", "ende"),
        ("en", REVIEWS, "last", "next"),
        ("fr", REVIEWS, "dernier", "prochain"),
        ("de", REVIEWS, "letzte", "naechste"),
    ],
)
def test_a_name_for_one_end_has_its_opposite(
    language: str, fields: tuple[str, ...], first: str, second: str
) -> None:
    known = {
        name
        for name, found in header_names().items()
        if any(each.language == language and each.field in fields for each in found)
    }
    for one, other in ((first, second), (second, first)):
        swapped = {name.replace(one, other) for name in known if one in name}
        assert swapped
        assert swapped <= known


PLAYBOOK = """\
playbook: care
title: Care
schedule: "0 6 * * *"
for: status == 'active' and segment is not missing
catch_up: {within: 7 days, then: skip}
define:
  weak: health_score < 70 or nps_score < 0
timeline:
  anchor: renewal_date
  steps:
    - id: talk
      title: Talk
      at: -90 days
      when: weak and csm is not missing
      do:
        - call: {owner: csm}
    - id: call_back
      title: Call back
      at: -30 days
      do:
        - call: {owner: csm}
  outcomes:
    done: {title: Done, when: renewal_outcome == 'renewed'}
"""


def test_the_cost_of_a_missing_field_is_that_of_the_machine(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", playbooks={"care": PLAYBOOK})
    project = load_project(root)

    def costs(*filled: str) -> dict[str, str]:
        found = costs_of_missing(project.playbooks, project.catalogue.fields, filled)
        return {cost.field: "; ".join(cost.losses) for cost in found}

    told = costs("status", "arr", "csm")
    assert told["renewal_date"] == "care enrols no account"
    assert told["renewal_outcome"] == "care never comes to `Done`"
    # Either of the two makes an account weak, so the lack of one alone ends nothing.
    assert told["health_score"] == told["nps_score"] == ""
    assert costs("status", "arr")["csm"] == "care never issues `Talk`"
    # The segment follows from ARR, and without it `for` is never true.
    assert costs("status", "csm")["arr"] == "care enrols no account"
    assert costs("arr")["status"] == "care enrols no account"
    assert "arr" not in costs("status", "segment")


@pytest.mark.parametrize(
    ("before", "stated", "after"),
    [
        (
            "snapshots:\n  files: d/a-{date}.csv # ours\n  max_age: 7 days\nworkspace: w\n",
            {"encoding": "windows-1252"},
            "snapshots:\n  files: d/a-{date}.csv # ours\n  encoding: windows-1252\n  max_age: 7 days\nworkspace: w\n",
        ),
        (
            "snapshots:\n  files: d/a-{date}.csv\n  encoding: utf-16 # old\n  max_age: 7 days\n",
            {},
            "snapshots:\n  files: d/a-{date}.csv\n  max_age: 7 days\n",
        ),
        (
            "snapshots: {files: 'd/a-{date}.csv', encoding: utf-16}\n",
            {},
            "snapshots: {files: 'd/a-{date}.csv'}\n",
        ),
        (
            "snapshots: {files: 'd/a-{date}.csv'} # here\n",
            {"encoding": "utf-16"},
            "snapshots: {files: 'd/a-{date}.csv', encoding: utf-16} # here\n",
        ),
    ],
)
def test_only_the_lines_about_the_file_change(
    before: str, stated: dict[str, str | None], after: str
) -> None:
    node, _ = read_yaml(before, "tenure.yaml")
    assert node is not None
    assert edit_settings(before, node, "d/a-{date}.csv", stated) == after
    again, _ = read_yaml(after, "tenure.yaml")
    assert again is not None
    assert edit_settings(after, again, "d/a-{date}.csv", stated) == after


def test_the_examples_of_dates_span_the_column() -> None:
    profile = column("2026-03-31", "2027-01-01")
    assert (profile.least, profile.most) == ("2026-03-31", "2027-01-01")
    assert profile.dates is not None
    assert dt.date.fromisoformat(profile.least) < dt.date.fromisoformat(profile.most)
