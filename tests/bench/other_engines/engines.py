"""The other engines: each takes RULES and returns a function of rows that counts the accounts of each rule.

Rules are compiled before the clock starts, in the quickest way that the engine documents for one row after another;
none of them takes many rows at once. Where an engine compares nulls or raises on them, the rule asks first whether
the value is there, as its user would have to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from .rules import RULES, Rule, written

Row = dict[str, Any]
Decide = Callable[[Sequence[Row]], Counter[str]]


def _each(decides: dict[str, Callable[[Row], object]]) -> Decide:
    """Ask one compiled rule after the other about each row."""

    def decide(rows: Sequence[Row]) -> Counter[str]:
        found: Counter[str] = Counter()
        for row in rows:
            for id, holds in decides.items():
                if holds(row):
                    found[id] += 1
        return found

    return decide


def _known(rule: Rule, form: str, joined: str) -> str:
    """The questions whether each of the rule's values is there."""
    return joined.join(form.format(field) for field in dict.fromkeys(test.field for test in rule))


def zen() -> Decide:
    """GoRules Zen (Rust): compiled expressions, ten times as fast as a decision graph."""
    import zen as library

    return _each(
        {
            id: library.compile_expression(
                f"{_known(rule, '{} != null', ' and ')} and {written(rule)}"
            ).evaluate
            for id, rule in RULES.items()
        }
    )


def rule_engine() -> Decide:
    """rule-engine (Python)."""
    import rule_engine as library

    return _each(
        {
            id: library.Rule(f"{_known(rule, '{} != null', ' and ')} and {written(rule)}").matches
            for id, rule in RULES.items()
        }
    )


def cel_rust() -> Decide:
    """The Common Expression Language, in Rust."""
    import cel as library

    return _each(
        {
            id: library.compile(
                f"{_known(rule, '{} != null', ' && ')} && {written(rule, joined=' && ')}"
            ).execute
            for id, rule in RULES.items()
        }
    )


def cel_python() -> Decide:
    """The Common Expression Language, in Python: rows are converted to its types once, and lack what is missing."""
    import celpy as library

    environment = library.Environment()
    programs = {}
    for id, rule in RULES.items():
        known = _known(rule, "has(account.{})", " && ")
        tests = written(rule, joined=" && ", test="account.{} {} {}")
        programs[id] = environment.program(environment.compile(f"{known} && {tests}"))

    def decide(rows: Sequence[Row]) -> Counter[str]:
        found: Counter[str] = Counter()
        for row in rows:
            present = {name: value for name, value in row.items() if value is not None}
            values = {"account": library.json_to_cel(present)}
            found.update(id for id, program in programs.items() if program.evaluate(values))
        return found

    return decide


def json_logic() -> Decide:
    """JsonLogic (Python)."""
    from json_logic import jsonLogic as apply

    def node(rule: Rule) -> dict[str, Any]:
        names = dict.fromkeys(test.field for test in rule)
        known = [{"!==": [{"var": name}, None]} for name in names]
        tests = [
            {test.op: [{"var": test.field}, list(test.value) if test.op == "in" else test.value]}
            for test in rule
        ]
        return {"and": [*known, *tests]}

    return _each({id: partial(apply, node(rule)) for id, rule in RULES.items()})


def cloud_custodian() -> Decide:
    """Cloud Custodian (Python): its value filters, whose rules are YAML."""
    from c7n.filters.core import FilterRegistry, ValueFilter

    names = {"==": "eq", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "in": "in"}
    registry = FilterRegistry("accounts")
    registry.register("value", ValueFilter)

    def condition(rule: Rule) -> list[dict[str, Any]]:
        known = [
            {"type": "value", "key": name, "value": "present"}
            for name in dict.fromkeys(test.field for test in rule)
            if name not in ("escalated", "auto_renew")  # false is not present to it
        ]
        tests = [
            {
                "type": "value",
                "key": test.field,
                "op": names[test.op],
                "value": list(test.value) if isinstance(test.value, tuple) else test.value,
            }
            for test in rule
        ]
        return [*known, *tests]

    filters = {id: registry.factory({"and": condition(rule)}) for id, rule in RULES.items()}

    def decide(rows: Sequence[Row]) -> Counter[str]:
        return Counter({id: len(each.process(list(rows))) for id, each in filters.items()})

    return decide


def durable_rules() -> Decide:
    """durable_rules (C): every row is a fact, asserted and taken back; an event would count for one rule only."""
    from durable import lang
    from durable.engine import MessageNotHandledException

    found: Counter[str] = Counter()
    with lang.ruleset("tenure"):
        for id, rule in RULES.items():
            lang.when_all(_pattern(lang.m, rule))(_count(found, id))

    def decide(rows: Sequence[Row]) -> Counter[str]:
        found.clear()
        for number, row in enumerate(rows):
            fact = {name: value for name, value in row.items() if value is not None}
            fact["id"] = str(number)
            # It raises the same where no rule is true for a fact.
            for give in (lang.assert_fact, lang.retract_fact):
                with suppress(MessageNotHandledException):
                    give("tenure", fact)
        return found

    return decide


def _pattern(message: Any, rule: Rule) -> Any:
    compare = {
        "==": lambda field, value: field == value,
        "<": lambda field, value: field < value,
        "<=": lambda field, value: field <= value,
        ">": lambda field, value: field > value,
        ">=": lambda field, value: field >= value,
    }
    pattern = None
    for test in rule:
        field = getattr(message, test.field)
        if isinstance(test.value, tuple):
            one = field == test.value[0]
            for value in test.value[1:]:
                one = one | (getattr(message, test.field) == value)
        else:
            one = compare[test.op](field, test.value)
        pattern = one if pattern is None else pattern & one
    return pattern


def _count(found: Counter[str], id: str) -> Callable[[Any], None]:
    def count(_: Any) -> None:
        found[id] += 1

    return count


ENGINES: dict[str, tuple[Callable[[], Decide], int]] = {
    "zen-engine": (zen, 50_000),
    "rule-engine": (rule_engine, 5_000),
    "cel (Rust)": (cel_rust, 20_000),
    "cel (Python)": (cel_python, 500),
    "json-logic": (json_logic, 5_000),
    "Cloud Custodian": (cloud_custodian, 5_000),
    "durable_rules": (durable_rules, 5_000),
}
"""Each engine, and the accounts that it decides in a second or a few."""
