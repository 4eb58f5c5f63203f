"""An account's success plan, as `plans/ACCOUNT.yaml` holds it.

In: a workspace's folder and an account; out: the plan, or None where there is no file. The rule: what a person wrote
is read as it stands or refused with its place, and a file that says it is another account's is never taken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
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
from .plan_schema import PLAN_SHAPE, WHEN

PLANS_FOLDER = "plans"

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

_EMPTY = "delete it; `tenure report success_plan ACCOUNT --update` makes it anew"

PlanItem = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SuccessPlan:
    """A good plan: `values` has every key of the shape, None where nothing is written.

    Lists hold texts, or maps of their parts in the same way; numbers are `Decimal`, and dates are dates.
    """

    file: str
    text: str
    node: MappingNode
    values: Mapping[str, Any]


def plan_file(account: str) -> str:
    """The file of an account, within the workspace.

    Every byte that is no letter, digit, hyphen, underscore or inner dot is written `%2F`, so that no two accounts share
    a file, and none lies elsewhere. Where capitals don't count in file names, its `account:` still tells them apart.
    """
    content = account.encode("utf-8", "surrogatepass")
    kept = [
        chr(byte) if byte in _PLAIN or (byte == ord(".") and at) else f"%{byte:02X}"
        for at, byte in enumerate(content)
    ]
    return f"{PLANS_FOLDER}/{''.join(kept)}.yaml"


def load_plan(root: Path, account: str, catalogue: Catalogue) -> SuccessPlan | None:
    """The account's plan; None where it has no file. Raises `Problems` where the file is no good."""
    file = plan_file(account)
    if not (root / file).exists():
        return None
    return read_plan(_written(root, file), file, account, catalogue)


def check_plans(
    root: Path, files: Iterable[str], catalogue: Catalogue
) -> tuple[list[Problem], dict[str, str]]:
    """Every problem of these plans, and the texts of those that could be read, by file."""
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for file in files:
        try:
            texts[file] = _written(root, file)
            problems += _misplaced(read_plan(texts[file], file, None, catalogue))
        except Problems as found:
            problems += found.problems
    return problems, texts


def _misplaced(plan: SuccessPlan) -> Iterator[Problem]:
    """The problem of a plan in another file than the one in which its account's is looked for."""
    account = plan.values["account"]
    if plan.file != plan_file(account):
        message = f"the plan of account `{account}` is looked for in {plan_file(account)}, not here"
        place = plan.node.get("account")
        hint = "rename the file, or write the id of the account that it is about"
        yield Problem("other-account", message, place.span if place else plan.node.span, hint)


def _written(root: Path, file: str) -> str:
    """The file's text; raises `Problems` where it cannot be read."""
    written, problems = read_text(root / file, file)
    if written is None:
        raise Problems(problems)
    return written


def read_plan(written: str, file: str, account: str | None, catalogue: Catalogue) -> SuccessPlan:
    """The plan that a text holds; raises `Problems` where it is no good, or not of the account, if one is named."""
    node, problems = read_yaml(written, file)
    problems = [
        replace(each, hint=_EMPTY) if each.code == "empty-file" else each for each in problems
    ]
    if node is not None:
        problems += validate(node, PLAN_SHAPE)
        problems += _own_problems(node, account, catalogue)
    if problems or not isinstance(node, MappingNode):
        raise Problems(problems)
    return SuccessPlan(file, written, node, _plain(node, PLAN_SHAPE))


def _own_problems(node: Node, account: str | None, catalogue: Catalogue) -> Iterator[Problem]:
    """What the shape can't say: whose plan it is, fields that there are, dates that exist."""
    place = child(node, "account")
    written = place.value if isinstance(place, Scalar) else None
    if place is not None and isinstance(written, str) and account not in (None, written):
        message = (
            f"this is the plan of account `{account}`, and says that it is that of `{written}`"
        )
        hint = "was it copied? Write the account's own id, in quotes if it is a number"
        if written.strip("\u201c\u201d") == account:
            hint = "curly quotes are letters like any others in YAML: type straight ones"
        yield Problem("other-account", message, place.span, hint)
    for item in list_items(child(node, "objectives")):
        field = child(item, "field")
        name = text_of(field)
        if field is not None and name is not None and name not in catalogue.fields:
            near = suggest(name, catalogue.fields)
            hint = f"did you mean `{near}`?" if near else "`tenure fields` lists the fields"
            yield Problem("unknown-field", f"there is no field `{name}`", field.span, hint)
    for review in list_items(child(node, "reviews")):
        for key in ("on", "next_review"):
            day = child(review, key)
            if day is not None and DATE.matches(text_of(day) or "") and date_value(day) is None:
                message = f"`{text_of(day)}` is no date that exists, between 1900 and 2200"
                yield Problem("bad-date", message, day.span, "correct the day or the month")


def _plain(node: Node | None, shape: Shape) -> Any:
    """A node that fits its shape, as plain values."""
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
    """The reviews held by then, latest first; None where the plan does not speak of reviews."""
    reviews = plan.values["reviews"] if plan else None
    if reviews is None:
        return None
    held = [review for review in reviews if review["on"] <= on]
    return sorted(held, key=lambda review: review["on"], reverse=True)
