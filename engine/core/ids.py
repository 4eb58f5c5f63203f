"""The names of what identifies things."""

from __future__ import annotations

ACCOUNT_ID = "account_id"
"""The field, and the column of every table, that identifies an account."""
