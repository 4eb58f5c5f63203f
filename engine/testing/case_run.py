"""Run cases, and judge each: what was expected against what the account got.

Takes cases; gives a verdict for each, with the differences in words and the places of what was expected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..core.problems import Span
from ..evaluation.reference_promises import AccountEntry
from ..playbook.holdouts import with_all_or_none
from ..playbook.model import Playbook
from ..project.loading import Project
from ..reports.message_rendering import MessageRenderer
from .account_days import AccountDays, AccountLife, Observe
from .case_model import NOT_ENROLLED, ExpectedAction, PlaybookCase


class Difference(NamedTuple):
    """A difference from the expectation.

    Attributes:
        message: The expectation, and what came instead, in words.
        span: The place of the expectation.
        step: The step that it is about; None for the whole case.
        on: The day that it is about; None where none is named.
    """

    message: str
    span: Span
    step: str | None = None
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """A case as it was run; it passed if it has no differences."""

    case: PlaybookCase
    life: AccountLife
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Return whether everything was as expected."""
        return not self.differences


class CaseRunner:
    """The runner of cases of one workspace; what cases of the same playbooks share is prepared once."""

    def __init__(self, project: Project) -> None:
        """Take the workspace."""
        self.project = project
        self._days: dict[tuple[frozenset[str], str | None], AccountDays] = {}
        self._renderer = MessageRenderer(project.workspace, project.playbooks)

    def days(self, case: PlaybookCase) -> AccountDays:
        """Return the evaluation of the playbooks of a case."""
        ids = frozenset({case.playbook, *case.others})
        held_out = case.playbook if case.held_out else None
        if (ids, held_out) not in self._days:
            chosen = (
                with_all_or_none(each, held_out=each.id == held_out)
                for each in self.project.playbooks
                if each.id in ids
            )
            self._days[ids, held_out] = AccountDays(self.project, chosen)
        return self._days[ids, held_out]

    def run(self, case: PlaybookCase, observe: Observe | None = None) -> CaseVerdict:
        """Run a case, and judge it.

        Args:
            case: The case.
            observe: Is called with each condition that is looked at; None for nothing.
        """
        life = self.days(case).live(case, observe)
        return CaseVerdict(case, life, tuple(self._differences(case, life)))

    def _differences(self, case: PlaybookCase, life: AccountLife) -> Iterator[Difference]:
        for outcome, why in life.problems:
            what = f"`{outcome.step}/{outcome.action}` cannot be {outcome.outcome}: {why}"
            yield Difference(what, outcome.span, outcome.step)
        latest, matched = life.latest, set[int]()
        for expected in case.expect:
            found = [n for n, e in enumerate(latest) if self._fits(e, expected, case, life)]
            matched |= set(found)
            wanted = expected.times
            if not found or (wanted is not None and len(found) != wanted):
                yield self._missing(case, expected, len(found), latest, life)
        for refused in case.never:
            for entry in life.entries:
                if self._fits(entry, refused, case, life):
                    text = f"never: {describe_expected(refused)}; but got {describe_entry(entry)}"
                    yield Difference(text, refused.span, entry["step"], entry["evaluated_on"])
                    break
        if case.only:
            for number, entry in enumerate(latest):
                issued = entry["status"] == "issued" and entry["playbook"] == case.playbook
                if issued and number not in matched:
                    text = f"only what is expected; but also got {describe_entry(entry)}"
                    yield Difference(text, case.span, entry["step"], entry["evaluated_on"])
        yield from _end_differs(case, life, self.days(case).playbooks)

    def _missing(
        self,
        case: PlaybookCase,
        expected: ExpectedAction,
        found: int,
        latest: Sequence[AccountEntry],
        life: AccountLife,
    ) -> Difference:
        """Return the difference for an action that did not come, with what came in its place."""
        wanted = describe_expected(expected)
        if expected.times is not None and found:
            text = f"expected {wanted}, {_times(expected.times)}; got it {_times(found)}"
            return Difference(text, expected.span, expected.step)
        near = [
            entry
            for entry in latest
            if entry["playbook"] == (expected.playbook or case.playbook)
            and expected.step in (None, entry["step"])
            and expected.action in (None, entry["action"])
            and expected.kind in (None, entry["kind"])
        ]
        got = "; ".join(describe_entry(entry) for entry in near[:3]) or "nothing of it"
        if near and expected.text is not None and len(near) == 1:
            got += f": {self._shown_text(near[0], life)!r}"
        text = f"expected {wanted}; got {got}"
        on = near[0]["evaluated_on"] if near else expected.on
        return Difference(text, expected.span, expected.step, on)

    def _shown_text(self, entry: AccountEntry, life: AccountLife) -> str:
        text = " ".join(self._text(entry, life).split())
        return text if len(text) <= 200 else f"{text[:200]}…"

    def _fits(
        self, entry: AccountEntry, expected: ExpectedAction, case: PlaybookCase, life: AccountLife
    ) -> bool:
        """Return whether an action is as described."""
        pairs = (
            (expected.playbook or case.playbook, entry["playbook"]),
            (expected.step, entry["step"]),
            (expected.action, entry["action"]),
            (expected.kind, entry["kind"]),
            (expected.on, entry["due_on"]),
            (expected.reaches, entry["contact_on"]),
            (expected.status or "issued", entry["status"]),
            (expected.owner, entry["owner"]),
            (expected.priority, entry["priority"]),
        )
        if any(wanted not in (None, value) for wanted, value in pairs):
            return False
        if expected.text is None:
            return True
        wanted = " ".join(expected.text.split())
        return wanted in " ".join(self._text(entry, life).split())

    def _text(self, entry: AccountEntry, life: AccountLife) -> str:
        """Return the message of an action, subject and body; or else its title."""
        row = life.rows.get((entry["playbook"], entry["evaluated_on"]))
        written = self._renderer.write(entry, row or {})
        if written is None:
            return str(entry["title"])
        return f"{written.subject}\n{written.body}" if not written.problem else written.problem


