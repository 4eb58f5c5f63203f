"""What each body does over the days of an account's life."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from support.lives import DAY, RULES, Lives
from support.playbook_texts import timeline, with_body

# A Monday, far from holidays.
MONDAY = dt.date(2026, 3, 2)


def test_a_trigger_fires_once_on_the_edge_and_again_only_when_armed() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: drop, when: "crossed_below(health_score, 70)", rearm: health_score >= 75}]
            steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
            """,
        )
    )
    scores = [60, 80, 69, 65, 72, 60, 75, 69, 71, 68]
    found = []
    for n, score in enumerate(scores):
        life.put(health_score=float(score))
        found.append(len(life.day(MONDAY + n * DAY)))
    # Not on first sight at 60; at 69; not at 60 after 72, which does not arm it; at 69 after 75; not at 68.
    assert found == [0, 0, 1, 0, 0, 0, 0, 1, 0, 0]


def test_openings_are_kept_apart() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: drop, when: health_score < 70}]
            apart: 5 days
            steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
            """,
        )
    )
    life.put(health_score=50.0)
    assert life.until(MONDAY, MONDAY + 10 * DAY) == [
        "2026-03-02: 2026-03-02 call.task",
        # The fifth day after is a Saturday: issued on it, due on Monday.
        "2026-03-07: 2026-03-09 call.task",
        "2026-03-12: 2026-03-12 call.task",
    ]


def test_a_cadence_opens_when_the_last_review_is_long_ago() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: cadence, every: 90 days, since: last_review_date}]
            apart: 30 days
            steps: [{id: review, at: 0 days, do: [{task: {owner: csm}}]}]
            """,
        )
    )
    life.put(last_review_date=MONDAY - 89 * DAY)
    assert life.day(MONDAY) == []
    assert life.day(MONDAY + DAY) == ["2026-03-03 review.task"]
    assert life.day(MONDAY + 2 * DAY) == []
    life.put(last_review_date=MONDAY + 2 * DAY)
    assert life.until(MONDAY + 3 * DAY, MONDAY + 40 * DAY) == []


def test_a_cadence_waits_for_its_condition() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: cadence, every: 90 days, since: last_review_date, when: not escalated}]
            steps: [{id: review, at: 0 days, do: [{task: {owner: csm}}]}]
            """,
        )
    )
    life.put(last_review_date=MONDAY - 89 * DAY, escalated=False)
    assert life.day(MONDAY) == []
    life.put(last_review_date=MONDAY - 89 * DAY, escalated=True)
    assert life.day(MONDAY + DAY) == []
    life.put(last_review_date=MONDAY - 89 * DAY, escalated=False)
    assert life.day(MONDAY + 2 * DAY) == ["2026-03-04 review.task"]


def test_steps_follow_a_meeting_that_is_moved() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: ask, when: vip}]
            apart: 60 days
            anchor: next_review_date
            steps:
              - {id: invite, at: -7 days, do: [{task: {owner: csm}}]}
              - {id: prepare, at: -2 days, do: [{task: {owner: csm}}]}
            """,
        )
    )
    life.put(vip=True, next_review_date=MONDAY + 9 * DAY)
    assert life.until(MONDAY, MONDAY + 2 * DAY) == ["2026-03-04: 2026-03-04 invite.task"]
    life.put(next_review_date=MONDAY + 16 * DAY)
    # Not invited again, and prepared two days before the new date.
    assert life.until(MONDAY + 3 * DAY, MONDAY + 20 * DAY) == [
        "2026-03-16: 2026-03-16 prepare.task"
    ]


def test_an_anchor_may_keep_its_date_until_the_next_follow_up() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: ask, when: vip}]
            apart: 10 days
            anchor: first(anchor, next_review_date)
            steps: [{id: prepare, at: -2 days, do: [{task: {owner: csm}}]}]
            outcomes: {over: {at: 0 days}}
            """,
        )
    )
    life.put(vip=True, next_review_date=MONDAY + 9 * DAY)
    assert life.until(MONDAY, MONDAY + 2 * DAY) == []
    life.put(next_review_date=MONDAY + 16 * DAY)
    # The date of the opening is kept, so two days before the 11th. Ten days after the opening, on the 12th, it opens
    # again: with the date of then, the 18th, and not with the one before.
    assert life.until(MONDAY + 3 * DAY, MONDAY + 18 * DAY) == [
        "2026-03-09: 2026-03-09 prepare.task",
        "2026-03-16: 2026-03-16 prepare.task",
    ]


def test_an_anchor_may_go_by_what_opened_the_follow_up() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: alarm, when: escalated}, {id: routine, when: vip}]
            apart: 7 days
            anchor: choose(opened_by == 'alarm', opened_on + 1 day, opened_on + 4 days)
            steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
            """,
        )
    )
    life.put(vip=True, escalated=False)
    assert life.until(MONDAY, MONDAY + 4 * DAY) == ["2026-03-06: 2026-03-06 call.task"]
    life.put(vip=True, escalated=True)
    assert life.until(MONDAY + 5 * DAY, MONDAY + 9 * DAY) == ["2026-03-10: 2026-03-10 call.task"]


