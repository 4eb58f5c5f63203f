"""The shape of `fields.yaml`: fields of the workspace's own, and changes to the standard ones."""

from __future__ import annotations

from ..language.shape import CONDITION, NAME, TEXT, TEXTS
from ..text.list_shapes import Either, ListOf
from ..text.map_shapes import Fields, MapOf, may, need
from ..text.scalar_shapes import Boolean, Choice, Number, Text

_LITERAL = Either(Text(), Number(), Boolean(), what="text, a number, a date, `true` or `false`")

_CASE = Fields(
    "case",
    "A value, and when it is the one.",
    {
        "when": may(CONDITION, "When", "The value is `then` if this holds and no case above did."),
        "then": may(_LITERAL, "Then", "The value in this case."),
        "otherwise": may(_LITERAL, "Otherwise", "The value if no case above held."),
    },
    one_of=(("when", "otherwise"),),
    together=(("when", "then"), ("then", "when")),
)

_RANK = Fields(
    "rank",
    "The share of accounts that stand above this one, from 0 to under 1: `< 0.10` is the top 10 %.",
    {
        "of": need(
            NAME,
            "Of",
            "What accounts are ranked by: a number, the largest first, or a date, the earliest first.",
            example="arr",
        ),
        "among": may(CONDITION, "Among", "The accounts that are ranked; all if left out."),
    },
)

_FIELD = Fields(
    "field",
    "What is known of an account, and where it comes from.",
    {
        "type": may(
            Choice(
                {
                    "number": "A number; empty cells are missing.",
                    "text": "Text; empty cells are missing.",
                    "date": "A date, year first unless `format` says otherwise.",
                    "boolean": "True or false.",
                }
            ),
            "Type",
            "The kind of value; needed for a field of your own.",
        ),
        "title": may(TEXTS, "Title", "What people read."),
        "about": may(TEXT, "About", "What the field means, and how it is measured."),
        "unit": may(TEXT, "Unit", "What a number counts: `EUR`, `%`, `hours`."),
        "from": may(TEXT, "From", "The export's column; the field's own name if left out."),
        "values": may(
            ListOf(TEXT, "a list of texts", unique=True), "Values", "The texts that are allowed."
        ),
        "minimum": may(
            Number(), "Minimum", "The least number allowed; a row with less is quarantined."
        ),
        "maximum": may(
            Number(), "Maximum", "The greatest number allowed; a row with more is quarantined."
        ),
        "default": may(_LITERAL, "Default", "The value where the export has none."),
        "translate": may(
            MapOf(
                _LITERAL, TEXT, "the export's words with the catalogue's, such as `{Actif: active}`"
            ),
            "Translate",
            "The export's words, and the values that they stand for.",
        ),
        "format": may(TEXT, "Date format", "How the export writes dates, such as `%d/%m/%Y`."),
        "derive": may(
            ListOf(_CASE, "a list of cases, such as `- {when: arr > 100000, then: enterprise}`"),
            "Derive",
            "The value follows from other fields: the first case that holds.",
        ),
        "rank": may(_RANK, "Rank", "The value is where the account stands among all."),
    },
    snippets=(
        {
            "label": "field",
            "description": "A field of your own",
            "body": {"type": "${1|number,text,date,boolean|}", "from": "${2:column}"},
        },
    ),
)

FIELDS = Fields(
    "field catalogue",
    "The fields of an account beyond the standard ones, and where the export keeps them.",
    {
        "fields": need(
            MapOf(_FIELD, NAME, "fields by name, such as `arr: {from: arr_eur}`", least=0),
            "Fields",
            "By name: standard fields to map or change, and fields of your own.",
        ),
    },
)
