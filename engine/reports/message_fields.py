"""Names in the templates of messages, and the fields that they read.

Takes a playbook, and returns names. The playbook's definitions and choices add the names that they use.
"""

from __future__ import annotations

from ..language.traversal import fields_read
from ..playbook.model import Message, Playbook


def names_of(message: Message, playbook: Playbook) -> frozenset[str]:
    """Return every name that a message reads, including those in the texts that it chooses among."""
    names = message.names
    for name in names & playbook.choices.keys():
        names = names.union(*(item.names for item in playbook.choices[name].items))
    return names


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
