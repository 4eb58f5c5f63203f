"""A typical account: a known value for every field, derived from the field catalogue.

So a test names only the fields that matter to it, and every condition on the others is true or false, not unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from ..core.dependencies import dependency_order
from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.list_texts import join_items
from ..fields.catalogue import Catalogue, FieldSpec
from ..fields.derivation_order import needs
from ..language.expressions import ConstantValue
from ..language.interpreter import evaluate_expression
from ..machine.dates import followed_field
from ..playbook.model import Playbook
from ..text.email_address import CONTACT_EMAIL
from ..workspace.settings import WorkspaceSettings
from .case_model import FieldValues

ACTIVE_STATUS = "active"
"""The status of a typical account, where the catalogue has it."""
DAYS_BEFORE = 365
"""A date of a typical account is a year before the first day."""
DAYS_TO_ANCHOR = 180
"""The date that a playbook follows is half a year after the first day."""
TYPICAL_NUMBER = 100.0
"""A number without limits."""
SHARE_ABOVE = 0.5
"""The rank of a typical account: half of the others are above it."""


def typical_account(
    catalogue: Catalogue,
    workspace: WorkspaceSettings,
    playbooks: Iterable[Playbook],
    starts: dt.date,
) -> dict[str, ConstantValue | None]:
    """Return the fields of a typical account, without those that are derived from others.

    Args:
        catalogue: The field catalogue.
        workspace: The settings, for its country and language.
        playbooks: The playbooks tested: the dates that they follow are ahead.
        starts: The first day of the test.
    """
    followed = {followed_field(playbook.machine) for playbook in playbooks}
    values: dict[str, ConstantValue | None] = {
        name: _typical(spec, starts, followed)
        for name, spec in catalogue.fields.items()
        if not spec.derive
    }
    status = catalogue.fields.get("status")
    chosen: dict[str, ConstantValue | None] = {
        "status": ACTIVE_STATUS
        if status and ACTIVE_STATUS in status.values
        else values.get("status"),
        ACCOUNT_ID: "account",
        "account_name": "The account",
        # A typical account does not leave.
        "churn_date": None,
        "country": workspace.country,
        "language": workspace.language,
        CONTACT_EMAIL: "customer@example.com",
    }
    return (
        values
        | {name: text for name, text in chosen.items() if name in values}
        | {
            ACCOUNT_ID: "account",
            MERGED_INTO: None,
        }
    )


def _typical(
    spec: FieldSpec, starts: dt.date, followed: Collection[str | None]
) -> ConstantValue | None:
    if spec.default is not None:
        return spec.default
    if spec.values:
        return spec.values[0]
    if spec.type == "date":
        days = DAYS_TO_ANCHOR if spec.name in followed else -DAYS_BEFORE
        return starts + dt.timedelta(days=days)
    if spec.rank is not None:
        return SHARE_ABOVE
    if spec.type == "number":
        return _number(spec)
    if spec.type == "list":
        return join_items(())
    return False if spec.type == "boolean" else spec.title or spec.name


def _number(spec: FieldSpec) -> float:
    """Return the middle of a number's limits."""
    if spec.minimum is not None and spec.maximum is not None:
        return (spec.minimum + spec.maximum) / 2
    return max(TYPICAL_NUMBER, spec.minimum or 0.0) if spec.maximum is None else spec.maximum


def with_derived(
    row: Mapping[str, ConstantValue | None], given: FieldValues, catalogue: Catalogue, on: dt.date
) -> dict[str, ConstantValue | None]:
    """Return a row with its derived fields, as a snapshot of the date would have them.

    Args:
        row: The fields that are not derived.
        given: FieldValues that the test gives, which count in place of derived ones.
        catalogue: The field catalogue.
        on: The date of the snapshot.

    Where a value is missing, the field's default counts, as in a snapshot.
    """
    derived = {name: spec for name, spec in catalogue.fields.items() if spec.derive}
    needed = {name: {*needs(spec)} & derived.keys() for name, spec in derived.items()}
    values = {**row, "@snapshot_date": on}
    for name, spec in catalogue.fields.items():
        if values.get(name) is None and spec.default is not None:
            values[name] = spec.default
    for name in dependency_order(needed.__getitem__, derived):
        if given.get(name) is not None:
            values[name] = given[name]
        else:
            values[name] = _derived(derived[name], values)
    return {name: value for name, value in values.items() if name != "@snapshot_date"}


def _derived(spec: FieldSpec, values: Mapping[str, ConstantValue | None]) -> ConstantValue | None:
    """Return the value of the first case that is true; None after one that is unknown."""
    for case in spec.derive:
        outcome = True if case.when is None else evaluate_expression(case.when, values)
        if outcome is True:
            return case.then
        if outcome is None:
            break
    return spec.default
