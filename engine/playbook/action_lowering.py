"""Lowering of the actions under a `do:` to Action records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from ..core.languages import Texts
from ..core.offsets import Shift
from ..language.expressions import Expression
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar
from .agendas import check_length, lower_agenda
from .follow_up_lowering import follow_up
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
from .model import (
    CONTACT_KINDS,
    Action,
    ActionKind,
    Detail,
    Lines,
    Minutes,
    Need,
    Repeat,
)

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
"""Keys of some kinds only, which go to the ledger's `detail` column."""
ROLE_DETAILS = ("approval",)
"""Details whose value is a role."""


def lower_actions(
    lowering: Lowering,
    node: Node | None,
    step: str,
    title: Texts,
    when: Expression | None = None,
    needs: Node | None = None,
) -> tuple[Action, ...]:
    """Return the actions of one step.

    Args:
        lowering: The file's lowering.
        node: The list under `do:`.
        step: The step's id.
        title: The step's title, for actions without a title.
        when: The step's condition, which is combined with each action's condition.
        needs: The step's need, for actions without one.
    """
    actions = []
    seen: set[str] = set()
    for item in node_items(node):
        for entry in node_entries(item):
            action = _action(lowering, entry, step, title, when, needs)
            if action.id in seen:
                lowering.problems.report(
                    "repeated-id",
                    f"step `{step}` has two actions with the id `{action.id}`",
                    entry.key_span,
                    f"give one of them another id, such as `id: {action.id}_2`",
                )
            seen.add(action.id)
            actions.append(action)
            follow_up(lowering, action, entry)
    return tuple(actions)


def _action(
    lowering: Lowering,
    entry: Entry,
    step: str,
    title: Texts,
    when: Expression | None,
    needs: Node | None,
) -> Action:
    kind = cast(ActionKind, entry.key)
    body = entry.value if isinstance(entry.value, Mapping) else Mapping((), entry.key_span)
    customer = _flag(body.get("customer"), kind in CONTACT_KINDS)
    action_when = lowering.condition(body, "when")
    _refuse_inside(lowering, body, customer)
    priority, priorities = _priority(lowering, body)
    sender = (
        lowering.known(node, lowering.symbols.roles, "role") if (node := body.get("from")) else None
    )
    return Action(
        id=node_text(body.get("id"), kind),
        step=step,
        kind=kind,
        title=texts_by_language(node, "")
        if (node := body.get("title"))
        else title or {"": id_as_title(step)},
        span=entry.key_span,
        owner=_owners(lowering, body, kind, sender),
        when=conjunction([e for e in (when, action_when) if e is not None]),
        due=lowering.offset(node) if (node := body.get("due")) else None,
        shift=cast(Shift, node_text(body.get("shift"), "earlier" if customer else "later")),
        customer=customer,
        priority=priority,
        priorities=priorities,
        because=_because(lowering, body),
        message=lowering.known(node, lowering.messages, "message")
        if (node := body.get("message"))
        else None,
        sender=sender,
        cta=tuple(
            lowering.known(link, lowering.symbols.links, "link")
            for link in node_items(body.get("cta"))
        ),
        repeat=_repeat(lowering, body.get("repeat")),
        late=cast(Literal["issue", "skip"], node_text(node))
        if (node := body.get("late"))
        else None,
        until=lowering.whole_days(node, "until") if (node := body.get("until")) else None,
        needs=Need(node_text(node), node.span) if (node := body.get("needs") or needs) else None,
        must_reach=_flag(body.get("must_reach"), False),
        detail=_detail(lowering, kind, body),
    )


def _refuse_inside(lowering: Lowering, body: Mapping, customer: bool) -> None:
    """Refuse keys of contacts in an action that does not reach the customer."""
    for entry in () if customer else body:
        if entry.key in ("until", "must_reach"):
            lowering.problems.report(
                "unknown-key",
                f"`{entry.key}` has no meaning here: the action does not reach the customer",
                entry.key_span,
                "remove it, or write `customer: true`",
            )


