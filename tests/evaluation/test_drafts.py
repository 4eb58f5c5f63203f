"""Who owns an action, and what its id is made of."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from support.lives import RULES, Lives
from support.one_account import DAY, MONDAY, text
from tenure.engine.evaluation.action_ids import identify
from tenure.engine.evaluation.drafts import owner_columns, plain_detail
from tenure.engine.evaluation.inputs import NO_FIRST_NAMES, FirstNames
from tenure.engine.playbook.model import Agenda, AgendaPart, Lines, Minutes
from tenure.engine.workspace.settings import Role

ROLES = {
    "csm": Role("csm", "csm", None, {}),
    "sales": Role("sales", "account_executive", None, {}),
    "operations": Role("operations", None, "Ops", {}),
    "unknown": Role("unknown", "no_such_column", None, {}),
}


@pytest.mark.parametrize(
    ("roles", "csm", "sales", "expected"),
    [
        (["csm", "sales"], "Zoé", "Bo", ("csm", "Zoé")),
        (["csm", "sales"], None, "Bo", ("sales", "Bo")),
        # Where nobody is known, it is the work of the first role.
        (["csm", "sales"], None, None, ("csm", None)),
        (["sales", "csm"], None, None, ("sales", None)),
        (["csm", "operations"], None, None, ("operations", "Ops")),
        (["operations", "csm"], "Zoé", None, ("operations", "Ops")),
        (["unknown", "csm"], "Zoé", None, ("csm", "Zoé")),
        (["unknown"], "Zoé", "Bo", ("unknown", None)),
        ([], "Zoé", "Bo", (None, None)),
    ],
)
def test_the_first_role_that_is_filled_owns_an_action(
    roles: list[str], csm: str | None, sales: str | None, expected: tuple[str | None, str | None]
) -> None:
    rows = pl.DataFrame(
        {"csm": [csm], "account_executive": [sales]},
        schema={"csm": pl.String, "account_executive": pl.String},
    )
    role, owner = owner_columns(roles, replace(RULES, roles=ROLES), rows.columns)
    assert rows.select(role.alias("role"), owner.alias("owner")).row(0) == expected


def test_an_id_is_of_the_first_names_of_playbook_and_step() -> None:
    columns = ("playbook", "account_id", "cycle", "step", "action", "occurrence")
    rows = pl.DataFrame(
        [
            ("renewal", "a", "1", "notice", "email", "1"),
            ("renewal", "a", "1", "push", "email", "1"),
            ("adoption", "a", "1", "notice", "email", "1"),
            ("renewal", "a", "1", "check_date", "task", "2026-03-02"),
        ],
        schema=columns,
        orient="row",
    )
    names = FirstNames({"renewal": "renewals"}, {"renewal/notice": "warning"})
    first = [
        "renewals|a|1|warning|email|1",
        "renewals|a|1|push|email|1",
        "adoption|a|1|notice|email|1",
        "|a||check_date|task|2026-03-02",
    ]
    present = ["renewal|a|1|notice|email|1", "renewal|a|1|push|email|1", *first[2:]]
    for given, keys in ((names, first), (NO_FIRST_NAMES, present)):
        digests = [hashlib.sha256(key.replace("|", "\x1f").encode()).hexdigest() for key in keys]
        assert identify(rows, given).to_list() == [digest[:20] for digest in digests]


SHIFTED = """\
timeline:
  anchor: renewal_date
  steps:
    - {{id: opening, at: -60 days}}
    - {{id: notice, at: -30 days, do: [{{call: {{owner: csm, due: {due}, shift: earlier}}}}]}}
  outcomes: {{over: {{at: 30 days}}}}
"""


@pytest.mark.parametrize(
    ("step", "due", "expected"),
    [
        # From Friday on Sunday's call is moved to Friday; from Saturday on, that is over: Monday.
        (4, "2 days", 4),
        (5, "1 day", 7),
        (5, "3 days", 8),
        (6, "6 days", 11),
    ],
)
def test_an_action_is_not_moved_before_its_step(step: int, due: str, expected: int) -> None:
    life = Lives(text(SHIFTED.format(due=due)))
    life.put(renewal_date=MONDAY + (30 + step) * DAY)
    for n in range(8):
        life.day(MONDAY + n * DAY)
    assert [(due_on - MONDAY).days for due_on in life.ledger["due_on"]] == [expected]


TITLE, POINT = {"en": "Open", "fr": "Ouverture"}, {"en": "Usage", "fr": "Usage réel"}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        (Minutes(20, 30), {"from": 20, "to": 30}),
        (Agenda((AgendaPart(TITLE),)), ["Ouverture"]),
        (Agenda((AgendaPart(TITLE, 5),)), [{"part": "Ouverture", "minutes": 5}]),
        (Agenda((AgendaPart(TITLE, None, (POINT,)),)), [{"part": "Ouverture", "points": ["Usage réel"]}]),
        (Agenda((AgendaPart(TITLE, 0, (POINT,)),)), [{"part": "Ouverture", "minutes": 0, "points": ["Usage réel"]}]),
        (Lines((TITLE, POINT)), ["Ouverture", "Usage réel"]),
        (TITLE, "Ouverture"),
        (7, 7),
    ],
)  # fmt: skip
def test_a_detail_is_told_in_one_language(detail: Any, expected: object) -> None:
    assert plain_detail(detail, "fr") == expected
