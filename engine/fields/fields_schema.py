"""Schema of `fields.yaml`: the workspace's fields, and changes to standard fields."""

from __future__ import annotations

from ..language.condition_schema import CONDITION, NAME_SHAPE, TEXT, TEXTS
from ..text.schema.lists import Either, ListOf
from ..text.schema.maps import MapOf, MapShape, optional_key, required_key
from ..text.schema.scalars import BooleanShape, ChoiceShape, NumberShape, TextShape

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

_FIELD = MapShape(
    "field",
    "What is known of an account, and where it comes from.",
    {
        "type": optional_key(
            ChoiceShape(
                {
                    "number": "A number; empty cells are missing.",
                    "text": "Text; empty cells are missing.",
                    "date": "A date, year first unless `format` says otherwise.",
                    "boolean": "True or false.",
                    "list": "Texts between semicolons, or a JSON list; empty cells are missing.",
                }
            ),
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
            TEXT, "Date format", "How the export writes dates, such as `%d/%m/%Y`."
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

FIELDS_SHAPE = MapShape(
    "field catalogue",
    "The fields of an account beyond the standard ones, and their columns in the export.",
    {
        "fields": required_key(
            MapOf(_FIELD, NAME_SHAPE, "fields by name, such as `arr: {from: arr_eur}`", least=0),
            "Fields",
            "By name: standard fields to map or change, and fields of your own.",
        ),
        "missing": optional_key(
            _WORDS,
            "Missing",
            "The export's words for no value, in any field and in any case, such as `n/a`.",
        ),
    },
)
