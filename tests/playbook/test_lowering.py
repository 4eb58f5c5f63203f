"""The machine that each of the five bodies gives, written out by hand."""

from __future__ import annotations

import textwrap

import pytest
from support.playbook_texts import loaded, timeline, with_body
from tenure.engine.language.expressions import Expression
from tenure.engine.language.formatter import format_expression
from tenure.engine.playbook.model import LEFT, Action, DueOffset, Edge, EnrolmentRule, Machine


def drawn(machine: Machine) -> str:
    """Openings, edges, then the states that are final or repeat something: a line each.

    Without the way out that every playbook has, for accounts that it is not for any more.
    """
    lines = [_opening(opening) for opening in machine.enrolment_rules]
    lines += [_edge(edge) for edge in machine.edges if edge.target != LEFT]
    for state in machine.states:
        if state.repeats:
            lines.append(f"{state.id} repeats {', '.join(a.id for a in state.repeats)}")
    lines += [f"{s.id} ends it" for s in machine.states if s.final and s.id != LEFT]
    return "\n".join(lines)


def issued(machine: Machine) -> list[Action]:
    """The actions of all edges."""
    return [action for edge in machine.edges for action in edge.actions]


def _opening(opening: EnrolmentRule) -> str:
    parts = [f"open {opening.id}".rstrip(), f"by {opening.cycle}"]
    for word, moment in (("from", opening.first), ("to", opening.last)):
        parts += [f"{word} {_moment(moment)}"] if moment else []
    for word, e in (
        ("if", opening.guard),
        ("anchor", opening.anchor),
        ("again", opening.again),
        ("rearm", opening.rearm),
    ):
        parts += [f"{word} {format_expression(e)}"] if e is not None else []
    return "\n  ".join(parts)


def _edge(edge: Edge) -> str:
    parts = [f"{' '.join(edge.sources)} -> {edge.target}"]
    parts += [_moment(edge.moment)] if edge.moment else []
    parts += [f"if {format_expression(edge.guard)}"] if edge.guard is not None else []
    parts += (
        [f"do {', '.join(_action(a.id, a.when) for a in edge.actions)}"] if edge.actions else []
    )
    parts += [word for word in ("ending", "dated") if getattr(edge, word)]
    return "; ".join(parts)


def _moment(moment: DueOffset) -> str:
    return f"{'early ' if moment.early else ''}{moment.base} {moment.offset.count:+} {moment.offset.unit}"


def _action(id: str, when: Expression | None) -> str:
    return id if when is None else f"{id} ({format_expression(when)})"


def check(text: str, expected: str) -> None:
    assert drawn(loaded(text).machine) == textwrap.dedent(expected).strip()


def test_a_timeline_is_a_row_of_steps_that_opens_when_the_first_is_due() -> None:
    check(
        timeline("""
        steps:
          - id: notice
            at: -60 days
            when: health_score < 70
            do:
              - email: {owner: csm}
              - task: {owner: csm, when: vip}
          - {id: expiry, at: 0 days, wait_for: snapshot_reaches(anchor), do: [{task: {owner: csm}}]}
        """),
        """
        open
          by anchor
          from early anchor -60 days
          to anchor +0 days
          if status == 'active'
          anchor renewal_date
          again renewal_date > anchor
        enrolled -> notice; early anchor -60 days; do email (health_score < 70), task (health_score < 70 and vip); dated
        notice -> expiry; anchor +0 days; if snapshot_reaches(anchor); do task
        expiry -> done
        done ends it
        """,
    )


def test_the_cases_of_a_date_exclude_each_other() -> None:
    check(
        timeline("""
        next_cycle: renewal_date > anchor + 60 days
        steps:
          - id: grace
            at: [{when: csm is not missing, then: 14 days}, {when: auto_renew, then: 3 days}, 7 days]
            do: [{task: {owner: csm, repeat: {every: 1 day, at_most: 2}}}]
        """),
        """
        open
          by anchor
          from anchor +3 days
          to anchor +14 days
          if status == 'active'
          anchor renewal_date
          again renewal_date > anchor + 60 days
        enrolled -> grace; anchor +14 days; if csm is not missing; dated
        enrolled -> grace; anchor +3 days; if not csm is not missing and auto_renew; dated
        enrolled -> grace; anchor +7 days; if not csm is not missing and not auto_renew; dated
        grace -> done
        grace repeats task
        done ends it
        """,
    )


