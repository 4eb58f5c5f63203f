"""Letters in the working hours of customers: by the account's time zone, date and holidays."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from support.deliveries import DAY, TestClock, deliver_day, make_workspace, rows_of, run_day
from support.mail_server import serving

CHANNEL = """\
channels:
  letters:
    email:
      to: customers
      host: 127.0.0.1
      port: {port}
      from: The team <team@example.com>
      ca_file: ca.pem
      send: true
      unsubscribe: https://example.com/u/{{account_id}}
    hours: 09:00-18:00
    hours_of: customer
"""
# Local times at 2026-03-02 09:00 UTC: https://www.iana.org/time-zones. Nothing changes to summer time before 8 March.
ZONES = {
    "a1": "Europe/Paris",  # 10:00
    "a2": "America/New_York",  # 04:00
    "a3": "Asia/Tokyo",  # 18:00
    "a4": "Pacific/Honolulu",  # 23:00 on 1 March
    "a5": "",
}


def utc(hour: int, minute: int = 0, day: int = 2) -> TestClock:
    return TestClock(dt.datetime(2026, 3, day, hour, minute, tzinfo=dt.UTC))


def change_accounts(root: Path, **columns: dict[str, str]) -> None:
    """Give the accounts of the day's snapshot more columns."""
    path = root / "data" / f"accounts-{DAY}.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    for row in rows:
        for name, values in columns.items():
            row[name] = values.get(row["account_id"], "")
    with path.open("w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def prepare(folder: Path, port: int, accounts: int, **columns: dict[str, str]) -> Path:
    root = make_workspace(folder / "w", CHANNEL.format(port=port), ("Alice",) * accounts)
    (folder / "ca.pem").rename(root / "ca.pem")
    if columns:
        change_accounts(root, **columns)
    run_day(root)
    return root


def sent(report: Any) -> list[str]:
    return sorted(row["to"][-1] for row in rows_of(report) if row["state"] == "sent")


def test_each_letter_waits_for_the_hours_of_its_customer(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = prepare(tmp_path, server.port, 5, time_zone=ZONES)
        report = deliver_day(root, utc(9))
        assert sent(report) == ["1", "5"]
        assert report.waiting == 3
        (problem,) = report.problems
        assert (problem.code, problem.severity) == ("channel-closed", "warning")
        assert "3 letters of the channel `letters` wait" in problem.message
        assert sent(deliver_day(root, utc(13, 59))) == []
        assert sent(deliver_day(root, utc(14))) == ["2"]
        assert sent(deliver_day(root, utc(18, 59))) == []
        assert sent(deliver_day(root, utc(19))) == ["4"]
        report = deliver_day(root, utc(9, day=3), on=DAY + dt.timedelta(days=1))
    states = {row["state"]: row["note"] for row in rows_of(report)}
    assert states == {"failed": "it was not sent on its contact day"}
    assert len(server.messages) == 4


def test_the_contact_day_is_the_customers_date(tmp_path: Path) -> None:
    zones = {"a1": "Pacific/Auckland", "a2": "Pacific/Honolulu"}
    with serving(tmp_path / "ca.pem") as server:
        root = prepare(tmp_path, server.port, 2, time_zone=zones)
        # In Auckland it is 3 March, 09:30; in Honolulu 2 March, 10:30.
        assert sent(deliver_day(root, utc(20, 30))) == ["2"]
        # The morning of 2 March in Auckland.
        assert sent(deliver_day(root, utc(20, 30, day=1))) == ["1"]
    assert len(server.messages) == 2


# 2 March is Adwa Victory Day, a public holiday of Ethiopia.
@pytest.mark.parametrize(("country", "expected"), [("FR", ["1"]), ("ET", [])])
def test_a_holiday_of_the_customer_is_not_a_working_day(
    tmp_path: Path, country: str, expected: list[str]
) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = prepare(tmp_path, server.port, 1)
        change_accounts(root, country={"a1": country})
        assert sent(deliver_day(root, utc(9))) == expected


def test_a_closing_day_that_was_added_since_counts(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = prepare(tmp_path, server.port, 1)
        text = (root / "tenure.yaml").read_text("utf-8")
        (root / "tenure.yaml").write_text(
            f"{text}holidays: {{closed: {{all: [2026-03-02]}}}}\n", "utf-8"
        )
        assert sent(deliver_day(root, utc(9))) == []


def test_a_zone_that_does_not_exist_is_named_and_the_workspaces_counts(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = prepare(tmp_path, server.port, 1, time_zone={"a1": "Paris"})
        report = deliver_day(root, utc(9))
    assert sent(report) == ["1"]
    assert [problem.code for problem in report.problems] == ["unknown-time-zone"]
    assert "`Paris`" in report.problems[0].message


def test_an_export_without_time_zones_has_the_workspaces(tmp_path: Path) -> None:
    with serving(tmp_path / "ca.pem") as server:
        root = prepare(tmp_path, server.port, 1)
        assert sent(deliver_day(root, utc(7, 59))) == []
        assert sent(deliver_day(root, utc(8))) == ["1"]
