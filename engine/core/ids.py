"""Names of the fields and columns that identify records."""

from __future__ import annotations

ACCOUNT_ID = "account_id"
"""Name of the field, and of the column in every table, that identifies an account."""

MERGED_INTO = "merged_into"
"""Field with the id of the account that goes on for this one."""