def test_outcomes_end_it_from_anywhere_or_on_a_date_from_the_last_step() -> None:
    check(
        timeline("""
        steps:
          - {id: notice, at: -60 days}
          - {id: push, at: -7 days}
        outcomes:
          renewed: {when: renewal_date > anchor + 60 days, do: [{email: {owner: csm}}]}
          refused: {at: 5 days, when: auto_renew}
          lapsed: {at: 30 days}
        """),
        """
        open
          by anchor
          from anchor -60 days
          to anchor +30 days
          if status == 'active'
          anchor renewal_date
          again renewal_date > anchor
        enrolled -> notice; anchor -60 days; dated
        notice -> push; anchor -7 days; dated
        enrolled notice push -> renewed; if renewal_date > anchor + 60 days; do email; ending
        push -> refused; anchor +5 days; if auto_renew
        push -> lapsed; anchor +30 days; dated
        renewed ends it
        refused ends it
        lapsed ends it
        """,
    )


def test_triggers_open_in_order_and_a_cadence_is_a_condition_on_its_date() -> None:
    check(
        with_body(
            "triggers",
            """
            open:
              - {id: drop, when: health_score < 70, rearm: health_score >= 75}
              - {id: cadence, every: 90 days, since: last_review_date, when: not escalated}
            apart: [{when: csm is missing, then: 30 days}, 2 months]
            anchor: first(next_review_date, anchor, opened_on + 14 days)
            steps:
              - {id: prepare, at: -7 days, when: opened_by == 'drop'}
            """,
        ),
        """
        open drop
          by trigger
          if status == 'active' and health_score < 70
          anchor first(next_review_date, anchor_so_far, today + 14 days)
          again csm is missing and today >= opened_on + 30 days or csm is not missing and today >= opened_on + 2 months
          rearm health_score >= 75
        open cadence
          by trigger
          if status == 'active' and today >= last_review_date + 90 days and not escalated
          anchor first(next_review_date, anchor_so_far, today + 14 days)
          again (csm is missing and today >= opened_on + 30 days or csm is not missing and today >= opened_on + 2 months) and (opened_by != 'cadence' or opened_on < recurrence(last_review_date, 90 days))
        enrolled -> prepare; anchor -7 days; dated
        prepare -> done
        done ends it
        """,  # noqa: E501
    )


def test_triggers_without_an_anchor_count_from_the_opening_and_may_open_again_at_once() -> None:
    check(
        with_body(
            "triggers",
            """
            open: [{id: drop, when: "crossed_below(health_score, 70)"}]
            steps: [{id: call, at: 2 business days}]
            """,
        ),
        """
        open drop
          by trigger
          if status == 'active' and crossed_below(health_score, 70)
          again true
        enrolled -> call; anchor +2 business days; dated
        call -> done
        done ends it
        """,
    )


LEVELS = """
since: signup_date
levels:
  - {id: silver, after: 180 days, when: arr > 50, do: [{grant: {owner: csm, grant: silver}}]}
  - {id: gold, after: 365 days, when: arr > 80, do: [{grant: {owner: csm, grant: gold}}]}
"""


def test_tiers_rise_to_the_highest_level_that_is_earned() -> None:
    check(
        with_body("tiers", LEVELS),
        """
        open
          by count
          if status == 'active'
          anchor signup_date
        enrolled -> gold; anchor +365 days; if opened_on == today and status == 'active' and arr > 80; do grant; dated
        enrolled -> gold; anchor +365 days; if status == 'active' and arr > 80; do grant
        enrolled -> silver; anchor +180 days; if opened_on == today and status == 'active' and arr > 50; do grant; dated
        enrolled -> silver; anchor +180 days; if status == 'active' and arr > 50; do grant
        silver -> gold; anchor +365 days; if status == 'active' and arr > 80; do grant
        """,
    )


