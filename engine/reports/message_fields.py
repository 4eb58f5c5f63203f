"""What the templates of messages name, and what fields they read by it.

In: a playbook; out: names. The playbook's own names, of `define` and `choices`, lead to further ones.
"""

from __future__ import annotations

from ..language.traversal import fields_read
from ..playbook.model import Choices, Message, Playbook
from ..playbook.simple_templates import read_simple_names


def names_of(message: Message, playbook: Playbook) -> frozenset[str]:
    """Every name that a message reads, those of the texts that it chooses among them."""
    names = _names(message.subject, playbook) | _names(message.body, playbook)
    for name in names & playbook.choices.keys():
        names |= _names_said(playbook.choices[name], playbook)
    return frozenset(names)


def fields_of_messages(playbook: Playbook) -> frozenset[str]:
    """The fields that a playbook's messages read, by way of its own names too; and names of other things."""
    read: set[str] = set()
    for languages in playbook.messages.values():
        for message in languages.values():
            read |= names_of(message, playbook)
    asked = [playbook.definitions[name] for name in read & playbook.definitions.keys()]
    for name in read & playbook.choices.keys():
        asked += [item.when for item in playbook.choices[name].items if item.when is not None]
    return frozenset(read).union(*map(fields_read, asked))


def _names_said(choices: Choices, playbook: Playbook) -> set[str]:
    templates = [template for item in choices.items for template in item.say.values()]
    return {name for template in templates for name in _names(template, playbook)}


def _names(template: str, playbook: Playbook) -> set[str]:
    plain = read_simple_names(template, playbook.choices)
    if plain is not None:
        return {name for _, name in plain}
    from ..playbook.template_checker import names_used

    return set(names_used(template))
