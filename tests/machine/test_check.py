"""What is wrong with a machine before anything runs, and in which order its states are worked through."""

from __future__ import annotations

import pytest
from support.playbook_texts import codes, loaded, timeline, with_body
from tenure.engine.machine.state_machine import build_machine
from tenure.engine.machine.topology import looping, reachable, successors, working_order
from tenure.engine.playbook.model import LEFT, Machine


def states(transitions: str, ids: str = "a b c", extra: str = "") -> str:
    """A machine whose last state is final; transitions are written in YAML's flow style."""
    *running, last = ids.split()
    listed = [f"{{id: {id}}}" for id in running] + [f"{{id: {last}, final: true}}"]
    return with_body(
        "machine",
        f"initial: {running[0]}\nstates: [{', '.join(listed)}]\n{extra}transitions:\n"
        + "\n".join(f"  - {{{line.strip()}}}" for line in transitions.strip().splitlines()),
    )


def machine(transitions: str, ids: str = "a b c") -> Machine:
    return loaded(states(transitions, ids)).machine


CHAIN = "from: a, to: b, when: auto_renew\nfrom: b, to: c, when: opt_out"


def test_a_chain_of_states_is_fine() -> None:
    assert codes(states(CHAIN)) == []


def test_an_unknown_target_is_refused() -> None:
    assert codes(states("from: a, to: d, when: auto_renew\n" + CHAIN)) == ["unknown-state"]


def test_a_state_that_nothing_leads_to_is_refused() -> None:
    assert codes(states("from: a, to: c, when: auto_renew\nfrom: b, to: c, when: opt_out")) == [
        "unreachable-state"
    ]


def test_states_that_only_lead_to_each_other_are_unreachable() -> None:
    lines = """
    from: a, to: d, when: auto_renew
    from: b, to: c, after: 1 day
    from: c, to: b, after: 1 day
    """
    assert codes(states(lines, "a b c d")) == ["unreachable-state"] * 2


def test_a_state_that_nothing_leaves_is_a_dead_end() -> None:
    lines = "from: a, to: b, when: auto_renew\nfrom: a, to: c, when: opt_out"
    assert codes(states(lines)) == ["dead-end"]


@pytest.mark.parametrize(
    ("out", "back"),
    [
        ("when: health_score < 70", "when: health_score < 80"),
        ("when: health_score < 70", "when: auto_renew"),
        ("when: auto_renew", "when: csm is missing"),
        ("at: 30 days", "at: 60 days"),
        ("at: 30 days, when: auto_renew", "when: vip"),
    ],
)
def test_a_loop_whose_conditions_can_hold_together_never_rests(out: str, back: str) -> None:
    lines = f"from: a, to: b, {out}\nfrom: b, to: a, {back}\nfrom: any, to: c, when: opt_out"
    assert codes(states(lines)) == ["never-rests"]


@pytest.mark.parametrize(
    ("out", "back"),
    [
        ("when: health_score < 70", "when: health_score >= 75"),
        ("when: auto_renew", "when: not auto_renew"),
        ("when: csm is missing", "when: csm is not missing"),
        ("when: auto_renew", "when: opt_out, after: 1 day"),
        ("when: auto_renew", "after: 1 day"),
    ],
)
def test_a_loop_that_rests_is_fine(out: str, back: str) -> None:
    lines = f"from: a, to: b, {out}\nfrom: b, to: a, {back}\nfrom: any, to: c, when: opt_out"
    assert codes(states(lines)) == []


def test_a_long_loop_that_never_rests_is_reported_once() -> None:
    lines = """
    from: a, to: b, when: auto_renew
    from: b, to: c, when: vip
    from: c, to: a, when: health_score < 70
    from: any, to: d, when: opt_out
    """
    assert codes(states(lines, "a b c d")) == ["never-rests"]


def test_a_state_that_leads_to_itself_at_once_never_rests() -> None:
    assert codes(states("from: a, to: a, when: vip\n" + CHAIN)) == ["never-rests"]


def test_levels_of_which_one_is_never_anybodys_overlap() -> None:
    def levels(low: str, high: str) -> list[str]:
        text = f"since: signup_date\nlevels: [{{id: low{low}}}, {{id: high{high}}}]"
        return codes(with_body("tiers", text))

    overlap = ["overlapping-tiers"]
    assert levels(", when: plan_utilisation > 0.9", ", when: plan_utilisation > 0.8") == overlap
    assert levels(", when: plan_utilisation > 0.8", "") == overlap
    assert levels(", after: 200 days", ", after: 100 days") == overlap
    assert levels(", when: plan_utilisation > 0.8", ", when: plan_utilisation > 0.9") == []
    assert levels(", after: 100 days", ", after: 200 days") == []
    assert levels(", when: plan_utilisation > 0.8", ", when: vip") == []