def test_tiers_fall_one_level_after_the_days_below() -> None:
    check(
        with_body("tiers", LEVELS + "downgrade: one level\nbelow_for: 91 days\n"),
        """
        open
          by count
          if status == 'active'
          anchor signup_date
        enrolled -> gold; anchor +365 days; if opened_on == today and status == 'active' and arr > 80; do grant; dated
        enrolled -> gold; anchor +365 days; if status == 'active' and arr > 80; do grant
        enrolled -> silver; anchor +180 days; if opened_on == today and status == 'active' and arr > 50; do grant; dated
        enrolled -> silver; anchor +180 days; if status == 'active' and arr > 50; do grant
        silver silver_below -> gold; anchor +365 days; if status == 'active' and arr > 80; do grant
        silver_below -> silver; if arr > 50
        silver -> silver_below; if not arr > 50
        silver_below -> enrolled; due_on +91 days
        gold_below -> gold; if arr > 80
        gold -> gold_below; if not arr > 80
        gold_below -> silver; due_on +91 days
        """,
    )


def test_tiers_fall_to_what_is_earned() -> None:
    check(
        with_body("tiers", LEVELS + "downgrade: to what is earned\nbelow_for: 91 days\n"),
        """
        open
          by count
          if status == 'active'
          anchor signup_date
        enrolled -> gold; anchor +365 days; if opened_on == today and status == 'active' and arr > 80; do grant; dated
        enrolled -> gold; anchor +365 days; if status == 'active' and arr > 80; do grant
        enrolled -> silver; anchor +180 days; if opened_on == today and status == 'active' and arr > 50; do grant; dated
        enrolled -> silver; anchor +180 days; if status == 'active' and arr > 50; do grant
        silver silver_below -> gold; anchor +365 days; if status == 'active' and arr > 80; do grant
        silver_below -> silver; if arr > 50
        silver -> silver_below; if not arr > 50
        silver_below -> enrolled; due_on +91 days
        gold_below -> gold; if arr > 80
        gold -> gold_below; if not arr > 80
        gold_below -> silver; due_on +91 days; if arr > 50
        gold_below -> enrolled; due_on +91 days
        """,
    )


def test_a_notice_is_a_state_ahead_of_the_next_level() -> None:
    check(
        with_body(
            "tiers",
            LEVELS.replace("silver, after: 180 days, when: arr > 50", "silver")
            + "notice: {before: 30 days, do: [{email: {owner: csm}}]}\n",
        ),
        """
        open
          by count
          if status == 'active'
          anchor signup_date
        enrolled -> gold; anchor +365 days; if opened_on == today and status == 'active' and arr > 80; do grant; dated
        enrolled -> gold; anchor +365 days; if status == 'active' and arr > 80; do grant
        enrolled -> silver; if status == 'active'; do grant; dated
        silver silver_notified -> gold; anchor +365 days; if status == 'active' and arr > 80; do grant
        silver -> silver_notified; anchor +335 days; do email (status == 'active'); dated
        """,
    )


def test_anniversaries_open_on_each_and_end_with_its_step_or_with_nothing() -> None:
    check(
        with_body(
            "anniversaries",
            """
            of: signup_date
            years:
              - {id: first, year: 1, when: health_score > 70, do: [{grant: {owner: csm, grant: badge}}]}
              - {id: later, from_year: 5, at: 2 days, do: [{email: {owner: csm}}]}
            """,
        ),
        """
        open
          by year
          from anchor +0 days
          to anchor +33 days
          if status == 'active'
          anchor anniversary(signup_date)
          again true
        enrolled -> first; anchor +0 days; if year == 1; do grant (health_score > 70); dated
        enrolled -> later; anchor +2 days; if year >= 5; do email; dated
        enrolled -> uncelebrated; if not (year == 1 or year >= 5)
        first ends it
        later ends it
        uncelebrated ends it
        """,
    )


