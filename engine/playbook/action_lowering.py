"""Lowers the actions under a `do:`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from ..language.expressions import Expression
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar
from .agendas import check_length, lower_agenda
from .lowering import (
    Lowering,
    conjunction,
    id_as_title,
    node_entries,
    node_items,
    node_text,
    required_value,
    texts_by_language,
    whole_value,
)
from .model import CONTACT_KINDS, Action, ActionKind, Detail, Lines, Minutes, Repeat, Shift, Texts

DETAILS = (
    "minutes",
    "audience",
    "agenda",
    "placement",
    "checklist",
    "offer",
    "approval",
    "grant",
    "to",
)
"""Keys that only some kinds have; they travel to the ledger as they are."""
ROLE_DETAILS = ("approval",)


def lower_actions(
    at: Lowering,
    node: Node | None,
    step: str,
    title: dict[str, str],
    when: Expression | None = None,
) -> tuple[Action, ...]:
    """The actions of one step; `title` and `when` are the step's own, for actions without a title."""
    actions = []
    seen: set[str] = set()
    for item in node_items(node):
        for entry in node_entries(item):
            action = _action(at, entry, step, title, when)
            if action.id in seen:
                at.problem(
                    "repeated-id",
                    f"step `{step}` has two actions with the id `{action.id}`",
                    entry.key_span,
                    f"give one of them an id of its own, such as `id: {action.id}_2`",
                )
            seen.add(action.id)
            actions.append(action)
    return tuple(actions)


def _action(
    at: Lowering, entry: Entry, step: str, title: dict[str, str], when: Expression | None
) -> Action:
    kind = cast(ActionKind, entry.key)
    body = entry.value if isinstance(entry.value, Mapping) else Mapping((), entry.key_span)
    customer = _flag(body.get("customer"), kind in CONTACT_KINDS)
    own = at.condition(body, "when")
    priority, priorities = _priority(at, body)
    sender = at.known(node, at.around.roles, "role") if (node := body.get("from")) else None
    return Action(
        id=node_text(body.get("id"), kind),
        step=step,
        kind=kind,
        title=texts_by_language(node, "")
        if (node := body.get("title"))
        else title or {"": id_as_title(step)},
        span=entry.key_span,
        owner=_owners(at, body, kind, sender),
        when=conjunction([e for e in (when, own) if e is not None]),
        due=at.offset(node) if (node := body.get("due")) else None,
        shift=cast(Shift, node_text(body.get("shift"), "earlier" if customer else "later")),
        customer=customer,
        priority=priority,
        priorities=priorities,
        because=_because(at, body),
        message=at.known(node, at.messages, "message") if (node := body.get("message")) else None,
        sender=sender,
        cta=tuple(at.known(link, at.around.links, "link") for link in node_items(body.get("cta"))),
        repeat=_repeat(at, body.get("repeat")),
        late=cast(Literal["issue", "skip"], node_text(node))
        if (node := body.get("late"))
        else None,
        detail=_detail(at, kind, body),
    )


def _flag(node: Node | None, default: bool) -> bool:
    return bool(node.value) if isinstance(node, Scalar) else default


def _priority(at: Lowering, body: Mapping) -> tuple[str, tuple[tuple[Expression, str], ...]]:
    """The class where no case holds, and the classes by case; one without a condition ends them."""
    node = body.get("priority")
    cases: list[tuple[Expression, str]] = []
    otherwise: str | None = None
    for item in node_items(node) or ([node] if node else []):
        if otherwise is not None:
            message = f"this case is never reached: `{otherwise}` before it always counts"
            at.problem("unreachable-case", message, item.span, "put it before, or remove it")
        if isinstance(item, Mapping):
            name = at.known(required_value(item, "then"), at.around.priorities, "priority")
            when = at.condition(item, "when")
            cases += [(when, name)] if when is not None else []
        else:
            otherwise = at.known(item, at.around.priorities, "priority")
    return at.priority if otherwise is None else otherwise, tuple(cases)


def _because(at: Lowering, body: Mapping) -> tuple[tuple[Expression, Texts], ...]:
    found = []
    for item in node_items(body.get("because")):
        when = at.condition(item, "when") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and when is not None:
            found.append((when, texts_by_language(item.get("say"), "")))
    return tuple(found)


def _owners(at: Lowering, body: Mapping, kind: ActionKind, sender: str | None) -> tuple[str, ...]:
    """Who it names; whom it escalates to; who sends it; whoever the playbook says."""
    named = at.roles(body.get("owner"))
    above = at.roles(body.get("to")) if kind == "escalation" else ()
    return named or above or ((sender,) if sender else at.owner)


def _repeat(at: Lowering, node: Node | None) -> Repeat | None:
    if not isinstance(node, Mapping):
        return None
    most = required_value(node, "at_most")
    count = most.value if isinstance(most, Scalar) and isinstance(most.value, int) else 1
    return Repeat(at.duration(required_value(node, "every"), "every"), count)


def _detail(at: Lowering, kind: ActionKind, body: Mapping) -> tuple[tuple[str, Detail], ...]:
    detail: dict[str, Detail] = {}
    for entry in body:
        if entry.key not in DETAILS or (entry.key == "to" and kind == "escalation"):
            continue
        if entry.key in ROLE_DETAILS:
            at.known(entry.value, at.around.roles, "role")
        detail[entry.key] = _READ.get(entry.key, _plain)(at, entry.value)
    check_length(at, detail, body)
    return tuple(sorted(detail.items()))


def _plain(_: Lowering, node: Node) -> Detail:
    return texts_by_language(node, "") if isinstance(node, Mapping) else node_text(node)


def _lines(_: Lowering, node: Node) -> Lines:
    return Lines(tuple(texts_by_language(item, "") for item in node_items(node)))


def _minutes(at: Lowering, node: Node) -> int | Minutes:
    if not isinstance(node, Mapping):
        return whole_value(node)
    span = Minutes(
        whole_value(required_value(node, "from")), whole_value(required_value(node, "to"))
    )
    if span.least > span.most:
        at.problem(
            "bad-number",
            f"from {span.least} to {span.most} minutes is no length: the longer one stands first",
            node.span,
            f"write `{{from: {span.most}, to: {span.least}}}`",
        )
    return span


_READ: dict[str, Callable[[Lowering, Node], Detail]] = {
    "agenda": lower_agenda,
    "checklist": _lines,
    "minutes": _minutes,
}
"""How a detail is read; text otherwise."""
