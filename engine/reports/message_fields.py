"""What the templates of messages name, and what fields they read by it.

In: a playbook; out: names. The playbook's own names, of `define` and `choices`, lead to further ones.
"""

from __future__ import annotations

from ..language.traversal import fields_read
from ..playbook.model import Choices, Message, Playbook
from ..playbook.template_checker import names_used


def names_of(message: Message, playbook: Playbook) -> frozenset[str]:
    """Every name that a message reads, those of the texts that it chooses among them."""
    names = names_used(message.subject) | names_used(message.body)
    for name in names & playbook.choices.keys():
        names |= _names_of_choices(playbook.choices[name])
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


def _names_of_choices(choices: Choices) -> set[str]:
    templates = [template for item in choices.items for template in item.say.values()]
    return {name for template in templates for name in names_used(template)}