def test_anniversaries_with_an_entry_for_every_year_leave_none_uncelebrated() -> None:
    years = "{id: first, year: 1}, {id: second, year: 2}"
    text = "of: signup_date\nyears: [{id: later, from_year: 3}, %s]"

    def states(text: str) -> list[str]:
        found = loaded(with_body("anniversaries", text)).machine.states
        return [state.id for state in found if state.id != LEFT]

    assert states(text % years) == ["enrolled", "later", "first", "second"]
    assert states(text % "{id: second, year: 2}") == ["enrolled", "later", "second", "uncelebrated"]


def test_a_machine_is_as_written_with_what_a_state_does_done_on_the_way_into_it() -> None:
    check(
        with_body(
            "machine",
            """
            anchor: first(contract_start, opened_on)
            again: health_score < 50
            initial: watching
            states:
              - {id: watching, do: [{task: {owner: csm}}]}
              - id: at_risk
                do: [{call: {owner: csm}}, {email: {owner: csm, repeat: {every: 7 days, at_most: 3}}}]
              - {id: gone, final: true, do: [{handoff: {owner: csm, to: win-back}}]}
            transitions:
              - {from: watching, to: at_risk, when: health_score < 70, do: [{escalation: {to: operations}}]}
              - {from: [at_risk], to: watching, after: 5 days, when: health_score >= 75}
              - {from: watching, to: gone, at: 30 days}
              - {from: any, to: gone, when: churn_date is not missing}
              - {from: at_risk, to: gone, after: 90 days}
            """,
        ),
        """
        open
          by count
          if status == 'active'
          anchor first(contract_start, today)
          again health_score < 50
        enrolled -> watching; do task
        watching -> at_risk; if health_score < 70; do call, escalation
        at_risk -> watching; entered_on +5 days; if health_score >= 75; do task
        watching -> gone; anchor +30 days; do handoff; dated
        watching at_risk -> gone; if churn_date is not missing; do handoff
        at_risk -> gone; entered_on +90 days; do handoff; dated
        at_risk repeats email
        gone ends it
        """,
    )


@pytest.mark.parametrize(
    ("kind", "body", "shift", "customer"),
    [
        ("email", "{}", "earlier", True),
        ("call", "{}", "earlier", True),
        ("task", "{}", "later", False),
        ("task", "{customer: true}", "earlier", True),
        ("meeting", "{customer: false}", "later", False),
        ("escalation", "{to: csm}", "later", False),
        ("grant", "{grant: badge, shift: none}", "none", False),
    ],
)
def test_what_reaches_the_customer_shifts_earlier(
    kind: str, body: str, shift: str, customer: bool
) -> None:
    machine = loaded(
        timeline(f"steps: [{{id: notice, at: 0 days, do: [{{{kind}: {body}}}]}}]")
    ).machine
    (action,) = issued(machine)
    assert (action.shift, action.customer) == (shift, customer)


def test_an_email_belongs_to_its_sender_and_an_escalation_to_whom_it_goes() -> None:
    machine = loaded(
        timeline("""
        steps:
          - id: notice
            at: 0 days
            do:
              - email: {from: csm}
              - escalation: {to: operations}
              - task: {owner: [csm, operations], priority: renewal}
        """)
    ).machine
    owners = [(action.owner, action.priority) for action in issued(machine)]
    assert owners == [
        (("csm",), "other"),
        (("operations",), "other"),
        (("csm", "operations"), "renewal"),
    ]


def test_comments_and_titles_do_not_change_the_digest() -> None:
    text = timeline("steps: [{id: notice, at: 0 days}]")
    titled = "# note\n" + text.replace("id: notice,", "id: notice, title: Notice,")
    later = text.replace("at: 0", "at: 1")
    assert loaded(text).digest == loaded(titled).digest
    assert loaded(text).digest != loaded(later).digest
