"""Essential fields: without a good value of one of them, an account's row is left out.

A workspace says which they are (`essential:`). Of the fields that say nothing, those that playbooks take as their
anchor are essential: a date that cannot be read must not be replaced by another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..fields.catalogue import Catalogue
from ..language.expressions import Arithmetic, Call, Expression, Field
from ..language.operands import unalias
from ..playbook.model import Playbook


def mark_essential(catalogue: Catalogue, playbooks: Iterable[Playbook]) -> Catalogue:
    """Return the catalogue, in which every field says whether it is essential."""
    anchors = {name for playbook in playbooks for name in anchor_fields(playbook)}
    return catalogue._replace(
        fields={
            name: spec if spec.essential is not None else spec._replace(essential=name in anchors)
            for name, spec in catalogue.fields.items()
        }
    )


def anchor_fields(playbook: Playbook) -> Iterator[str]:
    """Yield the fields that a playbook takes as its anchor."""
    machine = playbook.machine
    for anchor in (machine.anchor, *(opening.anchor for opening in machine.enrolment_rules)):
        if anchor is not None:
            yield from _dates_taken(anchor)


def _dates_taken(e: Expression) -> Iterator[str]:
    """Yield the fields of a date: itself, shifted, its anniversary, or the first known of several.

    Not those that a `choose` picks, whose condition says when the date is to be trusted.
    """
    e = unalias(e)
    if isinstance(e, Field):
        yield e.name
    elif isinstance(e, Arithmetic):
        yield from _dates_taken(e.left)
    elif isinstance(e, Call) and e.function in ("anniversary", "first"):
        for argument in e.arguments:
            yield from _dates_taken(argument)
