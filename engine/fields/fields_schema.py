"""Schema of `fields.yaml`: the workspace's fields, and changes to standard fields."""

from __future__ import annotations

from ..core.file_formats import SEPARATOR_PATTERN
from ..language.condition_schema import CONDITION, NAME_SHAPE, TEXT, TEXTS
from ..text.schema.lists import Either, ListOf
from ..text.schema.maps import MapOf, MapShape, optional_key, required_key
from ..text.schema.scalars import BooleanShape, ChoiceShape, NumberShape, TextShape
from ..text.yaml_nodes import Node, Scalar

_LITERAL = Either(
    TextShape(), NumberShape(), BooleanShape(), what="text, a number, a date, `true` or `false`"
)

_VALUE = Either(
    NumberShape(),
    TextShape(),
    BooleanShape(),
    ListOf(TEXT, "a list of texts", least=0),
    what="a number, text, date, `true`, `false`, or a list of texts",
)
_WORDS = ListOf(_LITERAL, 'a list of words, such as `["n/a", "-"]`', least=0, unique=True)

_NUMBER_KEYS = {
    "decimal": optional_key(
        ChoiceShape({".": "A point: `1234.5`.", ",": "A comma: `1234,5`."}),
        "Decimal sign",
        "The sign before the decimal places; a point if left out.",
    ),
    "thousands": optional_key(
        ChoiceShape(
            {
                " ": "A space, no-break or not: `12 345`.",
                ".": "A point: `12.345`.",
                ",": "A comma: `12,345`.",
                "'": "An apostrophe: `12'345`.",
            }
        ),
        "Thousands",
        "The sign between groups of three digits; none if left out.",
    ),
    "currency": optional_key(
        TextShape(
            r"[^\d\s.,%+'-](?:[^\d,%+-]{0,6}[^\d\s,%+-])?",
            "a currency's sign or code, such as `€` or `EUR`",
            "€",
        ),
        "Currency",
        "What stands before or after some numbers, such as `€`; it is left aside.",
    ),
}

_NUMBERS = MapShape(
    "style of numbers",
    "How the export writes numbers.",
    {
        **_NUMBER_KEYS,
        "percent": optional_key(
            BooleanShape(),
            "Percent",
            "Whether the numbers are per cent, with or without `%`: 85 is 0.85.",
        ),
    },
)

_CASE = MapShape(
    "case",
    "A value, and when it is the one.",
    {
        "when": optional_key(
            CONDITION, "When", "The value is `then` if this holds and no case above holds."
        ),
        "then": optional_key(_VALUE, "Then", "The value in this case."),
        "otherwise": optional_key(_VALUE, "Otherwise", "The value if no case above holds."),
    },
    one_of=(("when", "otherwise"),),
    together=(("when", "then"), ("then", "when")),
)

_RANK = MapShape(
    "rank",
    "The share of accounts that rank above this one, from 0 to under 1: `< 0.10` is the top 10 %.",
    {
        "of": required_key(
            NAME_SHAPE,
            "Of",
            "What accounts are ranked by: a number, the largest first, or a date, the earliest first.",
            example="arr",
        ),
        "among": optional_key(CONDITION, "Among", "The accounts that are ranked; all if left out."),
    },
)

FILE_FORMATS = {
    "csv": "Values between commas, semicolons, tabs or bars.",
    "parquet": "Apache Parquet.",
    "jsonl": "One JSON object a line.",
    "json": "A JSON list of objects.",
    "xlsx": "An Excel workbook; needs the extra `excel`.",
    "ods": "An OpenDocument spreadsheet; needs the extra `excel`.",
}
FILE_KEYS = {
    "format": optional_key(
        ChoiceShape(FILE_FORMATS),
        "Format",
        "The file's format; told by the file's ending if left out, also before `.gz` or `.zip`.",
    ),
    "encoding": optional_key(
        TEXT,
        "Encoding",
        "The encoding of the file's text, such as `windows-1252` or `utf-16`; UTF-8 if left out.",
        example="windows-1252",
    ),
    "separator": optional_key(
        TextShape(
            SEPARATOR_PATTERN,
            'the character between values, such as `";"`, or `tab`',
            ";",
        ),
        "Separator",
        "What separates the values of a CSV file; told by its header if left out.",
    ),
    "sheet": optional_key(
        TEXT, "Sheet", "The name of a spreadsheet's sheet; the first sheet if left out."
    ),
}
"""The keys that say how a file with a table is read."""

