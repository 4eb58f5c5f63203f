"""Account snapshots made by SQL from five tables, held against a count in plain Python over the same tables.

The count knows nothing of Tenure nor of SQL: it reads the tables with `csv` and follows the readings that
`ravenstack/tenure.yaml` states. The data is not part of the project: without it these tests skip.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from support.ordinary_folder import ordinary_folder

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "ravenstack"
TABLES = ("accounts", "subscriptions", "feature_usage", "support_tickets", "churn_events")
DAY = dt.timedelta(days=1)
DATES = [
    dt.date(2023, 1, 9),
    dt.date(2023, 12, 31),
    dt.date(2024, 1, 1),
    dt.date(2024, 2, 29),
    dt.date(2024, 6, 24),
    dt.date(2024, 10, 7),
    dt.date(2024, 12, 31),
]
FIELDS = (
    "account_name", "industry", "country", "signup_date", "status", "plan", "arr", "mrr", "currency",
    "seats_licensed", "contract_start", "contract_term_months", "renewal_date", "auto_renew", "churn_date",
    "churn_reason", "features_used", "key_actions", "tickets_open", "escalated", "csat", "segment",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the RavenStack tables are not here")
pytest.importorskip("duckdb")

Row = dict[str, str]


@cache
def table(name: str) -> list[Row]:
    with (DATA / f"ravenstack_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def by_account(name: str) -> dict[str, list[Row]]:
    rows = defaultdict(list)
    for row in table(name):
        rows[row["account_id"]].append(row)
    return rows


@cache
def uses() -> dict[str, list[Row]]:
    """By subscription."""
    rows = defaultdict(list)
    for row in table("feature_usage"):
        rows[row["subscription_id"]].append(row)
    return rows


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text[:10])


def is_over(subscription: Row, on: dt.date) -> bool:
    return bool(subscription["end_date"]) and day(subscription["end_date"]) < on


def present(subscriptions: list[Row], on: dt.date) -> Row | None:
    """The latest to start of those open; where none is, the one that ended last."""
    still = [each for each in subscriptions if not is_over(each, on)]
    if still:
        return max(still, key=lambda each: (each["start_date"], each["subscription_id"]))
    return max(
        subscriptions,
        key=lambda each: (each["end_date"], each["start_date"], each["subscription_id"]),
        default=None,
    )


def last_day_of_its_year(start: dt.date, on: dt.date) -> dt.date:
    """The day before the first yearly return after `on`; 29 February returns on the 28th."""
    for year in range(start.year + 1, on.year + 2):
        leap = (start.month, start.day) == (2, 29) and year % 4
        returns = start.replace(year=year, day=28 if leap else start.day)
        if returns > on:
            return returns - DAY
    raise AssertionError(start)


def contract(account: str, on: dt.date) -> dict[str, object]:
    known = [row for row in by_account("subscriptions")[account] if day(row["start_date"]) <= on]
    row = present(known, on)
    if row is None:
        names = ("status", "plan", "arr", "mrr", "seats_licensed", "contract_start", "renewal_date")
        others = ("contract_term_months", "auto_renew", "churn_date", "churn_reason", "segment")
        return dict.fromkeys((*names, *others))
    over, yearly = is_over(row, on), row["billing_frequency"] == "annual"
    start, arr = day(row["start_date"]), float(row["arr_amount"])
    events = [e for e in by_account("churn_events")[account] if day(e["churn_date"]) <= on]
    last = max(events, key=lambda e: (e["churn_date"], e["churn_event_id"]), default=None)
    floors = (
        (108_000.01, "enterprise"),
        (21_600, "strategic"),
        (5_400, "growth"),
        (0, "self_serve"),
    )
    return {
        "status": "lapsed" if over else "trial" if row["is_trial"] == "True" else "active",
        "plan": row["plan_tier"],
        "arr": arr,
        "mrr": float(row["mrr_amount"]),
        "seats_licensed": float(row["seats"]),
        "contract_start": None if over else start,
        "contract_term_months": 12.0 if yearly and not over else None,
        "renewal_date": day(row["end_date"])
        if over
        else last_day_of_its_year(start, on)
        if yearly
        else None,
        "auto_renew": row["auto_renew_flag"] == "True",
        "churn_date": day(row["end_date"]) if over else None,
        "churn_reason": last["reason_code"] if over and last else None,
        "segment": next(name for floor, name in floors if arr >= floor),
    }


def usage(account: str, on: dt.date) -> dict[str, object]:
    rows = [
        row
        for subscription in by_account("subscriptions")[account]
        for row in uses()[subscription["subscription_id"]]
        if subscription["start_date"] <= row["usage_date"]
        and row["usage_date"] <= (subscription["end_date"] or "9999")
        and dt.timedelta(0) <= on - day(row["usage_date"]) < dt.timedelta(30)
    ]
    return {
        "features_used": float(len({row["feature_name"] for row in rows})),
        "key_actions": float(sum(int(row["usage_count"]) for row in rows)),
    }


def support(account: str, on: dt.date) -> dict[str, object]:
    tickets = [t for t in by_account("support_tickets")[account] if day(t["submitted_at"]) <= on]
    still = [ticket for ticket in tickets if day(ticket["closed_at"]) > on]
    closed = [ticket for ticket in tickets if day(ticket["closed_at"]) <= on]
    scores = [float(t["satisfaction_score"]) for t in closed if t["satisfaction_score"]]
    satisfied = sum(score >= 4 for score in scores)
    return {
        "tickets_open": float(len(still)),
        "escalated": any(ticket["escalation_flag"] == "True" for ticket in still),
        "csat": pytest.approx(100 * satisfied / len(scores)) if scores else None,
    }


def count(on: dt.date) -> dict[str, dict[str, object]]:
    """What is known of each account on that day."""
    return {
        row["account_id"]: {
            "account_name": row["account_name"],
            "industry": row["industry"],
            "country": row["country"],
            "signup_date": day(row["signup_date"]),
            "currency": "USD",
            **contract(row["account_id"], on),
            **usage(row["account_id"], on),
            **support(row["account_id"], on),
        }
        for row in table("accounts")
        if day(row["signup_date"]) <= on
    }


def lay_out(root: Path, data: Path) -> Path:
    """The workspace, on tables in that folder."""
    shutil.copytree(HERE / "ravenstack", root)
    settings = root / "tenure.yaml"
    written = settings.read_text(encoding="utf-8")
    assert written.count("../../../../shared/data/ravenstack") == len(TABLES) + 1
    found = written.replace("../../../../shared/data/ravenstack", data.as_posix())
    settings.write_text(found, encoding="utf-8")
    return root


def snapshot(root: Path, on: dt.date) -> dict[str, dict[str, object]]:
    """What Tenure reads, by account."""
    from tenure.engine.sources import Snapshots
    from tenure.engine.workspace.settings_loader import load_workspace

    workspace, catalogue, problems, _ = load_workspace(root)
    assert workspace is not None
    assert not problems
    loaded = Snapshots(workspace, catalogue).load(on, FIELDS)
    assert not loaded.quarantined.height
    assert not loaded.warnings
    return {row.pop("account_id"): row for row in loaded.frame.to_dicts()}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    return lay_out(tmp_path_factory.mktemp("ravenstack") / "workspace", DATA)


@pytest.mark.parametrize("on", DATES, ids=str)
def test_the_query_gives_what_the_tables_say(workspace, on):
    given, counted = snapshot(workspace, on), count(on)
    assert given.keys() == counted.keys()
    for account, row in counted.items():
        assert given[account] == row, account


def test_every_reading_has_its_accounts():
    """The dates that are compared have what the readings are about."""
    rows = [row for on in DATES for row in count(on).values()]
    assert {row["status"] for row in rows} == {None, "trial", "active", "lapsed"}
    assert {row["segment"] for row in rows} == {
        None, "self_serve", "growth", "strategic", "enterprise",
    }  # fmt: skip
    for name in ("renewal_date", "churn_reason", "csat"):
        assert {row[name] is None for row in rows} == {True, False}, name
    for name in ("features_used", "tickets_open"):
        assert {row[name] == 0 for row in rows} == {True, False}, name
    assert {row["escalated"] for row in rows} == {True, False}


def hidden(rows: list[Row], on: dt.date, comes: str, **ends: str) -> list[Row]:
    """The rows that had come by the end of that day, with what happened later blanked out."""
    known = [row for row in rows if day(row[comes]) <= on]
    return [
        {
            column: later
            if (later := ends.get(column)) is not None and later_than(cell, on)
            else cell
            for column, cell in row.items()
        }
        for row in known
    ]


def later_than(cell: str, on: dt.date) -> bool:
    return bool(cell) and day(cell) > on


@pytest.mark.parametrize("on", DATES[1:-1], ids=str)
def test_what_happened_later_is_hidden(workspace, tmp_path, on):
    """The snapshot is the same from tables that say nothing of what came after the day."""
    blank = {
        "accounts": hidden(table("accounts"), on, "signup_date"),
        "subscriptions": hidden(table("subscriptions"), on, "start_date", end_date=""),
        "feature_usage": hidden(table("feature_usage"), on, "usage_date"),
        "support_tickets": hidden(
            table("support_tickets"), on, "submitted_at", closed_at="9999-01-01"
        ),
        "churn_events": hidden(table("churn_events"), on, "churn_date"),
    }
    for row in blank["accounts"] + blank["subscriptions"]:
        row["churn_flag"] = ""
    for row in blank["support_tickets"]:
        if row["closed_at"] == "9999-01-01":
            row["satisfaction_score"] = ""
    with ordinary_folder() as data:
        for name, rows in blank.items():
            with (data / f"ravenstack_{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(table(name)[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        assert snapshot(lay_out(tmp_path / "workspace", data), on) == snapshot(workspace, on)


MONDAYS = [dt.date(2024, 1, 1) + week * 7 * DAY for week in range(53)]
NOT_IN_THE_TABLES = {"csm", "health_score", "nps_rating", "plan_utilisation", "seats_active"}


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """What a weekly run of every shipped playbook gave, by Monday."""
    from tenure.engine.project.loading import load_project
    from tenure.engine.runs.running import run

    root = lay_out(tmp_path_factory.mktemp("year") / "workspace", DATA)
    (root / "playbooks").mkdir()
    for file in sorted((ROOT / "playbooks").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        weekly = re.sub(r'schedule: "0 6 \* \* (\*|1-5)"', 'schedule: "0 6 * * 1"', text)
        (root / "playbooks" / file.name).write_text(weekly, encoding="utf-8")
    project = load_project(root)
    assert not project.errors
    assert len(project.playbooks) == len(list((root / "playbooks").iterdir()))
    return {on: run(project, on) for on in MONDAYS}


def untold(result, playbook: str, field: str) -> int:
    """Of how many accounts a run could not tell whether the playbook is for them, for want of that field."""
    rows = result.counts.filter(what="cannot_tell", playbook=playbook, step="for", field=field)
    return rows["accounts"].sum()


@pytest.mark.slow
def test_a_year_of_all_playbooks_names_the_fields_that_no_table_fills(year):
    texts = [file.read_text("utf-8") for file in (ROOT / "playbooks").glob("*.yaml")]
    for result in year.values():
        assert not result.quarantined.height
        named = {word for each in result.warnings for word in re.findall(r"`(\w+)`", each.message)}
        assert named >= NOT_IN_THE_TABLES
        assert not named & set(FIELDS)
        assert all(any(re.search(rf"\b{name}\b", text) for text in texts) for name in named)


@pytest.mark.slow
def test_accounts_without_a_subscription_are_unknown_members(year):
    """Those that signed up and have no subscription yet: nobody knows whether they are active."""
    for on, result in year.items():
        without = sum(row["status"] is None for row in count(on).values())
        for playbook in ("renewal", "expansion", "loyalty"):
            assert untold(result, playbook, "status") == without, (playbook, on)


@pytest.mark.slow
def test_readiness_to_grow_is_unknown_for_all(year):
    """Health, rating and use of the plan are in no table: no account that may be active can be told.

    But for those in trouble, who are not to be asked: with management, or expired, as `renewal` knows.
    """
    expired = 0
    for on, result in year.items():
        rows = count(on).values()
        maybe = [row for row in rows if row["status"] in (None, "active") and not row["escalated"]]
        moved = result.counts.filter(what="moved", playbook="renewal", step="grace")
        expired += moved["accounts"].sum()
        for field in ("health_score", "nps_rating", "plan_utilisation"):
            assert 0 <= len(maybe) - untold(result, "expansion", field) <= expired, (field, on)
    assert not any("expansion" in set(result.entries["playbook"]) for result in year.values())
