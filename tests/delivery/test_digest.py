"""The morning digest: what it has, in which order, in each language, and that it escapes what comes from data."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser
from typing import Any

import pytest
from tenure.engine.delivery.digest import Digest, build_digest, urgency_of
from tenure.engine.delivery.digest_pages import digest_subject, draw_digest

DAY = dt.date(2026, 3, 2)


def entry(number: int, due: int, **more: Any) -> dict[str, Any]:
    """An open action due so many days after the date, issued ten days before it."""
    due_on = DAY + dt.timedelta(days=due)
    issued_on = min(due_on, DAY) - dt.timedelta(days=10)
    return {
        "action_id": f"id{number:02}",
        "account_id": f"a{number}",
        "account_name": f"Firm {number}",
        "title": f"Task {number}",
        "kind": "task",
        "due_on": due_on,
        "issued_on": issued_on,
        "contact_on": None,
        "back_on": None,
        "current_on": due_on,
        "reason": "30 days before",
        "priority": "other",
        "owner": "Alice",
        "detail": None,
        **more,
    }


def digest(*entries: dict[str, Any], at_most: int = 40, **more: Any) -> Digest:
    return build_digest(
        "Alice", DAY, entries, more.pop("postponed", []), ("renewal", "other"), at_most, **more
    )


@pytest.mark.parametrize(
    ("due", "more", "expected"),
    [
        (0, {}, "today"),
        (-1, {}, "overdue"),
        (3, {}, "open"),
        (3, {"issued_on": DAY}, "new"),
        (-3, {"issued_on": DAY}, "today"),
        (-3, {"contact_on": DAY}, "today"),
        (-40, {"back_on": DAY}, "today"),
        (-40, {"back_on": DAY - dt.timedelta(days=1)}, "overdue"),
    ],
)
def test_urgency_is_of_the_due_date_and_the_date_of_issue(
    due: int, more: dict[str, Any], expected: str
) -> None:
    assert urgency_of(entry(1, due, **more), DAY) == expected


def test_accounts_are_in_the_order_of_their_most_urgent_action() -> None:
    found = digest(
        entry(1, -5),
        entry(2, 4),
        entry(3, 0),
        entry(4, 0, priority="renewal"),
        entry(5, -2),
        entry(6, 0, account_id="a2", account_name="Firm 2"),
        entry(7, 1, issued_on=DAY),
    )
    assert [account.account_id for account in found.accounts] == [
        "a4",
        "a2",
        "a3",
        "a5",
        "a1",
        "a7",
    ]
    assert [item.title for item in found.accounts[1].items] == ["Task 6", "Task 2"]
    assert (found.today, found.overdue, found.new, found.open) == (3, 2, 1, 1)


def test_no_more_than_its_number_is_listed_and_the_others_are_counted() -> None:
    found = digest(*(entry(number, 0) for number in range(7)), entry(8, -31), at_most=3)
    assert sum(len(account.items) for account in found.accounts) == 3
    assert (found.left_out, found.stale) == (4, 1)
    page = draw_digest(found, "text", "en", "Test")
    assert "Not listed, as it is less urgent: 4 actions." in page
    assert "Not listed, as it has been overdue for more than 30 days: 1 action." in page


def test_old_actions_alone_are_no_reason_to_write() -> None:
    assert digest(entry(1, -31)).is_empty
    assert not digest(entry(1, -30)).is_empty
    # It was issued, snoozed until, reopened or assigned of late, and can still be done.
    assert not digest(entry(1, -90, current_on=DAY - dt.timedelta(days=30))).is_empty
    assert not digest(sent=1).is_empty


LETTER = {
    "message": "notice",
    "recipient": "c1@customer.example",
    "subject": "Your renewal",
    "body": "Dear Zoé,\nyour term ends.\n",
    "message_problem": None,
}


@pytest.mark.parametrize(
    ("language", "subject", "parts"),
    [
        (
            "en",
            "Your day, 2 March 2026: 1 today, 1 overdue",
            ["Task, due 2 Mar", "3 days overdue", "Sent for you today: 2 letters.", "Postponed"],
        ),
        (
            "fr",
            "Votre journée, 2 mars 2026 : 1 aujourd'hui, 1 en retard",
            ["Tâche, pour le 2 mars", "3 jours de retard", "2 lettres", "Reporté"],
        ),
        (
            "de",
            "Ihr Tag am 2. März 2026: 1 heute, 1 überfällig",
            ["Aufgabe, bis 2. März", "3 Tage überfällig", "2 Briefe", "Verschoben"],
        ),
    ],
)
def test_it_is_in_the_readers_language(language: str, subject: str, parts: list[str]) -> None:
    waiting = entry(9, 0, reason="at most 2 contacts in 7 days")
    found = digest(entry(1, 0, **LETTER), entry(2, -3), postponed=[waiting], sent=2)
    assert digest_subject(found, language) == subject
    page = draw_digest(found, "text", language, "Test")
    colon = "\u00a0:" if language == "fr" else ":"
    for part in [*parts, "Dear Zoé,", f"Firm 9{colon} Task 9 (at most 2 contacts in 7 days)"]:
        assert part in page
    assert f'lang="{language}"' in draw_digest(found, "html", language, "Test")


def test_a_letter_opens_in_the_mail_program_with_its_text_unless_it_is_too_long() -> None:
    short = draw_digest(digest(entry(1, 0, **LETTER)), "html", "en", "Test")
    assert (
        'href="mailto:c1@customer.example?subject=Your%20renewal&amp;'
        'body=Dear%20Zo%C3%A9%2C%0D%0Ayour%20term%20ends."' in short
    )
    long = draw_digest(digest(entry(1, 0, **LETTER | {"body": "x" * 3000})), "html", "en", "Test")
    assert 'href="mailto:c1@customer.example?subject=Your%20renewal"' in long


class Tags(HTMLParser):
    """The tags of a page, and the attributes that could run or fetch something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "onclick")]


HOSTILE = '<script>alert(1)</script><img src="x" onerror="y">\n# [a](javascript:b) {{ c }}'


def test_nothing_from_data_is_markup() -> None:
    hostile = {"title": HOSTILE, "account_name": HOSTILE, "reason": HOSTILE, "owner": HOSTILE}
    letter = LETTER | {"subject": HOSTILE, "body": HOSTILE}
    found = digest(entry(1, 0, **hostile, **letter), postponed=[entry(2, 0, **hostile)])
    page = Tags(draw_digest(found, "html", "en", HOSTILE))
    assert page.tags.isdisjoint({"script", "img"})
    assert all(link.startswith("mailto:") for link in page.links)
    markdown = draw_digest(found, "markdown", "en", "Test")
    assert "<script>" not in markdown.replace("\\<script\\>", "")
    assert "[a](" not in markdown
    assert "\n# [" not in markdown