TABLES_KEY = optional_key(
    MapOf(TEXT, NAME_SHAPE, "files by the name that the query uses"),
    "Tables",
    "The files that the query reads, by the name that it uses for each.",
)
"""The key for the files under a query."""

_TYPE = ChoiceShape(
    {
        "number": "A number; empty cells are missing.",
        "text": "Text; empty cells are missing.",
        "date": "A date, year first unless `format` says otherwise.",
        "boolean": "True or false.",
        "list": "Texts between semicolons, or a JSON list; empty cells are missing.",
    }
)

_TYPES = ("number", "text", "date", "boolean", "list")


class _Field(MapShape):
    """The shape of a field, of which people also write the column, or the type, alone."""

    __slots__ = ()

    def advice(self, node: Node) -> str | None:
        """Return the map that a text alone means."""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            return f"write `{{{'type' if node.value in _TYPES else 'from'}: {node.text}}}`"
        return MapShape.advice(self, node)


_FIELD = _Field(
    "field",
    "What is known of an account, and where it comes from.",
    {
        "type": optional_key(
            _TYPE,
            "Type",
            "The kind of value; needed for a field of your own.",
        ),
        "title": optional_key(TEXTS, "Title", "What people read."),
        "about": optional_key(TEXT, "About", "What the field means, and how it is measured."),
        "unit": optional_key(TEXT, "Unit", "What a number counts: `EUR`, `%`, `hours`."),
        "from": optional_key(
            TEXT, "From", "The export's column; the field's own name if left out."
        ),
        "values": optional_key(
            ListOf(TEXT, "a list of texts", unique=True),
            "Values",
            "The texts that are allowed; of a list, its items.",
        ),
        "minimum": optional_key(
            NumberShape(),
            "Minimum",
            "The least number allowed; a smaller one is a bad value, and unknown.",
        ),
        "maximum": optional_key(
            NumberShape(),
            "Maximum",
            "The greatest number allowed; a larger one is a bad value, and unknown.",
        ),
        "default": optional_key(_VALUE, "Default", "The value where the export has none."),
        "translate": optional_key(
            MapOf(
                _LITERAL, TEXT, "the export's words with the catalogue's, such as `{Actif: active}`"
            ),
            "Translate",
            "The export's words, and the values that they stand for.",
        ),
        "format": optional_key(
            TEXT,
            "Date format",
            "How the export writes dates, such as `%d/%m/%Y`; `unix seconds` or `unix milliseconds` for numbers "
            "that count from 1970, `excel days` for `44927` of a spreadsheet; several as `%d/%m/%Y or %Y-%m-%d`.",
        ),
        "numbers": optional_key(
            _NUMBERS,
            "Numbers",
            "How the export writes the numbers of this field; what is left out is as in the whole export.",
        ),
        "times": optional_key(
            NumberShape(),
            "Times",
            "What the export's numbers are multiplied by: 12 from a month to a year, 0.01 from cents.",
        ),
        "missing": optional_key(
            _WORDS,
            "Missing",
            "The export's words for no value in this field, in place of those of the whole export.",
        ),
        "essential": optional_key(
            BooleanShape(),
            "Essential",
            "Whether a bad value leaves the account out; otherwise only the field is unknown. "
            "Fields that playbooks take as their anchor are essential unless this says `false`.",
        ),
        "derive": optional_key(
            ListOf(_CASE, "a list of cases, such as `- {when: arr > 100000, then: enterprise}`"),
            "Derive",
            "The value follows from other fields: the first case that holds.",
        ),
        "rank": optional_key(_RANK, "Rank", "The value is the account's rank among all."),
    },
    snippets=(
        {
            "label": "field",
            "description": "A field of your own",
            "body": {"type": "${1|number,text,date,boolean|}", "from": "${2:column}"},
        },
    ),
)

