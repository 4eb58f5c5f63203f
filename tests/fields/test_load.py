from __future__ import annotations

import datetime as dt

import pytest
from tenure.engine.core.problems import Problem
from tenure.engine.fields.catalogue import Catalogue
from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.fields.derivation_order import derivation_order, needs
from tenure.engine.fields.standard_fields import STANDARD
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.text.yaml_reader import read_yaml


def load(text: str) -> tuple[Catalogue, list[Problem]]:
    node, problems = read_yaml("fields:\n" + text, "fields.yaml")
    assert not problems
    return load_catalogue(node)


def test_without_a_file_the_catalogue_is_the_standard_one() -> None:
    catalogue, problems = load_catalogue(None)
    assert problems == []
    assert list(catalogue.fields) == [spec.name for spec in STANDARD]
    assert len(catalogue.fields) == len(STANDARD)
    assert [case.then for case in catalogue.fields["segment"].derive] == [
        "enterprise",
        "strategic",
        "growth",
        "self_serve",
    ]
    assert needs(catalogue.fields["segment"]) == {"arr"}


def test_standard_fields_say_what_they_are() -> None:
    for spec in STANDARD:
        assert spec.title, spec.name
        assert spec.about.endswith("."), spec.name
        assert spec.type == "number" or (spec.unit, spec.minimum, spec.maximum) == (None,) * 3
        assert spec.default is None, "what nobody said is missing, not assumed"


def test_a_field_of_the_workspace_has_everything_it_states() -> None:
    catalogue, problems = load(
        """
  seats_of_partner:
    type: number
    title: {fr: Sièges, en: Partner's seats}
    about: Counted at night.
    unit: seats
    from: Partner Seats
    minimum: 0
    maximum: 1e6
    default: 3
    translate: {none: "0"}
  started: {type: date, format: "%d/%m/%Y", default: 2024-02-29}
  colour: {type: text, values: [red, blue], default: red, translate: {Rot: red, 1: blue}}
  gone: {type: boolean, default: false}
"""
    )
    assert problems == []
    seats = catalogue.fields["seats_of_partner"]
    assert (seats.type, seats.title, seats.unit, seats.column) == (
        "number",
        "Partner's seats",
        "seats",
        "Partner Seats",
    )
    assert (seats.minimum, seats.maximum, seats.default) == (0, 1e6, 3)
    assert seats.translate == {"none": "0"}
    assert catalogue.fields["started"].default == dt.date(2024, 2, 29)
    assert catalogue.fields["colour"].translate == {"Rot": "red", "1": "blue"}
    assert catalogue.fields["gone"].default is False


def test_a_standard_field_keeps_what_is_not_said() -> None:
    catalogue, problems = load("  health_score: {from: hs}\n  arr: {type: number, unit: AUD}\n")
    assert problems == []
    health = catalogue.fields["health_score"]
    assert (health.column, health.minimum, health.maximum) == ("hs", 0, 100)
    assert catalogue.fields["arr"].unit == "AUD"


def test_own_segments_do_not_follow_from_the_standard_thresholds() -> None:
    catalogue, problems = load("  segment: {values: [big, small]}\n")
    assert problems == []
    assert catalogue.fields["segment"].derive == ()


