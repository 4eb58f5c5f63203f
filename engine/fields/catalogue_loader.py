"""Loader of the field catalogue: applies `fields.yaml` to the standard catalogue.

Takes the file's node, or None for a workspace without the file. Returns the catalogue and all problems. The catalogue
is usable despite problems, so that playbooks can be checked against it in the same pass.
"""

from __future__ import annotations

import re
from decimal import Decimal
from types import MappingProxyType
from typing import cast

from ..core.ids import ACCOUNT_ID
from ..core.languages import choose_text
from ..core.problems import Problem, ProblemList
from ..language.expressions import ConstantValue, Type
from ..language.variables import Variables
from ..text.schema.shapes import validate
from ..text.suggest import suggest
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from .catalogue import EITHER, EPOCHS, PLAIN_NUMBERS, Catalogue, FieldSpec, NumberStyle
from .derivation import derive, find_cycles, rank, standard_cases, standard_ranks
from .fields_schema import FIELDS_SHAPE
from .settings_problems import check_known, settings_problems
from .standard_fields import COMPARED, DERIVED, RANKED, STANDARD
from .yaml_values import (
    by_language,
    child,
    list_items,
    list_texts,
    map_entries,
    number_value,
    text_of,
    typed_value,
)

FIELD_TYPES = ("number", "text", "date", "boolean", "list")
_DATE_PARTS = ("Yy", "mbB", "d")
_DIRECTIVES = frozenset("YymbBdaAHIMSpz%")
_MOST_TIMES = 1_000_000
_TIMES_PLACES = 6


class CatalogueReader:
    """The fields and problems while one `fields.yaml` is read."""

    __slots__ = ("fields", "numbers", "problems", "variables")

    def __init__(
        self, fields: dict[str, FieldSpec], problems: ProblemList, variables: Variables
    ) -> None:
        self.fields, self.problems, self.variables = fields, problems, variables
        self.numbers = PLAIN_NUMBERS
        """The style of numbers in the whole export."""

    def read_numbers(self, node: Node | None) -> NumberStyle:
        """Return the style of numbers that a map states; what it leaves out is as in the whole export."""
        style = stated_numbers(node, self.numbers)
        if node is not None and style.decimal == style.thousands:
            message = f"`{style.decimal}` cannot both precede decimal places and part thousands"
            hint = 'say the other sign too, such as `{decimal: ",", thousands: "."}`'
            self.problems.report("conflicting-keys", message, node.span, hint)
            return PLAIN_NUMBERS
        return style


def stated_numbers(node: Node | None, shared: NumberStyle) -> NumberStyle:
    """Return the style of numbers that a map states; what it leaves out is as in `shared`."""
    percent = child(node, "percent")
    return NumberStyle(
        text_of(child(node, "decimal")) or shared.decimal,
        text_of(child(node, "thousands")) or shared.thousands,
        isinstance(percent, Scalar) and percent.value is True,
        text_of(child(node, "currency")) or shared.currency,
    )


def load_catalogue(
    node: Node | None, variables: Variables = MappingProxyType({})
) -> tuple[Catalogue, list[Problem]]:
    """Return the standard catalogue changed by `node`, the content of `fields.yaml`; and all problems."""
    standard = {spec.name: spec for spec in STANDARD}
    of_shape = [] if node is None else validate(node, FIELDS_SHAPE)
    reader = CatalogueReader(dict(standard), settings_problems(of_shape), variables)
    reader.numbers = reader.read_numbers(child(node, "numbers"))
    reader.fields.update(
        {name: spec._replace(numbers=reader.numbers) for name, spec in standard.items()}
    )
    declared = map_entries(child(node, "fields"))
    for entry in declared:
        reader.fields[entry.key] = _field(reader, entry)
    for name, rows in DERIVED.items():
        if reader.fields[name].values != standard[name].values:
            continue
        cases = standard_cases(reader.fields, name, rows)
        reader.fields[name] = reader.fields[name]._replace(derive=cases)
    for name, share in standard_ranks(reader.fields, COMPARED, RANKED).items():
        reader.fields[name] = reader.fields[name]._replace(rank=share)
    for entry in declared:
        reader.fields[entry.key] = _derivation(reader, entry)
    _share_missing(reader, list_texts(child(node, "missing")), declared)
    reader.problems.extend(find_cycles(reader.fields))
    ignored = _ignored(reader, child(node, "ignore"))
    return Catalogue(reader.fields, ignored=ignored), reader.problems