_COLUMN_TYPES = "number|text|date|boolean"

_COLUMN = Either(
    TextShape(
        _COLUMN_TYPES,
        "a type, `number`, `text`, `date` or `boolean`, or a map such as `{type: text, from: Priority}`",
        "number",
    ),
    MapShape(
        "column",
        "A column of a table of events, and how it is read.",
        {
            "type": required_key(_TYPE, "Type", "The kind of value.", example="text"),
            **{
                name: _FIELD.keys[name]
                for name in (
                    "values",
                    "minimum",
                    "maximum",
                    "translate",
                    "format",
                    "numbers",
                    "times",
                    "missing",
                )
            },
            "from": optional_key(TEXT, "From", "The file's column; the same name if left out."),
        },
    ),
)

_EVENTS = MapShape(
    "table of events",
    "Dated events of accounts, such as tickets, logins or payments, that conditions count and sum.",
    {
        "file": optional_key(
            TEXT, "File", "The file with the events of all dates: `events/tickets.csv`."
        ),
        "query": optional_key(
            TEXT, "Query", "A SQL query that DuckDB runs over the files under `tables`."
        ),
        "tables": TABLES_KEY,
        **FILE_KEYS,
        "account": optional_key(
            TEXT, "Account", "The column with the account's id; `account_id` if left out."
        ),
        "date": required_key(
            Either(
                TEXT,
                MapShape(
                    "date of events",
                    "The column with the date of each event, and how it is written.",
                    {
                        "from": required_key(TEXT, "From", "The file's column."),
                        "format": _FIELD.keys["format"],
                    },
                ),
                what="a column, or a map such as `{from: opened_at, format: '%d/%m/%Y'}`",
            ),
            "Date",
            "The column with the date of each event, in the workspace's time zone.",
            example="opened_at",
        ),
        "columns": optional_key(
            MapOf(_COLUMN, NAME_SHAPE, "columns by name, such as `minutes: number`", least=0),
            "Columns",
            "The other columns that conditions read, by name, with their types.",
        ),
    },
    one_of=(("file", "query"),),
    together=(("query", "tables"), ("tables", "query")),
    snippets=(
        {
            "label": "events",
            "description": "A file of events",
            "body": {"file": "events/${1:tickets}.csv", "date": "${2:opened_at}"},
        },
    ),
)

FIELDS_SHAPE = MapShape(
    "field catalogue",
    "The fields of an account beyond the standard ones, and their columns in the export.",
    {
        "fields": optional_key(
            MapOf(_FIELD, NAME_SHAPE, "fields by name, such as `arr: {from: arr_eur}`", least=0),
            "Fields",
            "By name: standard fields to map or change, and fields of your own.",
        ),
        "events": optional_key(
            MapOf(
                _EVENTS,
                NAME_SHAPE,
                "tables by name, such as `tickets: {file: tickets.csv, date: opened_at}`",
                least=0,
            ),
            "Events",
            "Tables of events by name, which conditions read: `count(tickets, 30 days)`.",
        ),
        "numbers": optional_key(
            MapShape("style of numbers", "How the export writes numbers.", dict(_NUMBER_KEYS)),
            "Numbers",
            "How the export writes numbers, in any field.",
        ),
        "missing": optional_key(
            _WORDS,
            "Missing",
            "The export's words for no value, in any field and in any case, such as `n/a`.",
        ),
        "ignore": optional_key(
            ListOf(TEXT, "a list of columns", least=0, unique=True),
            "Ignore",
            "The export's columns that fill no field by their name, and that no import asks about again.",
        ),
        "repeated": optional_key(
            ChoiceShape(
                {
                    "newest": "The row with the latest date.",
                    "sum": "That row, with the sum of the amounts and seats of all.",
                }
            ),
            "Repeated",
            "The row that `tenure import` takes where an export has several rows of one account.",
        ),
    },
    some_of=(("fields", "events", "numbers", "missing", "ignore", "repeated"),),
)
