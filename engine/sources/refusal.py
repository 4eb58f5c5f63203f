"""What a snapshot is refused with: nothing of it is used, and the run stops before anything is written."""

from __future__ import annotations

from typing import NoReturn

from ..core.problems import Problem, Problems


def refuse(code: str, message: str, hint: str | None = None) -> NoReturn:
    """Raise the one problem for which a snapshot cannot be used."""
    raise Problems([Problem(code, message, hint=hint)])