def _ignored(reader: CatalogueReader, node: Node | None) -> frozenset[str]:
    """Return the columns that fill no field by their name; that of the accounts' ids has to."""
    for item in list_items(node):
        if text_of(item) == ACCOUNT_ID and reader.fields[ACCOUNT_ID].column is None:
            message = f"`{ACCOUNT_ID}` cannot be ignored: without it a row is of no account"
            hint = f"say which column has the ids: `{ACCOUNT_ID}: {{from: ...}}`"
            reader.problems.report("conflicting-keys", message, item.span, hint)
    return frozenset(list_texts(node))


def _field(reader: CatalogueReader, entry: Entry) -> FieldSpec:
    """Return the field as declared, without `derive` and `rank`, which need all fields to be known first."""
    known = reader.fields.get(entry.key)
    body = entry.value
    spec = known or FieldSpec(entry.key, "text", entry.key.replace("_", " ").capitalize())
    spec = spec._replace(type=_type(reader, entry, known), span=entry.key_span)
    spec = spec._replace(
        title=choose_text(by_language(child(body, "title"))) or spec.title,
        about=text_of(child(body, "about")) or spec.about,
        unit=text_of(child(body, "unit")) or spec.unit,
        essential=_essential(reader, body, spec),
    )
    spec = read_conversion(reader, body, spec)
    return spec._replace(default=_default(reader, body, spec))


def read_conversion(reader: CatalogueReader, body: Node, spec: FieldSpec) -> FieldSpec:
    """Return the field with the column that it is read from, and with how its values are converted."""
    spec = spec._replace(
        column=text_of(child(body, "from")) or spec.column,
        values=_values(reader, body, spec),
        format=_format(reader, body, spec),
        numbers=_numbers(reader, body, spec),
        times=_times(reader, body, spec),
        missing=list_texts(child(body, "missing")),
    )
    spec = _limits(reader, body, spec)
    return spec._replace(translate=_translate(reader, body, spec))


def _share_missing(
    reader: CatalogueReader, words: tuple[str, ...], declared: tuple[Entry, ...]
) -> None:
    """Give the words of the whole export to every field that has no list of words itself."""
    own = {entry.key for entry in declared if child(entry.value, "missing") is not None}
    for name, spec in reader.fields.items() if words else ():
        if name not in own:
            reader.fields[name] = spec._replace(missing=words)


def _type(reader: CatalogueReader, entry: Entry, known: FieldSpec | None) -> Type:
    node = child(entry.value, "type")
    type_name = text_of(node)
    if type_name not in FIELD_TYPES:
        if known is None and node is None and isinstance(entry.value, Mapping):
            suggestion = suggest(entry.key, reader.fields)
            meant = f"; if `{suggestion}` is meant, write that" if suggestion else ""
            reader.problems.report(
                "missing-key",
                f"`{entry.key}` is not a standard field, so it needs a type",
                entry.key_span,
                f"add `type: number`, `text`, `date`, `boolean` or `list`{meant}",
            )
        return known.type if known else "text"
    if known is not None and node is not None and type_name != known.type:
        reader.problems.report(
            "standard-field-type",
            f"`{entry.key}` is a standard field of type {known.type}, which cannot be changed",
            node.span,
            f"leave `type` out, or give your field another name, such as `my_{entry.key}`",
        )
        return known.type
    return cast(Type, type_name)


