"""Names of the fields and columns that identify records."""

from __future__ import annotations

ACCOUNT_ID = "account_id"
"""Name of the field, and of the column in every table, that identifies an account."""

MERGED_INTO = "merged_into"
"""Field with the id of the account that goes on for this one."""

PLAN_PLAYBOOK = "success_plan"
"""The name under which the ledger has the actions of success plans; no playbook may have it."""

UNREADABLE_FIELDS = "@unreadable"
"""Column of accounts: the fields whose value is bad or doubted, each as its `unreadable_mark`; null without any.

Such a value is null, but it is unknown whether it is missing.
"""


def unreadable_mark(field: str) -> str:
    """Return the text in `UNREADABLE_FIELDS` that names a field."""
    return f";{field};"
