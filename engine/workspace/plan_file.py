"""Reader of an account's success plan, `plans/ACCOUNT.yaml`.

Takes a workspace's folder and an account, and returns the plan; None where there is no file. An invalid plan is
rejected with the span of each problem, and so is the plan of another account.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..core.problems import Problem, Problems
from ..fields.catalogue import Catalogue
from ..fields.yaml_values import child, date_value, list_items, text_of
from ..language.condition_schema import DATE
from ..text.input_files import read_text
from ..text.schema.lists import ListOf
from ..text.schema.maps import MapShape
from ..text.schema.shapes import Shape, validate
from ..text.suggest import suggest
from ..text.yaml_nodes import Mapping as MappingNode
from ..text.yaml_nodes import Node, Scalar
from ..text.yaml_reader import read_yaml
from .plan_paths import plan_file
from .plan_schema import PLAN_SHAPE, WHEN

_EMPTY = "delete it; `tenure report success_plan ACCOUNT --update` makes a new one"

PlanItem = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SuccessPlan:
    """A valid plan: `values` has every key of the shape, None for a missing one.

    Lists hold texts or maps with the same rule; numbers are `Decimal`, and dates are dates.
    """

    file: str
    text: str
    node: MappingNode
    values: Mapping[str, Any]


def load_plan(root: Path, account: str, catalogue: Catalogue) -> SuccessPlan | None:
    """Return the account's plan; None where it has no file. Raise `Problems` where the file is invalid."""
    file = plan_file(account)
    if not os.path.lexists(root / file):
        return None
    return read_plan(read_plan_file(root, file), file, account, catalogue)


def read_one_plan(root: Path, file: str, catalogue: Catalogue) -> SuccessPlan:
    """Return the plan in a file. Raise `Problems` where it is invalid, or not the file of its account."""
    plan = read_plan(read_plan_file(root, file), file, None, catalogue)
    if problems := list(misplaced(plan)):
        raise Problems(problems)
    return plan


def misplaced(plan: SuccessPlan) -> Iterator[Problem]:
    """Yield the problem of a plan whose file is not that of its account."""
    account = plan.values["account"]
    if plan.file != plan_file(account):
        message = f"the plan of account `{account}` must be in {plan_file(account)}"
        id_node = plan.node.get("account")
        hint = "rename the file, or write the id of the account that it is about"
        yield Problem("other-account", message, id_node.span if id_node else plan.node.span, hint)


def read_plan_file(root: Path, file: str) -> str:
    """Return the file's text. Raise `Problems` where it is not readable."""
    text, problems = read_text(root / file, file)
    if text is None:
        raise Problems(problems)
    return text


def read_plan(text: str, file: str, account: str | None, catalogue: Catalogue) -> SuccessPlan:
    """Return the plan in a text.

    Args:
        text: The YAML text.
        file: The file's name, for problems.
        account: The account that the plan must be of; None for any.
        catalogue: The fields that objectives may name.

    Raises:
        Problems: The plan is invalid, or that of another account.
    """
    node, problems = read_yaml(text, file)
    problems = [
        replace(each, hint=_EMPTY) if each.code == "empty-file" else each for each in problems
    ]
    if node is not None:
        problems += validate(node, PLAN_SHAPE)
        problems += _content_problems(node, account, catalogue)
    if problems or not isinstance(node, MappingNode):
        raise Problems(problems)
    return SuccessPlan(file, text, node, _plain(node, PLAN_SHAPE))


def _content_problems(node: Node, account: str | None, catalogue: Catalogue) -> Iterator[Problem]:
    """Yield the problems that the shape cannot express: another account, unknown fields, invalid dates."""
    id_node = child(node, "account")
    id = id_node.value if isinstance(id_node, Scalar) else None
    if id_node is not None and isinstance(id, str) and account not in (None, id):
        message = f"this is the plan of account `{account}`, and says that it is that of `{id}`"
        hint = "was it copied? Write the account's own id, in quotes if it is a number"
        if id.strip("\u201c\u201d") == account:
            hint = "curly quotes are letters like any others in YAML: type straight ones"
        yield Problem("other-account", message, id_node.span, hint)
    for item in list_items(child(node, "objectives")):
        field = child(item, "field")
        name = text_of(field)
        if field is not None and name is not None and name not in catalogue.fields:
            near = suggest(name, catalogue.fields)
            hint = f"did you mean `{near}`?" if near else "`tenure fields` lists the fields"
            yield Problem("unknown-field", f"there is no field `{name}`", field.span, hint)
    reviews = list_items(child(node, "reviews"))
    dated = [child(node, name) for name in ("objectives", "actions", "roadmap")]
    for item in (each for part in dated for each in list_items(part)):
        yield from _wrong_due(item)
    for review in reviews:
        for item in list_items(child(review, "actions")):
            yield from _wrong_due(item)
        for key in ("on", "next_review"):
            written = child(review, key)
            if (
                written is not None
                and DATE.matches(text_of(written) or "")
                and date_value(written) is None
            ):
                message = f"`{text_of(written)}` is not a date between 1900 and 2200"
                yield Problem("bad-date", message, written.span, "correct the day or the month")


def _wrong_due(item: Node) -> Iterator[Problem]:
    """Yield the problem of a `due` that is written as a date and is none. Words are periods."""
    due = child(item, "due")
    text = text_of(due) or ""
    if due is not None and _LIKE_A_DATE.fullmatch(text) and date_value(due) is None:
        message = f"`{text}` is not a date between 1900 and 2200"
        hint = "write it as 2026-06-30; a period has letters, such as `Q2`"
        yield Problem("bad-date", message, due.span, hint)


_LIKE_A_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ]\d.*)?", re.ASCII)


def _plain(node: Node | None, shape: Shape) -> Any:
    """Return the values of a node that fits its shape."""
    if node is None:
        return None
    if isinstance(shape, MapShape):
        return {name: _plain(child(node, name), key.shape) for name, key in shape.keys.items()}
    if isinstance(shape, ListOf):
        return [_plain(item, shape.item) for item in list_items(node)]
    if not isinstance(node, Scalar):
        return None
    if shape is WHEN or shape is DATE:
        return date_value(node) or node.text
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return Decimal(node.text) if isinstance(node.value, float) else Decimal(node.value)
    return node.value


def held_reviews(plan: SuccessPlan | None, on: dt.date) -> list[PlanItem] | None:
    """Return the reviews held by a date, latest first; None where the plan has no list of reviews."""
    reviews = plan.values["reviews"] if plan else None
    if reviews is None:
        return None
    held = [review for review in reviews if review["on"] <= on]
    return sorted(held, key=lambda review: review["on"], reverse=True)