def _essential(reader: CatalogueReader, body: Node, spec: FieldSpec) -> bool | None:
    node = child(body, "essential")
    value = node.value if isinstance(node, Scalar) and isinstance(node.value, bool) else None
    if node is not None and value is False and spec.name == ACCOUNT_ID:
        message = f"`{ACCOUNT_ID}` is always essential: without it a row is of no account"
        reader.problems.report("conflicting-keys", message, node.span, "leave `essential` out")
    return spec.essential if value is None else value


def _values(reader: CatalogueReader, body: Node, spec: FieldSpec) -> tuple[str, ...]:
    node = child(body, "values")
    if node is None:
        return spec.values
    if spec.type not in ("text", "list"):
        reader.problems.report(
            "conflicting-keys",
            f"`values` is for texts and lists, and `{spec.name}` is a {spec.type}",
            node.span,
            "write `minimum` and `maximum` for a number",
        )
        return ()
    return list_texts(node)


def _format(reader: CatalogueReader, body: Node, spec: FieldSpec) -> str | None:
    node = child(body, "format")
    format = text_of(node)
    if node is None or format is None:
        return spec.format
    if spec.type != "date":
        message = f"`format` is for dates, and `{spec.name}` is a {spec.type}"
        reader.problems.report("conflicting-keys", message, node.span)
        return None
    if not all(each in EPOCHS or _is_whole(each) for each in format.split(EITHER)):
        reader.problems.report(
            "bad-date-format",
            f"`{format}` does not say where day, month and year are",
            node.span,
            "write it with %d, %m and %Y, such as `%d/%m/%Y`; %b is Jan, %B is January, "
            "times may be skipped with %H, %M and %S, and %z is the offset from UTC; numbers that count from 1970 "
            "are `unix seconds` or `unix milliseconds`, and `44927` of a spreadsheet is `excel days`; "
            "several are written with `or`, such as `%d/%m/%Y or %Y-%m-%d`",
        )
        return None
    return format


def _is_whole(format: str) -> bool:
    """Return whether a format says where day, month and year are, and nothing that is not known."""
    used = re.findall(r"%(.?)", format)
    complete = all(any(part in used for part in parts) for parts in _DATE_PARTS)
    return complete and _DIRECTIVES.issuperset(used)


def _numbers(reader: CatalogueReader, body: Node, spec: FieldSpec) -> NumberStyle:
    node = child(body, "numbers")
    if node is not None and spec.type != "number":
        message = f"`numbers` is for numbers, and `{spec.name}` is a {spec.type}"
        reader.problems.report("conflicting-keys", message, node.span)
        return reader.numbers
    return reader.read_numbers(node)


def _times(reader: CatalogueReader, body: Node, spec: FieldSpec) -> Decimal | None:
    node = child(body, "times")
    if not isinstance(node, Scalar) or number_value(node) is None:
        return spec.times
    if spec.type != "number":
        message = f"`times` is for numbers, and `{spec.name}` is a {spec.type}"
        reader.problems.report("conflicting-keys", message, node.span)
        return None
    times = Decimal(str(node.value))
    fits = times.is_finite() and 0 < times <= _MOST_TIMES
    if not fits or times != round(times, _TIMES_PLACES):
        message = f"{node.text} cannot be a factor: it is more than 0, at most {_MOST_TIMES:,}, with six places"
        hint = "write 12 from a month to a year, or 0.01 from cents"
        reader.problems.report("bad-number", message, node.span, hint)
        return None
    return times


