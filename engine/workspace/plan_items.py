"""Items of a success plan that somebody is to do by a date: its objectives, its actions, and those agreed in reviews.

Takes a valid plan and returns its items that have an owner and a date. An item is known by its `id`, or else by its
text and the review in which it was agreed; so a change of its date or owner leaves it the same item.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.person_names import name_key
from ..core.problems import Problem, Problems
from ..fields.catalogue import Catalogue
from ..fields.yaml_values import child, list_items
from ..text.yaml_nodes import Mapping, Node

if TYPE_CHECKING:
    from .plan_file import SuccessPlan

OBJECTIVES_STEP, ACTIONS_STEP = "objectives", "actions"
"""The steps of the ledger's actions of success plans."""
WHOLE_PLAN = "plan"
"""The cycle of items that belong to no review."""
CUSTOMER_ROLES = ("executive_sponsor", "champion", "day_to_day")
"""The roles of the plan's team that are the customer's people."""


PlanValues = Any
"""The values of a part of a plan, by key."""


class DatedItem(NamedTuple):
    """An item of a success plan with an owner and a date.

    Attributes:
        step: `OBJECTIVES_STEP` or `ACTIONS_STEP`.
        cycle: The date of the review in which it was agreed, else `WHOLE_PLAN`.
        key: Its identity within the step and the cycle.
        text: The text of the objective or the action.
        owner: The person or role that it names.
        of_customer: True if that person belongs to the customer's team.
        due_on: Its date.
        done: True if the plan says that it is done.
    """

    step: str
    cycle: str
    key: str
    text: str
    owner: str
    of_customer: bool
    due_on: dt.date
    done: bool


class PlacedItem(NamedTuple):
    """An item with its map in the plan, and where that is: `reviews[1].actions[2]`."""

    item: DatedItem
    node: Mapping
    path: str


def placed_items(plan: SuccessPlan) -> list[PlacedItem]:
    """Return the plan's items that have an owner and a date, in its order; of two that are the same, the first.

    An action that is in a review and again among the plan's actions, with the same date, is one: that of the review.
    """
    first: dict[tuple[str, str, str], PlacedItem] = {}
    for placed in _items(plan):
        first.setdefault(_identity(placed.item), placed)
    return list(first.values())


def dated_items(plan: SuccessPlan) -> list[DatedItem]:
    """Return the same as `placed_items`, without their places."""
    return [placed.item for placed in placed_items(plan)]


def repeated_items(plan: SuccessPlan) -> list[Problem]:
    """Return a problem for each item that has the identity of an earlier one."""
    seen: dict[tuple[str, str, str], DatedItem] = {}
    problems = []
    for item, node, _ in _items(plan):
        first = seen.setdefault(_identity(item), item)
        if first is not item:
            message = f"`{item.text}` is there twice, with an owner and a date each"
            if item.key != _text_key(item.text):
                message = f"`{item.text}` has the id of `{first.text}`"
            hint = "give each an `id` of its own, such as `id: first_report`"
            text = node.get("objective") or node.get("action") or node
            problems.append(Problem("repeated-item", message, text.span, hint))
    return problems


def check_plans(
    root: Path, files: Iterable[str], catalogue: Catalogue
) -> tuple[list[Problem], dict[str, str]]:
    """Return all problems of these plans, and the texts of the readable ones by file."""
    # Imported here because a run of a workspace without plans needs no parser.
    from .plan_file import misplaced, read_plan, read_plan_file

    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for file in files:
        try:
            texts[file] = read_plan_file(root, file)
            plan = read_plan(texts[file], file, None, catalogue)
            problems += [*misplaced(plan), *repeated_items(plan)]
        except Problems as error:
            problems += error.problems
    return problems, texts


def _identity(item: DatedItem) -> tuple[str, str, str]:
    return item.step, item.cycle, item.key


def _items(plan: SuccessPlan) -> Iterator[PlacedItem]:
    team = {
        name_key(person["name"])
        for person in plan.values["team"] or ()
        if person["role"] in CUSTOMER_ROLES and person["name"]
    }
    reviews = list(
        zip(plan.values["reviews"] or (), list_items(plan.node.get("reviews")), strict=False)
    )
    agreed = {
        (_text_key(item["action"]), item["due"])
        for review, _ in reviews
        for item in review["actions"] or ()
        if item["id"] is None
    }
    yield from _of_list(plan.values, plan.node, "objectives", WHOLE_PLAN, "", team)
    for placed in _of_list(plan.values, plan.node, "actions", WHOLE_PLAN, "", team):
        if (placed.item.key, placed.item.due_on) not in agreed:
            yield placed
    for at, (review, node) in enumerate(reviews, 1):
        cycle = review["on"].isoformat()
        yield from _of_list(review, node, "actions", cycle, f"reviews[{at}].", team)


def _of_list(
    values: PlanValues, node: Node | None, step: str, cycle: str, path: str, team: set[str]
) -> Iterator[PlacedItem]:
    """Yield the items of a list that have an owner and a date."""
    listed = zip(values[step] or (), list_items(child(node, step)), strict=False)
    for at, (item, item_node) in enumerate(listed, 1):
        text = " ".join(str(item[step.removesuffix("s")]).split())
        owner = " ".join((item["owner"] or "").split())
        if not (text and owner and isinstance(item["due"], dt.date)):
            continue
        id = item["id"]
        found = DatedItem(
            step,
            cycle if id is None else WHOLE_PLAN,
            _text_key(text) if id is None else id,
            text,
            owner,
            name_key(owner) in team,
            item["due"],
            bool(item["done"]),
        )
        if isinstance(item_node, Mapping):
            yield PlacedItem(found, item_node, f"{path}{step}[{at}]")


def _text_key(text: str) -> str:
    """Return the key of a text: spaces and capitals do not count. An id has no hyphen."""
    return f"text-{hashlib.sha256(name_key(text).encode()).hexdigest()[:16]}"