def _end_differs(
    case: PlaybookCase, life: AccountLife, playbooks: Sequence[Playbook]
) -> Iterator[Difference]:
    """Yield the difference of the state at the end."""
    if case.ends is None:
        return
    enrolment = life.states.get(case.playbook)
    state = NOT_ENROLLED if enrolment is None else enrolment.state
    machine = next(each.machine for each in playbooks if each.id == case.playbook)
    levels = [each.level for each in machine.states if each.id == state]
    if case.ends not in (state, *levels):
        since = "" if enrolment is None else f" since {enrolment.entered_on}"
        text = f"expected to end in `{case.ends}`; it is in `{state}`{since}"
        yield Difference(text, case.ends_span or case.span)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def describe_expected(expected: ExpectedAction) -> str:
    """Return the description of an expected action in words."""
    name = "/".join(each for each in (expected.step, expected.action) if each)
    parts = [f"`{name}`" if name else "any action"]
    if expected.kind:
        parts.append(f"of kind {expected.kind}")
    if expected.playbook:
        parts.append(f"of {expected.playbook}")
    if expected.on:
        parts.append(f"due on {expected.on}")
    if expected.reaches:
        parts.append(f"that reaches the customer on {expected.reaches}")
    if expected.status and expected.status != "issued":
        parts.append(expected.status)
    if expected.owner:
        parts.append(f"for {expected.owner}")
    if expected.priority:
        parts.append(f"of priority {expected.priority}")
    if expected.text:
        parts.append(f"with the text {expected.text!r}")
    return " ".join(parts)


def describe_entry(entry: AccountEntry) -> str:
    """Return an action in words: its name, date, status and reason."""
    name = f"`{entry['step']}/{entry['action']}`"
    owner = f" for {entry['owner']}" if entry["owner"] else ""
    contact = entry["contact_on"]
    reaches = "" if contact in (None, entry["due_on"]) else f", reaches the customer on {contact}"
    status = f"{entry['status']}, due on {entry['due_on']}"
    return f"{name} {status}{owner}{reaches} ({entry['reason']})"
