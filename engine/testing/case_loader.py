"""Reader of test files: YAML text in; cases, and every problem with its place, out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ..core.offsets import parse_offset
from ..core.problems import Problem, ProblemList, Span
from ..evaluation.inputs import CHECK_STEP
from ..fields.catalogue import FieldSpec
from ..fields.yaml_values import (
    child,
    date_value,
    list_items,
    list_texts,
    map_entries,
    number_value,
    text_of,
    typed_value,
)
from ..language.expressions import ConstantValue, Type
from ..playbook.asked_actions import actions_of_step, only_action
from ..playbook.model import Playbook
from ..project.loading import Project
from ..text.input_files import read_text
from ..text.schema.shapes import validate
from ..text.suggest import suggest
from ..text.written_values import boolean_of, number_hint
from ..text.yaml_nodes import Entry, Node, Scalar
from ..text.yaml_nodes import Mapping as MappingNode
from ..text.yaml_reader import read_yaml
from .case_model import (
    NOT_ENROLLED,
    CaseDay,
    ExpectedAction,
    HandMove,
    PersonalOutcome,
    PlaybookCase,
)
from .case_schema import MISSING, TEST_SHAPE

TESTS_FOLDER = "tests"
ENDING = ".test.yaml"
"""Ending of the files in the folder of tests."""
FIRST_DAY = dt.date(2026, 3, 2)
"""The first day of a test that does not say it: a Monday far from holidays."""


class LoadedTests(NamedTuple):
    """The cases of test files, with all problems, and the texts of the files by name."""

    cases: tuple[PlaybookCase, ...]
    problems: tuple[Problem, ...]
    texts: dict[str, str]


def find_tests(root: Path) -> list[Path]:
    """Return the workspace's test files, sorted."""
    return sorted((root / TESTS_FOLDER).rglob(f"*{ENDING}"))


def load_tests(project: Project, paths: Iterable[Path]) -> LoadedTests:
    """Return the cases of these test files; one that has a problem gives no case.

    Args:
        project: The workspace, for its fields and playbooks.
        paths: The files.
    """
    cases: list[PlaybookCase] = []
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for path in paths:
        file = _name_in(project.root, path)
        text, found = read_text(path, file)
        problems += found
        if text is None:
            continue
        texts[file] = text
        read, found = read_tests(project, text, file)
        problems += found
        cases += read
    return LoadedTests(tuple(cases), tuple(problems), texts)


def _name_in(root: Path, path: Path) -> str:
    full, base = path.resolve(), root.resolve()
    return (full.relative_to(base) if full.is_relative_to(base) else path).as_posix()


def read_tests(project: Project, text: str, file: str) -> tuple[list[PlaybookCase], list[Problem]]:
    """Return the cases of a test file's text, none where it has a problem, and the problems."""
    node, problems = read_yaml(text, file)
    if node is not None:
        problems = [*problems, *validate(node, TEST_SHAPE)]
    if problems or not isinstance(node, MappingNode):
        return [], problems
    reading = _Reading(project, ProblemList())
    cases = reading.cases(node)
    return ([] if reading.problems else cases), [*reading.problems]


