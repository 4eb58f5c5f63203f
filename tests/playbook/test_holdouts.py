"""Who is held out of a playbook, and which shares may be."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.one_account import text
from support.playbook_texts import codes, loaded
from tenure.engine.playbook.holdouts import is_held_out, percent_number
from tenure.engine.playbook.model import Playbook

CALL = """\
timeline:
  anchor: renewal_date
  steps: [{id: call, at: 0 days, do: [{call: {owner: csm}}]}]
"""


def playbook(share: str, head: str = "", id: str = "p") -> Playbook:
    return loaded(text(f"holdout: {{share: {share}}}\n{head}{CALL}", id=id))


def position(playbook: str, account: str) -> Fraction:
    """Where an account is between 0 and 1, as the documentation says it is computed."""
    digest = hashlib.sha256(f"{playbook}\x1f{account}".encode()).hexdigest()
    return Fraction(int(digest[:16], 16), 2**64)


@given(st.text(min_size=1), st.integers(1, 500))
def test_an_account_is_held_out_by_the_documented_hash(account: str, share: int) -> None:
    tried = playbook(f"{Decimal(share) / 10} %")
    assert is_held_out(tried, account) == (position("p", account) < Fraction(share, 1000))


@given(st.text(min_size=1), st.integers(1, 50), st.integers(1, 50))
def test_a_greater_share_takes_no_account_out(account: str, one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert is_held_out(playbook(f"{less} %"), account) <= is_held_out(
        playbook(f"{more} %"), account
    )


def test_about_as_many_accounts_are_held_out_as_the_share_says() -> None:
    tried = playbook("10 %")
    held = [is_held_out(tried, f"account {n}") for n in range(10_000)]
    # Four standard deviations of a binomial: 4 * sqrt(10,000 * 0.1 * 0.9) = 120.
    assert abs(sum(held) - 1000) <= 120


def test_playbooks_hold_out_different_accounts() -> None:
    ids, one, other = (
        (f"account {n}" for n in range(10_000)),
        playbook("50 %"),
        playbook("50 %", id="q"),
    )
    both = [is_held_out(one, id) and is_held_out(other, id) for id in ids]
    # Independent of each other: a quarter, within four standard deviations.
    assert abs(sum(both) - 2500) <= 4 * (10_000 * 0.25 * 0.75) ** 0.5


def test_a_renamed_playbook_holds_out_the_same_accounts() -> None:
    ids = [f"account {n}" for n in range(100)]
    before, after = playbook("30 %"), playbook("30 %", head="was: p\n", id="q")
    assert [is_held_out(before, id) for id in ids] == [is_held_out(after, id) for id in ids]


def test_without_a_holdout_no_account_is_held_out() -> None:
    assert not is_held_out(loaded(text(CALL)), "a")


@pytest.mark.parametrize("share", ["0 %", "0.0 %", "50.1 %", "120 %"])
def test_other_shares_are_refused(share: str) -> None:
    assert codes(text(f"holdout: {{share: {share}}}\n{CALL}")) == ["bad-percent"]


@pytest.mark.parametrize(("share", "shown"), [("0.1", "10"), ("0.125", "12.5"), ("0.5", "50")])
def test_a_share_is_written_as_in_the_playbook(share: str, shown: str) -> None:
    assert percent_number(Decimal(share)) == shown


BOTH = """\
holdout: {share: 50 %}
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: 0 days
      do:
        - email: {owner: csm, must_reach: true, escalate: {after: 2 days, to: csm}}
        - call: {owner: csm, again: {after: 1 day, at_most: 2}, escalate: {after: 2 days, to: csm}}
        - task: {owner: csm}
  outcomes: {over: {at: 30 days}}
"""


def test_what_must_reach_the_customer_is_not_held_out_nor_its_escalation() -> None:
    found = loaded(text(BOTH))
    held = found.holdout.actions if found.holdout else frozenset()
    assert held == {("notice", "call"), ("notice", "task"), ("notice", "call_escalated")}