def _limits(reader: CatalogueReader, body: Node, spec: FieldSpec) -> FieldSpec:
    for key in ("minimum", "maximum"):
        node = child(body, key)
        if node is not None and spec.type != "number":
            message = f"`{key}` is for numbers, and `{spec.name}` is a {spec.type}"
            reader.problems.report("conflicting-keys", message, node.span)
            return spec
    low, high = number_value(child(body, "minimum")), number_value(child(body, "maximum"))
    low = spec.minimum if low is None else low
    high = spec.maximum if high is None else high
    node = child(body, "minimum") or child(body, "maximum")
    if node is not None and low is not None and high is not None and low > high:
        message = f"the minimum {low:g} of `{spec.name}` is above its maximum {high:g}"
        reader.problems.report("bad-number", message, node.span)
    return spec._replace(minimum=low, maximum=high)


def _translate(reader: CatalogueReader, body: Node, spec: FieldSpec) -> dict[str, str]:
    node = child(body, "translate")
    if node is None:
        return dict(spec.translate)
    translations: dict[str, str] = {}
    for entry in map_entries(node):
        value = text_of(entry.value)
        if value is None:
            continue
        _check_allowed(reader, entry.value, spec)
        translations[entry.key] = value
    return translations


def _default(reader: CatalogueReader, body: Node, spec: FieldSpec) -> ConstantValue | None:
    node = child(body, "default")
    if node is None or (text_of(node) is None and spec.type != "list"):
        return spec.default
    if spec.name == ACCOUNT_ID:
        reader.problems.report("conflicting-keys", f"`{ACCOUNT_ID}` can have no default", node.span)
        return None
    value = typed_value(node, spec.type)
    if value is None:
        _report_type(reader, node, spec)
    else:
        _check_allowed(reader, node, spec)
        _check_limits(reader, node, spec, value)
    return value


def _report_type(reader: CatalogueReader, node: Node, spec: FieldSpec) -> None:
    example = {
        "number": "70",
        "date": "2026-01-31",
        "boolean": "true or false",
        "list": "[beta, vip]",
    }.get(spec.type, "some text")
    reader.problems.report(
        "wrong-type",
        f"`{spec.name}` is a {spec.type}, and this value is not",
        node.span,
        f"write it like {example}",
    )


def _check_allowed(reader: CatalogueReader, node: Node, spec: FieldSpec) -> None:
    if not spec.values:
        return
    for each in list_items(node) if isinstance(node, Sequence) else [node]:
        check_known(
            reader.problems, each, spec.values, "unknown-word", f"value of `{spec.name}` called"
        )


def _check_limits(
    reader: CatalogueReader, node: Node, spec: FieldSpec, value: ConstantValue
) -> None:
    if not isinstance(value, float):
        return
    low = spec.minimum is not None and value < spec.minimum
    if low or (spec.maximum is not None and value > spec.maximum):
        reader.problems.report(
            "bad-number", f"{value:g} is outside the limits of `{spec.name}`", node.span
        )


def _derivation(reader: CatalogueReader, entry: Entry) -> FieldSpec:
    """Return the field with its `derive` or `rank`, now that all fields are known."""
    spec = reader.fields[entry.key]
    cases, ranked = child(entry.value, "derive"), child(entry.value, "rank")
    if cases is not None and ranked is not None:
        message = f"`{spec.name}` has both `derive` and `rank`; a field follows from one of them"
        reader.problems.report("conflicting-keys", message, ranked.span)
    if spec.name == ACCOUNT_ID and (cases is not None or ranked is not None):
        reader.problems.report(
            "conflicting-keys", f"`{ACCOUNT_ID}` must come from the export", entry.key_span
        )
        return spec
    if cases is not None:
        derived, values, problems = derive(reader.fields, spec, cases, reader.variables)
        reader.problems.extend(problems)
        for node, value in values:
            if value is None:
                _report_type(reader, node, spec)
            else:
                _check_allowed(reader, node, spec)
                _check_limits(reader, node, spec, value)
        return spec._replace(derive=derived, rank=None)
    if ranked is not None:
        share, problems = rank(reader.fields, spec, ranked, reader.variables)
        reader.problems.extend(problems)
        return spec._replace(rank=share, derive=())
    return spec