@dataclass(slots=True)
class _Reading:
    """The reading of one test file that has the right shape."""

    project: Project
    problems: ProblemList
    playbooks: dict[str, Playbook] = field(default_factory=dict)

    def cases(self, node: MappingNode) -> list[PlaybookCase]:
        self.playbooks = {each.id: each for each in self.project.playbooks}
        playbook = self._playbook(child(node, "playbook"))
        if playbook is None:
            return []
        found: list[PlaybookCase] = []
        for test in list_items(child(node, "tests")):
            rows = list_items(child(test, "cases"))
            for number, row in enumerate(rows or (None,), start=1):
                found.append(self._case(playbook, node, test, row, number))
        names: dict[str, Span] = {}
        for case in found:
            if case.name in names:
                self.problems.report(
                    "repeated-id",
                    f"two tests are named `{case.name}`",
                    case.span,
                    "give one another name",
                )
            names[case.name] = case.span
        return found

    def _case(
        self, playbook: Playbook, node: Node, test: Node, row: Node | None, number: int
    ) -> PlaybookCase:
        levels = [each for each in (node, test, row) if each is not None]
        starts = FIRST_DAY
        for level in levels:
            starts = self._plain_date(child(level, "starts")) or starts
        dates = _Dates(self.project, starts, self.problems)
        account: dict[str, ConstantValue | None] = {}
        for level in levels:
            account |= self._fields(child(level, "account"), dates)
        written = [day for level in levels for day in list_items(child(level, "days"))]
        days = self._days(written, playbook, dates)
        expect = self._actions(levels, "expect", playbook, dates)
        never = self._actions(levels, "never", playbook, dates)
        until = dates.last
        only, daily, held_out, ends_node = False, True, False, None
        until_node: Node | None = None
        for level in levels:
            daily = _is_true(child(level, "daily_snapshots"), default=daily)
            until_node = child(level, "until") or until_node
            only = _is_true(child(level, "only"), default=only)
            held_out = self._held_out(child(level, "held_out"), playbook, default=held_out)
            ends_node = child(level, "ends") or ends_node
        until = self._last_day(until_node, dates) or until
        ends = self._state(ends_node, playbook)
        name = text_of(child(test, "name")) or ""
        if row is not None:
            own = text_of(child(row, "name")) or _row_name(row) or str(number)
            name = f"{name} [{own}]"
        others = dict.fromkeys(
            other.id
            for level in levels
            for item in list_items(child(level, "with"))
            if (other := self._playbook(item)) is not None
        )
        return PlaybookCase(
            name,
            playbook.id,
            tuple(others),
            starts,
            max(until, starts),
            account,
            days,
            expect,
            only,
            never,
            daily,
            held_out,
            ends,
            ends_node.span if ends_node else None,
            (row or test).span,
        )

    def _last_day(self, node: Node | None, dates: _Dates) -> dt.date | None:
        until = dates.read(node)
        if node is not None and until is not None and until < dates.starts:
            message = f"the last day, {until}, is before the first day, {dates.starts}"
            self.problems.report("bad-date", message, node.span, "correct one of the two")
        return until

    def _held_out(self, node: Node | None, playbook: Playbook, *, default: bool) -> bool:
        held_out = _is_true(node, default=default)
        if node is not None and held_out and playbook.holdout is None:
            self.problems.report(
                "missing-key",
                f"`held_out` is about the `holdout` of a playbook, and `{playbook.id}` has none",
                node.span,
                "add a line such as `holdout: {share: 10 %}` to the playbook, or leave this out",
            )
        return held_out

    def _playbook(self, node: Node | None) -> Playbook | None:
        id = text_of(node) or ""
        if node is not None and id not in self.playbooks:
            self._unknown("unknown-playbook", "playbook", id, self.playbooks, node.span)
        return self.playbooks.get(id)

    def _fields(self, node: Node | None, dates: _Dates) -> dict[str, ConstantValue | None]:
        found: dict[str, ConstantValue | None] = {}
        for entry in map_entries(node):
            spec = self.project.catalogue.fields.get(entry.key)
            if spec is None:
                self._unknown(
                    "unknown-field",
                    "field",
                    entry.key,
                    self.project.catalogue.fields,
                    entry.key_span,
                )
            else:
                found[entry.key] = self._value(entry, spec, dates)
        return found

    def _value(self, entry: Entry, spec: FieldSpec, dates: _Dates) -> ConstantValue | None:
        text = text_of(entry.value)
        quoted = isinstance(entry.value, Scalar) and entry.value.style
        if text == MISSING and not quoted:
            return None
        is_date = spec.type == "date"
        value: ConstantValue | None = dates.read(entry.value, note=False) if is_date else None
        if not is_date:
            value = typed_value(entry.value, spec.type)
        if value is None and not is_date:
            self.problems.report(
                "wrong-type",
                f"`{spec.name}` is {_ARTICLES[spec.type]}, and {_found(entry.value)} is not",
                entry.value.span,
                _meant_value(entry.value, spec.type),
            )
        elif spec.values and isinstance(value, str) and value not in spec.values:
            self._unknown("unknown-value", f"`{spec.name}`", value, spec.values, entry.value.span)
        elif isinstance(value, float) and not (
            (spec.minimum is None or value >= spec.minimum)
            and (spec.maximum is None or value <= spec.maximum)
        ):
            self.problems.report(
                "bad-number",
                f"`{spec.name}` is never {text}, by its limits",
                entry.value.span,
                "write a value between its `min` and `max`",
            )
        return value

    def _days(
        self, nodes: Iterable[Node], playbook: Playbook, dates: _Dates
    ) -> dict[dt.date, CaseDay]:
        found: dict[dt.date, CaseDay] = {}
        for node in nodes:
            on_node = child(node, "on")
            on = dates.read(on_node)
            if on is None or on_node is None:
                continue
            if on < dates.starts:
                message = f"{on} is before the first day, {dates.starts}"
                self.problems.report(
                    "bad-date", message, on_node.span, "let the test start earlier"
                )
            day = CaseDay(
                on,
                self._fields(child(node, "fields"), dates),
                tuple(self._outcomes(child(node, "did"), playbook, dates)),
                tuple(self._moves(child(node, "by_hand"), playbook, dates)),
                _is_true(child(node, "run"), default=True),
            )
            found[on] = _merged(found[on], day) if on in found else day
        return found

    def _outcomes(
        self, node: Node | None, playbook: Playbook, dates: _Dates
    ) -> Iterator[PersonalOutcome]:
        for item in list_items(node):
            named = child(item, "action")
            if named is None:
                continue
            step, action = self._reference(named, playbook)
            action = action or (only_action(playbook, step) if step else None)
            if step and action is None and step in {a.step for a in playbook.machine.actions()}:
                ids = ", ".join(f"`{step}/{id}`" for id in actions_of_step(playbook, step))
                message = f"step `{step}` has several actions"
                self.problems.report("unknown-action", message, named.span, f"write one of {ids}")
            yield PersonalOutcome(
                step or "",
                action or "",
                text_of(child(item, "outcome")) or "",
                text_of(child(item, "result")),
                dates.read(child(item, "until"), note=False),
                text_of(child(item, "to")),
                named.span,
            )

    def _moves(self, node: Node | None, playbook: Playbook, dates: _Dates) -> Iterator[HandMove]:
        for item in list_items(node):
            step = child(item, "step")
            if step is not None:
                self._reference(step, playbook)
            yield HandMove(
                text_of(child(item, "move")) or "",
                text_of(step),
                dates.read(child(item, "until"), note=False),
                text_of(child(item, "because")),
            )

    def _actions(
        self, levels: Iterable[Node], key: str, playbook: Playbook, dates: _Dates
    ) -> tuple[ExpectedAction, ...]:
        items = [item for level in levels for item in list_items(child(level, key))]
        return tuple(self._action(item, playbook, dates) for item in items)

    def _action(self, item: Node, playbook: Playbook, dates: _Dates) -> ExpectedAction:
        if isinstance(item, Scalar):
            step, action = self._reference(item, playbook)
            return ExpectedAction(item.span, step, action)
        other = child(item, "playbook")
        of = (self._playbook(other) if other is not None else playbook) or playbook
        step_node, action_node = child(item, "step"), child(item, "action")
        step, action = text_of(step_node), text_of(action_node)
        known = step_node is None or self._known_step(step or "", of, step_node.span)
        if known and action_node is not None and "." not in (action or ""):
            self._known_action(step, action or "", of, action_node.span)
        times = number_value(child(item, "times"))
        return ExpectedAction(
            item.span,
            step,
            action,
            text_of(child(item, "kind")),
            dates.read(child(item, "on")),
            dates.read(child(item, "reaches")),
            text_of(child(item, "status")),
            text_of(child(item, "owner")),
            text_of(child(item, "priority")),
            text_of(child(item, "text")),
            text_of(other),
            None if times is None else int(times),
        )

    def _reference(self, node: Node, playbook: Playbook) -> tuple[str | None, str | None]:
        """Return the step and the action that a text such as `notice/email` names."""
        step, _, action = (text_of(node) or "").partition("/")
        if self._known_step(step, playbook, node.span) and action and "." not in action:
            self._known_action(step, action, playbook, node.span)
        return step, action or None

    def _known_step(self, step: str, playbook: Playbook, span: Span) -> bool:
        steps = {action.step for action in playbook.machine.actions()}
        known = steps | {state.id for state in playbook.machine.states} | {CHECK_STEP}
        if step not in known:
            self._unknown("unknown-step", "step", step, sorted(known), span)
        return step in known

    def _known_action(self, step: str | None, action: str, playbook: Playbook, span: Span) -> None:
        if step == CHECK_STEP:
            return
        ids = {a.id for a in playbook.machine.actions() if step in (None, a.step)}
        if action not in ids:
            self._unknown("unknown-action", "action", action, sorted(ids), span)

    def _state(self, node: Node | None, playbook: Playbook) -> str | None:
        state = text_of(node)
        if node is None or state is None:
            return None
        levels = {each.level for each in playbook.machine.states if each.level}
        built_in = {NOT_ENROLLED, "left", "restarted", "closed_by_hand"}
        known = {each.id for each in playbook.machine.states} | levels | built_in
        if state not in known:
            self._unknown("unknown-state", "state", state, sorted(known), node.span)
        return state

    def _plain_date(self, node: Node | None) -> dt.date | None:
        on = date_value(node)
        if node is not None and on is None:
            message = f"`{text_of(node)}` is not a date"
            self.problems.report("bad-date", message, node.span, "correct the day or the month")
        return on

    def _unknown(self, code: str, noun: str, word: str, known: Iterable[str], span: Span) -> None:
        near = suggest(word, known)
        hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(known) or 'none'}"
        if code == "unknown-field" and near is None:
            hint = "`tenure fields` lists the fields"
        message = f"there is no {noun} `{word}`"
        if code == "unknown-value":
            message = f"{noun} is never `{word}`"
        self.problems.report(code, message, span, hint)