def test_steps_out_of_order_cannot_be_due() -> None:
    late = "steps: [{id: late, at: -7 days}, {id: early, at: -30 days}]"
    assert codes(timeline(late)) == ["step-never-due"]
    assert codes(timeline("steps: [{id: one, at: 0 days}, {id: two, at: 0 days}]")) == []


def test_a_follow_up_has_no_dates_before_its_opening_unless_it_has_an_anchor() -> None:
    body = "open: [{id: drop, when: vip, rearm: not vip}]\nsteps: [{id: call, at: -3 days}]"
    assert codes(with_body("triggers", body)) == ["step-never-due"]
    assert codes(with_body("triggers", body + "\nanchor: next_review_date")) == []


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("auto_renew", []),
        ("auto_renow", ["unknown-field"]),
        ("auto_renew (", ["unexpected-text"]),
        ("[auto_renew, 5 days]", ["not-a-condition"]),
    ],
)
def test_a_condition_that_cannot_be_read_is_no_second_problem(
    when: str, expected: list[str]
) -> None:
    """An outcome without a condition would end the enrolment before anything can follow its last step."""
    step = "{id: s, at: 0 days, do: [{task: {escalate: {after: 1 day, to: csm}}}]}"
    outcomes = f"{{renewed: {{when: {when}}}, over: {{at: 9 days}}}}"
    assert codes(timeline(f"steps: [{step}]\noutcomes: {outcomes}")) == expected


def test_an_anchor_that_cannot_be_read_is_no_second_problem() -> None:
    """Without an anchor, the steps of a follow-up would count from its opening, which nothing comes before."""
    steps = "open: [{id: fall, when: health_score < 70}]\nsteps: [{id: s, at: -7 days}]"
    assert codes(with_body("triggers", f"anchor: next_review_dat\n{steps}")) == ["unknown-field"]


def test_every_step_has_an_id_of_its_own_and_none_of_the_engines() -> None:
    def ids(*names: str) -> list[str]:
        steps = ", ".join(f"{{id: {name}, at: {n} days}}" for n, name in enumerate(names))
        return codes(timeline(f"steps: [{steps}]"))

    assert ids("one", "two", "one") == ["repeated-id"]
    assert ids("enrolled", "one") == ["reserved-id"]
    assert ids("one", "done") == ["reserved-id"]


def test_moved_leads_from_what_is_gone_to_what_is_there() -> None:
    def moved(entry: str) -> list[str]:
        text = timeline("steps: [{id: notice, at: 0 days}, {id: push, at: 5 days}]")
        return codes(f"{text}moved: {{{entry}}}\n")

    assert moved("first_call: push") == []
    assert moved("first_call: psh") == ["unknown-state"]
    assert moved("notice: push") == ["moved-still-there"]


LOOP = """
from: a, to: b, when: health_score < 70
from: b, to: a, when: health_score >= 75
from: b, to: c, when: opt_out
"""


def test_successors_stand_in_the_order_they_are_tried() -> None:
    assert successors(machine(LOOP)) == {
        "enrolled": (LEFT, "a"), "a": (LEFT, "b"), "b": (LEFT, "a", "c"), "c": (), LEFT: (),
    }  # fmt: skip


def test_what_can_be_reached() -> None:
    graph = machine(LOOP)
    assert reachable(graph) == {"a", "b", "c", LEFT}
    assert reachable(graph, "b") == {"a", "b", "c", LEFT}
    assert reachable(graph, "c") == set()


def test_states_on_a_loop_can_be_entered_again() -> None:
    assert looping(machine(LOOP)) == {"a", "b"}
    assert looping(machine(CHAIN)) == set()


def test_the_working_order_leads_forward() -> None:
    lines = """
    from: a, to: c, when: vip
    from: c, to: b, when: auto_renew
    from: a, to: b, when: opt_out
    from: b, to: d, when: opt_out
    """
    graph = machine(lines, "a b c d")
    assert working_order(graph) == ("enrolled", "a", "c", "b", "d", LEFT)
    assert sorted(working_order(machine(LOOP))) == ["a", "b", "c", "enrolled", LEFT]


def test_text_from_a_playbook_is_never_a_callback() -> None:
    """`transitions` imports what a callback's text names: `antigravity` would open a browser."""
    ids = ("antigravity", "os", "getcwd")
    moves = "from: antigravity, to: os, when: auto_renew\nfrom: os, to: getcwd, when: opt_out"
    built = build_machine(machine(moves, " ".join(ids)))
    for event in built.events.values():
        for transition in (each for found in event.transitions.values() for each in found):
            called = (
                transition.prepare,
                transition.conditions,
                transition.before,
                transition.after,
            )
            assert not any(called)
    for state in built.states.values():
        assert not state.on_enter
        assert not state.on_exit
    hooks = ("prepare_event", "before_state_change", "after_state_change", "finalize_event")
    assert not any(getattr(built, hook) for hook in hooks)
