"""Random typed conditions and rows, for every test that holds two readings of a condition equal."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st
from tenure.engine.calendar.working_days import Calendar, OwnDays
from tenure.engine.core.ids import UNREADABLE_FIELDS, unreadable_mark
from tenure.engine.core.list_texts import join_items
from tenure.engine.core.offsets import Offset
from tenure.engine.core.problems import Span
from tenure.engine.language.calls import with_place
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.expressions import (
    BUILTIN_NAMES,
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
    Type,
)
from tenure.engine.language.functions import FUNCTIONS, INFIX
from tenure.engine.language.limits import leaves_calendar, stays_in_range
from tenure.engine.language.type_errors import allowed_values
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.text.yaml_nodes import Entry, Node, Scalar
from tenure.engine.text.yaml_nodes import Mapping as MappingNode
from tenure.engine.text.yaml_nodes import Sequence as SequenceNode

PLACE = Span("test.yaml", 1, 1, 1, 2)
ITEMS = ("beta", "vip", "pro", "bet")
"""Items of lists; one is the beginning of another."""
SEGMENTS = ("self_serve", "growth", "strategic", "enterprise")
DTYPES: dict[str, Any] = {
    "number": pl.Float64,
    "text": pl.String,
    "date": pl.Date,
    "boolean": pl.Boolean,
    "duration": pl.Int64,
    "list": pl.String,
}
HISTORY_DAYS = (7, 28, 30)
HELD = ("auto_renew", "health_score < 70 or days_until(renewal_date) > 30", "not tags has 'vip'")
"""Conditions that are evaluated on each day."""
WINDOWS = ("average", "highest", "lowest")
DATES_SINCE = ("opened_on", "signup_date")
"""Dates as of which earlier values are read."""
PLAYBOOKS = ("renewal", "win_back")
STEPS = ("enrolled", "notice", "grace")


def scalar(text: str, value: Any = ..., column: int = 1) -> Scalar:
    """A plain one-line scalar, as the YAML reader would give it."""
    place = Span("test.yaml", 1, column, 1, column + len(text))
    return Scalar(text if value is ... else value, text, place)


def read(text: str, scope: Scope, expect: Type | None = "boolean") -> Expression:
    """The tree of a text that must be right."""
    e, problems = load_condition(scalar(text), scope, expect)
    assert e is not None, [problem.message for problem in problems]
    return e


FIELDS: dict[str, tuple[Type, tuple[str, ...]]] = {
    "health_score": ("number", ()),
    "seats": ("number", ()),
    "segment": ("text", SEGMENTS),
    "csm": ("text", ()),
    "country": ("text", ()),
    "region": ("text", ()),
    "tags": ("list", ()),
    "plans": ("list", ITEMS),
    "renewal_date": ("date", ()),
    "signup_date": ("date", ()),
    "auto_renew": ("boolean", ()),
    "opt_out": ("boolean", ()),
}
GERMAN = Calendar(
    "DE",
    own_days=OwnDays(
        {
            "": frozenset({dt.date(2026, 12, 8)}),
            "FR": frozenset({dt.date(2026, 12, 9)}),
            "DE-BY": frozenset({dt.date(2026, 12, 10)}),
        },
        {"": frozenset({dt.date(2026, 12, 11)})},
    ),
)
"""Working days in Germany, with closing days and a half day."""
_PLAIN = Scope(FIELDS, frozenset(BUILTIN_NAMES), calendar=GERMAN)
DEFINITIONS: dict[str, Expression] = {
    "at_risk": read("health_score < 70", _PLAIN),
    "notice_date": read("renewal_date - 90 days", _PLAIN, "date"),
    "lead_time": read("2 weeks", _PLAIN, "duration"),
    "limit": read("70", _PLAIN, "number"),
}
SCOPE = Scope(FIELDS, frozenset(BUILTIN_NAMES), DEFINITIONS, calendar=GERMAN)

_numbers = st.one_of(
    st.integers(-3, 100),
    st.sampled_from([0.5, 0.1, 69.9, 1e-7, 123456789.125]),
    st.integers(-100, 100).map(lambda n: n / 100),
    st.integers(-(10**15), 10**15),
)
_cells: dict[Type, st.SearchStrategy[ConstantValue]] = {
    "number": st.one_of(
        st.integers(0, 100).map(float),
        st.integers(-100, 100).map(lambda n: n / 100),
        st.sampled_from([0.0, -1.0, 70.0, 69.9, 1e308, -1e308, 5e-324]),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    "text": st.one_of(st.sampled_from(["Ann", "ann", *SEGMENTS]), st.text(max_size=4)),
    "date": st.one_of(
        st.dates(dt.date(2024, 1, 1), dt.date(2025, 3, 31)),
        st.sampled_from([dt.date(2024, 2, 29), dt.date(2024, 2, 28), dt.date(2023, 12, 31)]),
        st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)),
    ),
    "boolean": st.booleans(),
    "list": st.lists(st.sampled_from([*ITEMS, "beta 2", "b;c", "é"])).map(join_items),
}
_dates = st.one_of(
    st.dates(dt.date(2024, 1, 1), dt.date(2025, 3, 31)),
    st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)),
)
_texts = st.one_of(st.sampled_from(["Ann", "it's", 'a "b"', "'\""]), st.text(max_size=5))


def columns(scope: Scope) -> dict[str, Type]:
    """Every column that a row of the scope has, with its type."""
    found: dict[str, Type] = {}
    for name, (type_, _) in scope.fields.items():
        found[name] = found[f"{name}@previous"] = type_
        found.update({f"{name}@{days}": type_ for days in HISTORY_DAYS})
        if type_ == "number":
            windows = (f"{how}{days}" for how in WINDOWS for days in HISTORY_DAYS)
            found.update({f"{name}@{window}": type_ for window in windows})
            for date in DATES_SINCE:
                found[f"{name}@since_{date}"] = type_
                found[f"{name}@since_{date}@as_of"] = "date"
    found.update({f"{held}@held_for{days}": "boolean" for held in HELD for days in HISTORY_DAYS})
    found.update({f"@{name}": BUILTIN_NAMES[name] for name in scope.names})
    for playbook in PLAYBOOKS:
        found[f"@{playbook}.state"] = "text"
        found[f"@{playbook}.opened_on"] = found[f"@{playbook}.entered_on"] = "date"
    found[UNREADABLE_FIELDS] = "text"
    return found


@st.composite
def rows(draw: Any, scope: Scope) -> dict[str, ConstantValue | None]:
    """Rows with some missing and some unreadable values."""
    cells = {
        name: _cells[type_] if name == "@today" else st.one_of(st.none(), _cells[type_])
        for name, type_ in columns(scope).items()
    }
    if "country" in cells:
        cells["country"] = st.sampled_from([None, "FR", "Deutschland", "us", "nowhere"])
        cells["region"] = st.sampled_from([None, "Alsace", "Bavaria", "GB-SCT", "nowhere"])
    cells |= {f"@{playbook}.state": st.sampled_from([None, *STEPS]) for playbook in PLAYBOOKS}
    row = draw(st.fixed_dictionaries(cells))
    for date, column in (("@opened_on", "opened_on"), ("signup_date", "signup_date")):
        # Most are today, or the date that the earlier value was read for.
        if date in row and draw(st.booleans()):
            row[date] = row["@today"]
        for name in row:
            if name.endswith(f"@since_{column}@as_of") and draw(st.booleans()):
                row[name] = row[date]
    empty = [name for name in scope.fields if row[name] is None]
    row[UNREADABLE_FIELDS] = draw(unreadable_among(empty))
    return row


@st.composite
def unreadable_among(draw: Any, empty: Sequence[str]) -> str | None:
    """`UNREADABLE_FIELDS` with none or some of the fields that have no value."""
    marks = [unreadable_mark(name) for name in empty if draw(st.integers(0, 3)) == 0]
    return "".join(marks) or None


def frame(scope: Scope, rows: Sequence[Mapping[str, ConstantValue | None]]) -> pl.DataFrame:
    """The rows as columns of the types that the engine gives them."""
    return pl.DataFrame(
        {name: [row[name] for row in rows] for name in columns(scope)},
        schema={name: DTYPES[type_] for name, type_ in columns(scope).items()},
    )


def expressions(
    scope: Scope, type: Type = "boolean", depth: int = 3
) -> st.SearchStrategy[Expression]:
    """Trees of a type that the checker lets pass."""
    return st.composite(_expression)(scope, type, depth).filter(
        lambda e: leaves_calendar(e) is None and (type != "date" or stays_in_range(e))
    )


def _expression(draw: Any, scope: Scope, type: Type, depth: int) -> Expression:
    makers = {
        "number": _number,
        "text": _text,
        "date": _date,
        "boolean": _condition,
        "duration": _duration,
        "list": _list,
    }
    return makers[type](draw, scope, depth)


def _leaf(draw: Any, scope: Scope, type: Type) -> Expression:
    """A field, a name, or a defined name."""
    leaves: list[Expression] = [
        Field(n, t, PLACE) for n, (t, _) in scope.fields.items() if t == type
    ]
    leaves += [
        Name(n, BUILTIN_NAMES[n], PLACE) for n in sorted(scope.names) if BUILTIN_NAMES[n] == type
    ]
    leaves += [Alias(n, e, PLACE) for n, e in scope.definitions.items() if e.type == type]
    return draw(st.sampled_from(leaves))


def _field(draw: Any, scope: Scope, type: Type) -> Field:
    return draw(
        st.sampled_from([Field(n, t, PLACE) for n, (t, _) in scope.fields.items() if t == type])
    )


def constant(draw: Any, type: Type) -> Constant:
    """A value written out."""
    strategy = {"number": _numbers, "text": _texts, "date": _dates, "boolean": st.booleans()}[type]
    return Constant(draw(strategy), type, PLACE)


def _days(draw: Any) -> Duration:
    return Duration(
        Offset(draw(st.integers(-400, 400)), draw(st.sampled_from(["days", "weeks"]))), PLACE
    )


def _variadic(draw: Any, scope: Scope, type: Type, depth: int, functions: list[str]) -> Expression:
    function = draw(st.sampled_from(functions))
    if function == "choose":
        values = [_expression(draw, scope, type, depth - 1) for _ in range(2)]
        condition = _condition(draw, scope, depth - 1)
        return Call(function, (condition, *values), type, PLACE)
    arguments = [_expression(draw, scope, type, depth - 1) for _ in range(draw(st.integers(2, 3)))]
    return Call(function, tuple(arguments), type, PLACE)


def _number(draw: Any, scope: Scope, depth: int) -> Expression:
    choice = draw(st.integers(0, 8)) if depth > 0 else draw(st.integers(0, 2))
    if choice == 0:
        return constant(draw, "number")
    if choice <= 2:
        return _leaf(draw, scope, "number")
    if choice <= 4:
        parts = [_number(draw, scope, depth - 1) for _ in range(2)]
        return Arithmetic(draw(st.sampled_from("+-*/")), *parts, "number", PLACE)
    if choice == 5:
        function = draw(
            st.sampled_from(
                [
                    *("days_until", "days_since", "years_since", "months_since", "weekday"),
                    *("day", "month", "business_days_until"),
                ]
            )
        )
        date = _date(draw, scope, depth - 1)
        call = Call(function, (date,), "number", PLACE)
        return with_place(call, scope) if FUNCTIONS[function].by_place else call
    if choice == 6:
        number = _number(draw, scope, depth - 1)
        decimals = [Constant(draw(st.integers(0, 6)), "number", PLACE)] * draw(st.booleans())
        rounded = Call("round", (number, *decimals), "number", PLACE)
        return draw(st.sampled_from([rounded, Call("abs", (number,), "number", PLACE)]))
    if choice == 7:
        return _variadic(draw, scope, "number", depth, ["choose", "first", "min", "max"])
    return _earlier(draw, scope, "number")


def _earlier(draw: Any, scope: Scope, type: Type) -> Expression:
    field = _field(draw, scope, type)
    of_numbers = ["change", "change_since", *WINDOWS]
    function = draw(st.sampled_from(["ago", "previous", *(of_numbers if type == "number" else [])]))
    if function == "change_since":
        opened_on = Name("opened_on", "date", PLACE)
        date = draw(st.sampled_from([opened_on, Field("signup_date", "date", PLACE)]))
        return Call(function, (date, field), type, PLACE)
    if function == "previous":
        return Call(function, (field,), type, PLACE)
    offset = draw(st.sampled_from([Offset(7, "days"), Offset(4, "weeks"), Offset(30, "days")]))
    return Call(function, (field, Duration(offset, PLACE)), type, PLACE)


def _text(draw: Any, scope: Scope, depth: int) -> Expression:
    choice = draw(st.integers(0, 5)) if depth > 0 else 0
    if choice <= 2:
        return _leaf(draw, scope, "text")
    if choice == 3:
        return Call("lower", (_text(draw, scope, depth - 1),), "text", PLACE)
    if choice == 4:
        return _variadic(draw, scope, "text", depth, ["choose", "first"])
    return _earlier(draw, scope, "text")


def _date(draw: Any, scope: Scope, depth: int) -> Expression:
    choice = draw(st.integers(0, 9)) if depth > 0 else draw(st.integers(0, 2))
    if choice == 0:
        return constant(draw, "date")
    if choice <= 2:
        return _leaf(draw, scope, "date")
    if choice <= 4:
        return Arithmetic(
            draw(st.sampled_from("+-")), _date(draw, scope, depth - 1),
            _shift(draw, scope, depth - 1), "date", PLACE,
        )  # fmt: skip
    if choice <= 6:
        yearly = draw(st.sampled_from(["anniversary", "next_anniversary"]))
        function = yearly if choice == 5 else "quarter_start"
        return Call(function, (_date(draw, scope, depth - 1),), "date", PLACE)
    if choice == 7:
        return _variadic(draw, scope, "date", depth, ["choose", "first", "min", "max"])
    if choice == 8:
        return _asking(draw, "standing_since", "date")
    return _earlier(draw, scope, "date")


def _shift(draw: Any, scope: Scope, depth: int) -> Expression:
    """What may be added to a date."""
    if draw(st.booleans()):
        unit = draw(st.sampled_from(["months", "years"]))
        return Duration(Offset(draw(st.integers(-100, 100)), unit), PLACE)
    return _duration(draw, scope, depth)


def _duration(draw: Any, scope: Scope, depth: int) -> Expression:
    choice = draw(st.integers(0, 5)) if depth > 0 else draw(st.integers(0, 1))
    if choice == 0:
        return _days(draw)
    if choice == 1:
        return _leaf(draw, scope, "duration")
    if choice <= 3:
        parts = [_date(draw, scope, depth - 1) for _ in range(2)]
        return Arithmetic("-", *parts, "duration", PLACE)
    if choice == 4:
        parts = [_duration(draw, scope, depth - 1) for _ in range(2)]
        return Arithmetic(draw(st.sampled_from("+-")), *parts, "duration", PLACE)
    return _variadic(draw, scope, "duration", depth, ["choose", "first", "min", "max"])


def _condition(draw: Any, scope: Scope, depth: int) -> Expression:
    choice = draw(st.integers(0, 19)) if depth > 0 else draw(st.integers(0, 1))
    if choice == 0:
        return _leaf(draw, scope, "boolean")
    if choice <= 3:
        return _compare(draw, scope, depth)
    if choice == 4:
        return _member(draw, scope, depth)
    if choice == 5:
        return Not(_condition(draw, scope, depth - 1), PLACE)
    if choice == 6:
        return _missing(draw, scope, depth)
    if choice == 7:
        return _between(draw, scope, depth)
    if choice == 8:
        return _history(draw, scope)
    if choice == 9:
        return Call("snapshot_reaches", (_date(draw, scope, depth - 1),), "boolean", PLACE)
    if choice == 10:
        return constant(draw, "boolean")
    if choice == 11:
        return _variadic(draw, scope, "boolean", depth, ["choose", "first"])
    if choice == 12:
        return _earlier(draw, scope, "boolean")
    if choice == 13:
        return _asking(draw, "stands_in", "boolean")
    if choice == 19:
        held = draw(st.sampled_from(HELD))
        days = Duration(Offset(draw(st.sampled_from([7, 30])), "days"), PLACE)
        return Call("held_for", (placeless(read(held, _PLAIN)), days), "boolean", PLACE)
    if choice == 18:
        return _items_of_list(draw, scope, depth)
    if choice == 17:
        return _part_of_text(draw, scope, depth)
    kind = And if choice <= 15 else Or
    count = draw(st.integers(2, 3))
    return kind(tuple(_condition(draw, scope, depth - 1) for _ in range(count)), PLACE)


def _part_of_text(draw: Any, scope: Scope, depth: int) -> Expression:
    """A test of a text for a part of it: in capitals, as a pattern, empty, or another field."""
    item = _text(draw, scope, depth - 1)
    parts: list[Expression] = [Constant(part, "text", PLACE) for part in ("", "A", "nn", ".", "n")]
    part = draw(st.sampled_from([*parts, _leaf(draw, scope, "text"), constant(draw, "text")]))
    if allowed_values(item, scope) and isinstance(part, Constant):
        part = Constant(draw(st.sampled_from(SEGMENTS)), "text", PLACE)
    function = draw(st.sampled_from(["contains", "starts_with", "ends_with"]))
    return Call(function, (item, part), "boolean", PLACE)


def _list(draw: Any, scope: Scope, depth: int) -> Expression:
    choice = draw(st.integers(0, 3)) if depth > 0 else 0
    if choice == 2:
        return _earlier(draw, scope, "list")
    if choice == 3:
        return _variadic(draw, scope, "list", depth, ["choose", "first"])
    return _leaf(draw, scope, "list")


def _items_of_list(draw: Any, scope: Scope, depth: int) -> Expression:
    """A test of a list for items, or of the number of them."""
    items = _list(draw, scope, depth - 1)
    function = draw(st.sampled_from(["has", "has_any", "has_all", "count"]))
    if function == "count":
        count = Call("count", (items,), "number", PLACE)
        return Compare(">", count, constant(draw, "number"), PLACE)
    most = 1 if function == "has" else 3
    texts = draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=most))
    parts = (Constant(text, "text", PLACE) for text in texts)
    return Call(function, (items, *parts), "boolean", PLACE)


def _asking(draw: Any, function: str, type: Type) -> Expression:
    """Where the account stands in other playbooks."""
    steps = ("", *(f"/{step}" for step in STEPS))
    named = [f"{playbook}{step}" for playbook in PLAYBOOKS for step in steps]
    asked = draw(st.lists(st.sampled_from(named), min_size=1, max_size=3))
    return Call(function, tuple(Constant(each, "text", PLACE) for each in asked), type, PLACE)


def _compare(draw: Any, scope: Scope, depth: int) -> Expression:
    type: Type = draw(st.sampled_from(["number", "number", "text", "date", "duration", "boolean"]))
    if type == "boolean":
        left: Expression = _field(draw, scope, "boolean")
        return Compare(
            draw(st.sampled_from(["==", "!="])),
            left,
            draw(st.sampled_from([constant(draw, "boolean"), _leaf(draw, scope, "boolean")])),
            PLACE,
        )
    left = _expression(draw, scope, type, depth - 1)
    if type == "text":
        return Compare(draw(st.sampled_from(["==", "!="])), left, _literal_for(draw, left), PLACE)
    operator = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
    return Compare(operator, left, _expression(draw, scope, type, depth - 1), PLACE)


def _literal_for(draw: Any, e: Expression) -> Constant:
    """A text that the catalogue allows beside the expression."""
    looks_back = isinstance(e, Call) and e.function in ("ago", "previous")
    inner = e.arguments[0] if looks_back else e
    if isinstance(inner, Field) and inner.name == "segment":
        return Constant(draw(st.sampled_from(SEGMENTS)), "text", PLACE)
    return constant(draw, "text")


def _member(draw: Any, scope: Scope, depth: int) -> Expression:
    type: Type = draw(st.sampled_from(["number", "text", "date"]))
    item = _expression(draw, scope, type, depth - 1)
    count = draw(st.integers(1, 3))
    if type == "text":
        return In(item, tuple(_literal_for(draw, item) for _ in range(count)), PLACE)
    return In(item, tuple(constant(draw, type) for _ in range(count)), PLACE)


def _missing(draw: Any, scope: Scope, depth: int) -> Expression:
    type: Type = draw(st.sampled_from(["number", "text", "date", "boolean"]))
    operand = _expression(draw, scope, type, depth - 1)
    if isinstance(operand, Constant):
        operand = _leaf(draw, scope, type)
    return IsMissing(operand, PLACE)


def _between(draw: Any, scope: Scope, depth: int) -> Expression:
    item = _number(draw, scope, depth - 1)
    low, high = constant(draw, "number"), constant(draw, "number")
    return And((Compare("<=", low, item, PLACE), Compare("<=", item, high, PLACE)), PLACE)


def _history(draw: Any, scope: Scope) -> Expression:
    function = draw(st.sampled_from(["changed", "crossed_above", "crossed_below"]))
    if function == "changed":
        type: Type = draw(st.sampled_from(["number", "text", "date", "boolean", "list"]))
        return Call(function, (_field(draw, scope, type),), "boolean", PLACE)
    arguments = (_field(draw, scope, "number"), constant(draw, "number"))
    return Call(function, arguments, "boolean", PLACE)


def placeless(e: Any) -> Any:
    """The tree with every place the same, to compare two spellings."""
    if isinstance(e, tuple):
        return tuple(placeless(item) for item in e)
    if not dataclasses.is_dataclass(e) or isinstance(e, Offset | Span | Calendar):
        return e
    changes = {f.name: placeless(getattr(e, f.name)) for f in dataclasses.fields(e)}
    return type(e)(**{**changes, "span": PLACE})


# -- the structured spelling ----------------------------------------------------------------------

_KEYS = {"<": "below", "<=": "at_most", ">": "above", ">=": "at_least", "==": "is", "!=": "is_not"}


def _mapping(key: str, value: Node) -> MappingNode:
    return MappingNode((Entry(key, PLACE, value),), PLACE)


def _value(e: Expression, text: str) -> Scalar:
    if isinstance(e, Constant) and e.type == "number":
        return Scalar(e.value, f"{Decimal(str(e.value)):f}", PLACE)
    if isinstance(e, Constant) and e.type in ("boolean", "text"):
        return Scalar(e.value, str(e.value), PLACE)
    return Scalar(text, text, PLACE)


def structures(e: Expression, write: Any) -> st.SearchStrategy[Node]:
    """Spellings of a tree in lists and maps, with texts (by `write`) somewhere inside."""
    return st.composite(_structure)(e, write)


def _structure(draw: Any, e: Expression, write: Any) -> Node:
    if draw(st.integers(0, 3)) == 0:
        return scalar(write(e))
    subject = _subject(draw, e, write)
    if subject is not None:
        return subject
    if isinstance(e, Constant):
        return Scalar(e.value, str(e.value).lower(), PLACE)
    if isinstance(e, Not):
        return _mapping("not", _structure(draw, e.operand, write))
    if isinstance(e, And | Or):
        items = SequenceNode(tuple(_structure(draw, o, write) for o in e.operands), PLACE)
        if isinstance(e, And) and draw(st.booleans()):
            return items
        return _mapping("all" if isinstance(e, And) else "any", items)
    return scalar(write(e))


def _subject(draw: Any, e: Expression, write: Any) -> Node | None:
    """A test of one value, such as `health_score: {below: 70}`."""
    inner, negated = (e.operand, True) if isinstance(e, Not) else (e, False)
    if isinstance(e, Compare) and (e.left.type != "text" or _is_plain(e.left)):
        right = _value(e.right, write(e.right))
        if e.left.type == "text" and not isinstance(e.right, Constant):
            return None
        return _mapping(write(e.left), _mapping(_KEYS[e.operator], right))
    if isinstance(inner, In) and (inner.item.type != "text" or _is_plain(inner.item)):
        items = SequenceNode(tuple(_value(o, write(o)) for o in inner.options), PLACE)
        return _mapping(write(inner.item), _mapping("not_in" if negated else "in", items))
    if isinstance(e, Call) and e.function in INFIX and isinstance(e.arguments[1], Constant):
        item, *parts = e.arguments
        values = tuple(_value(part, write(part)) for part in parts)
        takes_items = FUNCTIONS[e.function].parameters[-1] == "items"
        value = SequenceNode(values, PLACE) if takes_items else values[0]
        return _mapping(write(item), _mapping(e.function, value))
    if isinstance(inner, IsMissing):
        value = Scalar(not negated, str(not negated).lower(), PLACE)
        return _mapping(write(inner.operand), _mapping("missing", value))
    return None


def _is_plain(e: Expression) -> bool:
    return isinstance(e, Field | Name)


def problems_below(text: str, scope: Scope) -> str:
    """The text of a condition with every problem below it, at its place."""
    e, problems = load_condition(scalar(text), scope)
    assert e is None
    lines = [text]
    for problem in problems:
        assert problem.code in PROBLEM_CODES
        assert problem.span is not None
        start, end = problem.span.column, problem.span.end_column
        lines.append(f"{' ' * (start - 1)}{'^' * (end - start)} {problem.code}: {problem.message}")
        if problem.hint:
            lines.append(f"{' ' * (start - 1)}help: {problem.hint}")
    return "\n".join(lines)