@dataclass(slots=True)
class _Dates:
    """Dates of a case: absolute ones, and offsets from its first day; `last` is the latest that was read."""

    project: Project
    starts: dt.date
    problems: ProblemList
    last: dt.date = dt.date.min

    def __post_init__(self) -> None:
        self.last = self.starts

    def read(self, node: Node | None, *, note: bool = True) -> dt.date | None:
        """Return the date that a node has; None where there is none. With `note`, the case lasts until it."""
        text = text_of(node)
        if node is None or text is None:
            return None
        on = date_value(node)
        offset = parse_offset(text)
        if on is None and offset is not None:
            calendar = self.project.workspace.calendar()
            on = calendar.add(self.starts, offset, None, False)
        if on is None:
            message = f"`{text}` is neither a date nor a time after the first day"
            hint = "write a date such as 2026-03-31, or a time such as `+30 days`"
            self.problems.report("bad-date", message, node.span, hint)
        elif note:
            self.last = max(self.last, on)
        return on


_ARTICLES = {
    "number": "a number",
    "text": "a text",
    "date": "a date",
    "boolean": "`true` or `false`",
    "list": "a list of texts",
}


def _found(node: Node) -> str:
    quoted = isinstance(node, Scalar) and node.style
    return f"the text `{text_of(node)}`" if quoted else text_of(node) or "this"


def _meant_value(node: Node, type: Type) -> str:
    """Return the hint for a value of another type: what it means, or else which values there are."""
    text = text_of(node) or ""
    if type == "number" and (hint := number_hint(text)):
        return f"{hint}, without quotes" if isinstance(node, Scalar) and node.style else hint
    if type == "boolean" and (meant := boolean_of(text)) is not None:
        return f"write {str(meant).lower()}"
    return f"write {_ARTICLES[type]}, or `{MISSING}` for no value"


def _is_true(node: Node | None, *, default: bool) -> bool:
    return bool(node.value) if isinstance(node, Scalar) else default


def _merged(first: CaseDay, second: CaseDay) -> CaseDay:
    """Return what happens on one day by two levels of a test."""
    return CaseDay(
        first.on,
        {**first.fields, **second.fields},
        first.outcomes + second.outcomes,
        first.moves + second.moves,
        first.run and second.run,
    )


def _row_name(row: Node) -> str:
    """Return the name of a row without one: its fields, as `health_score 69, vip true`."""
    texts = []
    for entry in map_entries(child(row, "account")):
        written = text_of(entry.value) or " ".join(list_texts(entry.value)) or "none"
        texts.append(f"{entry.key} {written}")
    return ", ".join(texts)