def test_an_anchor_may_stay_once_it_has_come() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: ask, when: vip}]
            apart: 60 days
            anchor: choose(anchor is not missing and today >= anchor, anchor, next_review_date)
            steps: [{id: prepare, at: -2 days}, {id: recap, at: 2 days, do: [{task: {owner: csm}}]}]
            """,
        )
    )
    life.put(vip=True, next_review_date=MONDAY + 9 * DAY)
    life.day(MONDAY)
    life.put(next_review_date=MONDAY + 14 * DAY)
    life.until(MONDAY + DAY, MONDAY + 14 * DAY)
    # Held on the 16th; the next one is planned, and the recap is still that of the 16th.
    life.put(next_review_date=MONDAY + 90 * DAY)
    assert life.until(MONDAY + 15 * DAY, MONDAY + 20 * DAY) == ["2026-03-18: 2026-03-18 recap.task"]


HAND_OVER = timeline(
    """
    steps:
      - id: hand_over
        at: -60 days
        when: vip
        do:
          - handoff:
              to: Sales
              owner: csm
              priority: [{when: arr > 20000, then: renewal}, {when: premium_views > 5, then: renewal}]
              because:
                - {when: premium_views > 0, say: {en: premium features were seen, fr: on a vu les options}}
                - {when: invitations > 0, say: {fr: l'équipe grandit}}
    """
)


@pytest.mark.parametrize(
    ("language", "premium", "growing"),
    [
        ("en", "premium features were seen", "l'équipe grandit"),
        ("fr", "on a vu les options", "l'équipe grandit"),
        ("de", "premium features were seen", "l'équipe grandit"),
    ],
)
def test_what_speaks_for_an_action_is_named_and_may_raise_it(
    language: str, premium: str, growing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.lives.RULES", replace(RULES, language=language))
    life = Lives(HAND_OVER)
    life.put("a", arr=20001.0, premium_views=3.0, invitations=2.0)
    life.put("b", arr=20000.0, premium_views=5.0, invitations=None)
    life.put("c", arr=None, premium_views=6.0, invitations=0.0)
    life.put("d", arr=None, premium_views=None, invitations=1.0)
    life.put("e", arr=None, premium_views=0.0, invitations=None)
    for id in "abcde":
        life.put(id, vip=True, renewal_date=MONDAY + 60 * DAY)
    life.day(MONDAY)
    why = "60 days before 2026-05-01; vip"
    rows = life.ledger.sort("account_id").select("account_id", "priority", "reason").rows()
    assert rows == [
        ("a", "renewal", f"{why}; because {premium}, {growing}"),
        ("b", "other", f"{why}; because {premium}"),
        ("c", "renewal", f"{why}; because {premium}"),
        ("d", "other", f"{why}; because {growing}"),
        ("e", "other", why),
    ]
    assert "cannot_tell" not in {what for what, _ in life.counts()}


LEVELS = """
since: signup_date
levels:
  - {id: silver, after: 30 days, do: [{grant: {owner: csm, grant: silver, shift: none}}]}
  - {id: gold, after: 90 days, when: plan_utilisation > 0.8, do: [{grant: {owner: csm, grant: gold, shift: none}}]}
notice: {before: 30 days, do: [{task: {owner: csm, shift: none}}]}
downgrade: one level
below_for: 91 days
"""


def test_a_level_is_announced_reached_and_celebrated_once() -> None:
    life = Lives(with_body("tiers", LEVELS))
    life.put(signup_date=MONDAY, plan_utilisation=0.9)
    assert life.until(MONDAY, MONDAY + 120 * DAY) == [
        f"{day}: {day} {what}"
        for day, what in (
            (MONDAY, "silver_notice.task"),
            (MONDAY + 30 * DAY, "silver.grant"),
            (MONDAY + 60 * DAY, "gold_notice.task"),
            (MONDAY + 90 * DAY, "gold.grant"),
        )
    ]


def test_a_level_is_lost_after_91_days_below_and_not_before() -> None:
    life = Lives(with_body("tiers", LEVELS))
    life.put(signup_date=MONDAY - 200 * DAY, plan_utilisation=0.9)
    life.day(MONDAY)
    assert life.state() == "gold"
    life.put(plan_utilisation=0.5)
    life.until(MONDAY + DAY, MONDAY + 50 * DAY)
    assert life.state() == "gold_below"
    life.put(plan_utilisation=0.9)
    assert life.day(MONDAY + 51 * DAY) == []
    assert life.state() == "gold"
    life.put(plan_utilisation=0.5)
    fallen = MONDAY + 52 * DAY
    life.until(fallen, fallen + 90 * DAY)
    assert life.state() == "gold_below"
    life.day(fallen + 91 * DAY)
    assert life.state() in ("silver", "silver_notified")


def test_what_is_done_on_losing_a_level_is_due_on_the_day_it_is_lost() -> None:
    lost = "shift: none}}], lost: [{task: {owner: csm, shift: none}}]}\nnotice"
    text = LEVELS.replace("shift: none}}]}\nnotice", lost)
    life = Lives(with_body("tiers", text))
    life.put(signup_date=MONDAY - 97 * DAY, plan_utilisation=0.9)
    life.day(MONDAY)
    life.put(plan_utilisation=0.8)
    fallen = MONDAY + 92 * DAY
    ledger = life.until(MONDAY + DAY, fallen)
    assert f"{fallen}: {fallen} gold_lost.task" in ledger
    assert "gold_lost" not in " ".join(ledger[: ledger.index(f"{fallen}: {fallen} gold_lost.task")])


def test_a_level_once_reached_is_kept_where_nothing_is_lost() -> None:
    life = Lives(with_body("tiers", LEVELS.partition("downgrade")[0]))
    life.put(signup_date=MONDAY - 200 * DAY, plan_utilisation=0.9)
    life.day(MONDAY)
    life.put(plan_utilisation=0.1)
    life.until(MONDAY + DAY, MONDAY + 200 * DAY)
    assert life.state() == "gold"


def test_a_level_that_was_held_when_the_account_was_first_seen_counts_from_its_own_date() -> None:
    life = Lives(with_body("tiers", LEVELS))
    life.put("long_held", signup_date=MONDAY - 98 * DAY, plan_utilisation=0.9)
    life.put("just_held", signup_date=MONDAY - 97 * DAY, plan_utilisation=0.9)
    assert life.day(MONDAY) == [
        f"{MONDAY - 8 * DAY} gold.grant skipped",
        f"{MONDAY - 7 * DAY} gold.grant",
    ]


def test_a_level_earned_after_its_date_is_reached_on_the_day_it_is_earned() -> None:
    life = Lives(with_body("tiers", LEVELS))
    life.put(signup_date=MONDAY - 200 * DAY, plan_utilisation=0.8)
    life.day(MONDAY)
    life.put(plan_utilisation=0.9)
    assert life.day(MONDAY + DAY) == [f"{MONDAY + DAY} gold.grant"]


def test_an_account_that_is_back_has_the_level_that_it_left_with_and_rises_from_it() -> None:
    life = Lives(with_body("tiers", LEVELS))
    life.put(signup_date=MONDAY - 50 * DAY, plan_utilisation=0.9)
    life.day(MONDAY)
    life.put(status="lapsed")
    assert life.until(MONDAY + DAY, MONDAY + 60 * DAY) == []
    assert life.state() == "left"
    life.put(status="active")
    back = MONDAY + 61 * DAY
    assert life.day(back) == [f"{back} gold.grant"]


def test_an_anniversary_on_29_february_comes_on_the_28th_in_other_years() -> None:
    life = Lives(
        with_body(
            "anniversaries",
            """
            of: signup_date
            years: [{id: yearly, from_year: 1, do: [{grant: {owner: csm, grant: badge, shift: none}}]}]
            """,
        )
    )
    life.put(signup_date=dt.date(2024, 2, 29))
    assert life.until(dt.date(2025, 2, 20), dt.date(2025, 3, 5)) == [
        "2025-02-28: 2025-02-28 yearly.grant"
    ]
    assert life.until(dt.date(2028, 2, 20), dt.date(2028, 3, 5)) == [
        "2028-02-29: 2028-02-29 yearly.grant"
    ]
    assert life.ledger["cycle"].to_list() == ["1", "4"]
    assert life.ledger["action_id"].is_unique().all()


def test_a_year_without_an_entry_passes_and_the_next_one_comes() -> None:
    life = Lives(
        with_body(
            "anniversaries",
            """
            of: signup_date
            years: [{id: second, year: 2, do: [{grant: {owner: csm, grant: badge, shift: none}}]}]
            """,
        )
    )
    life.put(signup_date=dt.date(2024, 3, 2))
    life.until(dt.date(2025, 3, 1), dt.date(2025, 3, 3))
    assert life.state() == "uncelebrated"
    assert life.until(dt.date(2026, 3, 1), dt.date(2026, 3, 3)) == [
        "2026-03-02: 2026-03-02 second.grant"
    ]


def test_a_loop_issues_again_on_each_visit() -> None:
    life = Lives(
        with_body(
            "machine",
            """
            initial: watching
            states:
              - {id: watching}
              - {id: at_risk, do: [{task: {owner: csm}}]}
              - {id: gone, final: true}
            transitions:
              - {from: watching, to: at_risk, when: health_score < 70}
              - {from: at_risk, to: watching, when: health_score >= 75}
              - {from: any, to: gone, when: churn_date is not missing}
            """,
        )
    )
    for n, score in enumerate([60.0, 80.0, 60.0, 80.0, 60.0]):
        life.put(health_score=score)
        life.day(MONDAY + n * DAY)
    assert life.ledger["step"].to_list() == ["at_risk"] * 3
    assert life.ledger["action_id"].is_unique().all()
    assert life.ledger["occurrence"].n_unique() == 3
    assert life.ledger["cycle"].unique().to_list() == ["1"]


def test_an_ended_account_enrols_again_only_where_that_is_said() -> None:
    text = with_body(
        "machine",
        """
        initial: watching
        states: [{id: watching, do: [{task: {owner: csm}}]}, {id: gone, final: true}]
        transitions: [{from: watching, to: gone, after: 2 days}]
        """,
    )
    once, again = Lives(text), Lives(text.replace("initial:", "again: vip\n  initial:"))
    for life in (once, again):
        life.put(vip=True)
        life.until(MONDAY, MONDAY + 4 * DAY)
    assert once.ledger["cycle"].to_list() == ["1"]
    assert once.state() == "gone"
    assert again.ledger["cycle"].to_list() == ["1", "2", "3"]


def test_an_account_that_is_gone_from_the_snapshot_is_counted_and_left_alone() -> None:
    life = Lives(
        timeline("""
        steps:
          - {id: notice, at: -10 days, do: [{task: {owner: csm, shift: none}}]}
          - {id: push, at: -5 days, do: [{task: {owner: csm, shift: none}}]}
        outcomes:
          lapsed: {at: 30 days}
        """)
    )
    for id in "ab":
        life.put(id, renewal_date=MONDAY + 10 * DAY)
    assert len(life.day(MONDAY)) == 2
    kept = life.rows.pop("a")
    found = life.until(MONDAY + DAY, MONDAY + 6 * DAY)
    assert found == ["2026-03-07: 2026-03-07 push.task"]
    assert life.counts()["absent", ""] == 1
    assert life.state("a") == "notice"
    life.rows["a"] = kept
    assert life.day(MONDAY + 7 * DAY) == ["2026-03-07 push.task"]
    assert life.ledger["late_days"].to_list() == [0, 0, 0, 2]


def test_a_step_that_waits_is_dated_by_the_day_it_is_entered() -> None:
    life = Lives(
        timeline("""
        steps:
          - {id: expiry, at: 0 days, wait_for: payment_overdue, do: [{task: {owner: csm, shift: none}}]}
        outcomes:
          lapsed: {at: 30 days}
        """)
    )
    life.put(renewal_date=MONDAY, payment_overdue=None)
    assert life.until(MONDAY, MONDAY + 3 * DAY) == []
    life.put(payment_overdue=True)
    assert life.day(MONDAY + 4 * DAY) == ["2026-03-06 expiry.task"]