def _flag(node: Node | None, default: bool) -> bool:
    return bool(node.value) if isinstance(node, Scalar) else default


def _priority(lowering: Lowering, body: Mapping) -> tuple[str, tuple[tuple[Expression, str], ...]]:
    """Return the priority where no case is true, and the priorities by case.

    A case without a condition ends the list.
    """
    node = body.get("priority")
    cases: list[tuple[Expression, str]] = []
    last_case: str | None = None
    for item in node_items(node) or ([node] if node else []):
        if last_case is not None:
            message = f"this case is never reached: `{last_case}` before it always counts"
            lowering.problems.report(
                "unreachable-case", message, item.span, "put it before, or remove it"
            )
        if isinstance(item, Mapping):
            name = lowering.known(
                required_value(item, "then"), lowering.symbols.priorities, "priority"
            )
            when = lowering.condition(item, "when")
            cases += [(when, name)] if when is not None else []
        else:
            last_case = lowering.known(item, lowering.symbols.priorities, "priority")
    return lowering.priority if last_case is None else last_case, tuple(cases)


def _because(lowering: Lowering, body: Mapping) -> tuple[tuple[Expression, Texts], ...]:
    grounds = []
    for item in node_items(body.get("because")):
        when = lowering.condition(item, "when") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and when is not None:
            grounds.append((when, texts_by_language(item.get("say"), "")))
    return tuple(grounds)


def _owners(
    lowering: Lowering, body: Mapping, kind: ActionKind, sender: str | None
) -> tuple[str, ...]:
    """Return the action's `owner`, else the role it escalates to, else its sender, else the playbook's owner."""
    owner = lowering.roles(body.get("owner"))
    escalated_to = lowering.roles(body.get("to")) if kind == "escalation" else ()
    return owner or escalated_to or ((sender,) if sender else lowering.owner)


def _repeat(lowering: Lowering, node: Node | None) -> Repeat | None:
    if not isinstance(node, Mapping):
        return None
    count_node = required_value(node, "at_most")
    count = (
        count_node.value
        if isinstance(count_node, Scalar) and isinstance(count_node.value, int)
        else 1
    )
    return Repeat(lowering.duration(required_value(node, "every"), "every"), count)


def _detail(lowering: Lowering, kind: ActionKind, body: Mapping) -> tuple[tuple[str, Detail], ...]:
    detail: dict[str, Detail] = {}
    for entry in body:
        if entry.key not in DETAILS or (entry.key == "to" and kind == "escalation"):
            continue
        if entry.key in ROLE_DETAILS:
            lowering.known(entry.value, lowering.symbols.roles, "role")
        detail[entry.key] = _READERS.get(entry.key, _plain)(lowering, entry.value)
    check_length(lowering, detail, body)
    return tuple(sorted(detail.items()))


def _plain(_: Lowering, node: Node) -> Detail:
    return texts_by_language(node, "") if isinstance(node, Mapping) else node_text(node)


def _lines(_: Lowering, node: Node) -> Lines:
    return Lines(tuple(texts_by_language(item, "") for item in node_items(node)))


def _minutes(lowering: Lowering, node: Node) -> int | Minutes:
    if not isinstance(node, Mapping):
        return whole_value(node)
    minutes = Minutes(
        whole_value(required_value(node, "from")), whole_value(required_value(node, "to"))
    )
    if minutes.least > minutes.most:
        lowering.problems.report(
            "bad-number",
            f"from {minutes.least} to {minutes.most} minutes is not a length: the longer one comes first",
            node.span,
            f"write `{{from: {minutes.most}, to: {minutes.least}}}`",
        )
    return minutes


_READERS: dict[str, Callable[[Lowering, Node], Detail]] = {
    "agenda": lower_agenda,
    "checklist": _lines,
    "minutes": _minutes,
}
"""Functions that read a detail, by key; other details are text."""
