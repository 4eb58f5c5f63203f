"""Write the pages on what conditions and messages may use: functions, names, kinds of actions, fields."""

from __future__ import annotations

import re
from importlib import resources

from tenure.engine.fields.catalogue_loader import load_catalogue
from tenure.engine.language.expressions import BUILTIN_NAMES
from tenure.engine.language.functions import FUNCTIONS, Function
from tenure.engine.language.functions.event_functions import EVENT_FUNCTIONS
from tenure.engine.playbook.step_schema import KINDS
from tenure.engine.playbook.template_names import FILTERS, LIST_NAMES, MESSAGE_NAMES, TIER_NAMES

from .markdown import code, contents, fence, sentence, table

FOLDER = "reference/language"
PLAYBOOKS = resources.files("tenure.playbooks")
MOST_USES = 3

PARAMETERS = {
    "date": "a date",
    "text": "a text",
    "list": "a field of type list",
    "item": "a text in quotes",
    "items": "one or more texts in quotes, in round brackets",
    "number": "a number",
    "field": "a field by its name",
    "number field": "a field of type number, by its name",
    "literal": "a number written out",
    "decimals": "a whole number written out, from 0 to 6",
    "days": "a duration in days or weeks",
    "interval": "a duration in any unit",
    "amount": "a number or a duration",
    "account date": "`opened_on`, or a field of type date, by its name",
    "condition": "a condition",
    "daily condition": "a condition on fields and dates of one day, without earlier values",
    "value": "a value of any type; all values of one call have the same type",
    "steps": "one or more playbooks or steps, in quotes",
    "action": "one action, in quotes: `playbook/step/action`, or `step/action` in its own playbook",
}

_BY_COLUMN = "date, or the type of the column"

MEANINGS = {
    "today": "The date that is evaluated.",
    "snapshot_date": "The date of the snapshot. Anything that happened later is unknown.",
    "anchor": "The date that the account's steps count from.",
    "opened_on": "The date on which the enrolment opened.",
    "entered_on": "The date on which the account entered its current step.",
    "opened_by": "The id of the trigger that opened the follow-up.",
    "year": "The number of the anniversary.",
}
"""Each of `NAMES`; `NAMES` itself holds only their types."""


def word_pages() -> dict[str, str]:
    """Return the pages on functions, names, actions, messages and standard fields."""
    names = ["functions/index", "events", "names", "actions", "messages", "standard-fields"]
    pages = {
        "index.md": "# Language\n\n" + contents(names, "maxdepth: 1"),
        "names.md": _names(),
        "actions.md": _kinds(),
        "messages.md": _messages(),
        "standard-fields.md": _fields(),
        "functions/index.md": _functions(),
    }
    pages |= {f"functions/{name}.md": _function(f) for name, f in FUNCTIONS.items()}
    pages["events.md"] = _events()
    return {f"{FOLDER}/{name}": text for name, text in pages.items()}


def _functions() -> str:
    rows = [(f"[`{f.usage}`]({name}.md)", _gives(f), f.about) for name, f in FUNCTIONS.items()]
    return (
        "# Functions of conditions\n\n"
        + table(("function", "result", "meaning"), rows)
        + "\n"
        + contents(FUNCTIONS, "hidden:")
    )


def _events() -> str:
    rows = [(code(f.usage), f.gives or _BY_COLUMN, f.about) for f in EVENT_FUNCTIONS.values()]
    return (
        "# Functions of events\n\n"
        "They take a table of events from `fields.yaml`: see [Count events](../../how-to/events.md).\n"
        "A condition after `where` and a period are optional: `count(tickets where priority == 'high', 30 days)`.\n\n"
        + table(("function", "result", "meaning"), rows)
    )


def _gives(function: Function) -> str:
    return function.gives or "the type of its arguments"


def _function(function: Function) -> str:
    needed = len(function.parameters) - function.optional
    arguments = [
        (n, PARAMETERS[p] + (" (may be left out)" if n > needed else ""))
        for n, p in enumerate(function.parameters, 1)
    ]
    taken = (
        table(("argument", "accepts"), arguments)
        if arguments
        else "Any number of values of one type.\n"
    )
    result = f"type **{function.gives}**" if function.gives else "the type of its arguments"
    return (
        f"# {function.name}\n\n```text\n{function.usage}\n```\n\n{sentence(function.about)}\n\n"
        f"## Arguments\n\n{taken}\n## Result\n\nA value of {result}.\n" + _uses(function.name)
    )


def _uses(name: str) -> str:
    """Return lines of the shipped playbooks that call a function, or nothing."""
    call = re.compile(rf"\b{name}\(")
    lines = []
    for path in sorted(PLAYBOOKS.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yaml"):
            text = path.read_text("utf-8")
            found = [line for line in text.splitlines() if call.search(line.partition("#")[0])]
            lines += [f"# {path.name}\n{found[0].strip()}"] if found else []
    if not lines:
        return ""
    return "\n## In the shipped playbooks\n\n" + fence("\n".join(lines[:MOST_USES]), "text")


def _names() -> str:
    rows = [(code(name), kind, MEANINGS[name]) for name, kind in BUILTIN_NAMES.items()]
    return (
        "# Names in conditions\n\nFields have their own names, listed under [standard fields](standard-fields.md).\n"
        "These names are not fields. `today` and `snapshot_date` are available everywhere, the others inside an\n"
        "enrolment. `tenure validate` reports a name that has no meaning in its place.\n\n"
        + table(("name", "type", "meaning"), rows)
    )


def _kinds() -> str:
    rows = [(code(name), sentence(key.about)) for name, key in KINDS.items()]
    return (
        "# Kinds of actions\n\nThe keys of each kind are under [Playbook](../keys/playbook.md).\n\n"
        + table(("kind", "meaning"), rows)
    )


def _messages() -> str:
    words = [(code(name), sentence(about)) for name, about in MESSAGE_NAMES.items()]
    tiers = [(code(name), sentence(about)) for name, about in TIER_NAMES.items()]
    lists = [
        (code(name), ", ".join(map(code, parts)) or "a text") for name, parts in LIST_NAMES.items()
    ]
    return (
        "# Names in messages\n\nA message is a Jinja2 template. It may use the account's fields, the workspace's\n"
        "variables, the playbook's names under `define` and `choices`, and these names.\n\n"
        + table(("name", "meaning"), words)
        + "\n## In `tiers` also\n\n"
        + table(("name", "meaning"), tiers)
        + "\n## Lists\n\nA `{% for %}` loop may go over these and over the names under `choices`.\n\n"
        + table(("list", "parts of an item"), lists)
        + "\n## Filters\n\n"
        + ", ".join(code(name) for name in FILTERS)
        + "\n"
    )


def _fields() -> str:
    catalogue, _ = load_catalogue(None)
    rows = [
        (
            code(name),
            f.type,
            f.unit or "",
            ", ".join(map(code, f.values)),
            sentence(f.about or f.title),
        )
        for name, f in catalogue.fields.items()
    ]
    return (
        "# Standard fields\n\n"
        "`tenure fields` shows the same list for your workspace, with the column that fills each.\n\n"
        + table(("field", "type", "unit", "values", "meaning"), rows)
    )
