"""Names in the templates of messages, and the fields that they read.

Takes a playbook, and returns names. The playbook's definitions and choices add the names that they use.
"""

from __future__ import annotations

from ..language.traversal import fields_read
from ..playbook.model import Choices, Message, Playbook
from ..playbook.template_checker import names_used


def names_of(message: Message, playbook: Playbook) -> frozenset[str]:
    """Return every name that a message reads, including those in the texts that it chooses among."""
    names = names_used(message.subject) | names_used(message.body)
    for name in names & playbook.choices.keys():
        names |= _names_of_choices(playbook.choices[name])
    return frozenset(names)


def fields_of_messages(playbook: Playbook) -> frozenset[str]:
    """Return the fields that a playbook's messages read, also through definitions; other names are included too."""
    read: set[str] = set()
    for languages in playbook.messages.values():
        for message in languages.values():
            read |= names_of(message, playbook)
    expressions = [playbook.definitions[name] for name in read & playbook.definitions.keys()]
    for name in read & playbook.choices.keys():
        expressions += [item.when for item in playbook.choices[name].items if item.when is not None]
    return frozenset(read).union(*map(fields_read, expressions))


def _names_of_choices(choices: Choices) -> set[str]:
    templates = [template for item in choices.items for template in item.say.values()]
    return {name for template in templates for name in names_used(template)}
