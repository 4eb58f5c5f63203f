"""Failures of a cluster, as problems."""

from __future__ import annotations

import re

from ..core.problems import Problem

_RAISED = re.compile(r"^Traceback .*?^(\w[\w.]*: [^\n]+)", re.M | re.S)
"""The end of a worker's traceback, in the middle of a cluster's long message."""


def cluster_failed(name: str, error: Exception) -> Problem:
    """Return the problem of a cluster that gave no result."""
    hint = (
        "see the cluster's log; its workers need the same Python and Tenure as this machine, and the workspace's "
        "folder under the same path"
    )
    return Problem(
        "cluster-failed", f"{name} did not evaluate the accounts: {_reason(error)}", hint=hint
    )


def _reason(error: Exception) -> str:
    """Return what a worker raised, or else the first line of the cluster's message."""
    raised = _RAISED.search(str(error))
    if raised:
        return raised[1]
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if line), type(error).__name__)