def test_the_standard_ranks_follow_from_the_segment_that_may_itself_be_derived() -> None:
    catalogue, _ = load_catalogue(None)
    order = derivation_order(catalogue.fields, ["arr_rank", "tenure_rank"])
    assert set(order) == {"arr", "segment", "status", "signup_date", "arr_rank", "tenure_rank"}
    assert order.index("arr") < order.index("segment") < order.index("arr_rank")
    assert order.index("segment") < order.index("tenure_rank")


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("arr_rank: {rank: {of: mrr}}", "mrr"),
        ("arr_rank: {from: place}", "arr"),
        ("arr_rank: {derive: [{otherwise: 0.5}]}", None),
        ("segment: {values: [big, small]}", None),
        ("segment: {values: [big, strategic, enterprise]}", "arr"),
    ],
)
def test_a_workspace_may_rank_by_its_own_lights(text: str, of: str | None) -> None:
    catalogue, problems = load(f"  {text}\n")
    assert problems == []
    rank = catalogue.fields["arr_rank"].rank
    assert (rank and rank.of) == of


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("arr: {type: text}", "standard-field-type", "cannot be changed"),
        ("helth_score: {from: hs}", "missing-key", "so it needs a type"),
        ("x: {type: number, values: [a]}", "conflicting-keys", "`values` is for text"),
        ("x: {type: text, minimum: 1}", "conflicting-keys", "`minimum` is for numbers"),
        ("x: {type: number, minimum: 2, maximum: 1}", "bad-number", "above its maximum"),
        ("x: {type: number, maximum: 5.000}", "bad-number", "can be two numbers"),
        ("x: {type: number, default: 1.250}", "bad-number", "can be two numbers"),
        ("x: {type: text, format: '%Y-%m-%d'}", "conflicting-keys", "`format` is for dates"),
        ("x: {type: date, format: '%d/%m'}", "bad-date-format", "day, month and year"),
        ("x: {type: date, format: '%d/%m/%Y %Q'}", "bad-date-format", "day, month and year"),
        ("x: {type: number, default: many}", "wrong-type", "is a number"),
        ("x: {type: date, default: 2026-02-30}", "wrong-type", "is a date"),
        ("x: {type: date, default: 0026-02-03}", "wrong-type", "is a date"),
        ("x: {type: boolean, default: 1}", "wrong-type", "is a boolean"),
        ("x: {type: number, maximum: 1, default: 2}", "bad-number", "outside the limits"),
        ("x: {type: text, times: 12}", "conflicting-keys", "`times` is for numbers"),
        ("arr: {times: 0}", "bad-number", "0 cannot be a factor"),
        ("arr: {times: -12}", "bad-number", "cannot be a factor"),
        ("arr: {times: 0.0000001}", "bad-number", "with six places"),
        ("arr: {times: 2000000}", "bad-number", "at most 1,000,000"),
        ("arr: {times: true}", "wrong-type", "number"),
        ("status: {default: activ}", "unknown-word", "called `activ`"),
        ("status: {translate: {Actif: activ}}", "unknown-word", "called `activ`"),
        ("account_id: {default: A1}", "conflicting-keys", "can have no default"),
        (
            "account_id: {derive: [{otherwise: A}]}",
            "conflicting-keys",
            "must come from the export",
        ),
        ("x: {type: number, rank: {of: ar}}", "unknown-field", "no field `ar`"),
        ("x: {type: number, rank: {of: plan}}", "wrong-type", "ranked by a number or a date"),
        ("x: {type: text, rank: {of: arr}}", "wrong-type", "a rank is a number"),
        (
            "x: {type: number, rank: {of: arr}, derive: [{otherwise: 1}]}",
            "conflicting-keys",
            "from one of them",
        ),
        ("x: {type: number, derive: [{otherwise: one}]}", "wrong-type", "is a number"),
        ("status: {derive: [{otherwise: activ}]}", "unknown-word", "called `activ`"),
        (
            "x: {type: number, derive: [{otherwise: 1}, {when: vip, then: 2}]}",
            "unreachable-case",
            "never reached",
        ),
        (
            "x: {type: number, derive: [{when: days_until(renewal_date) < 3, then: 2}]}",
            "name-not-here",
            "cannot depend on today",
        ),
        (
            "x: {type: number, derive: [{when: previous(arr) < 3, then: 2}]}",
            "name-not-here",
            "an earlier value",
        ),
        ("x: {type: number, derive: [{when: x < 3, then: 2}]}", "field-cycle", "`x` from `x`"),
        ("arr: {derive: [{when: segment == 'growth', then: 2}]}", "field-cycle", "from `arr`"),
        ("arr: {frm: x}", "unknown-key", "frm"),
        ("arr: 12", "wrong-type", "found the number"),
    ],
)
def test_it_reports(text: str, code: str, says: str) -> None:
    catalogue, problems = load(f"  {text}\n")
    assert code in PROBLEM_CODES
    assert any(p.code == code and says in p.message and p.span for p in problems), problems
    assert len(catalogue.fields) >= len(STANDARD)


def test_fields_come_after_what_they_follow_from() -> None:
    catalogue, problems = load(
        """
  top: {type: boolean, derive: [{when: share < 0.1, then: true}, {otherwise: false}]}
  share: {type: number, rank: {of: arr, among: segment != 'self_serve'}}
"""
    )
    assert problems == []
    assert derivation_order(catalogue.fields, ["top", "plan"]) == [
        "arr",
        "plan",
        "segment",
        "share",
        "top",
    ]
