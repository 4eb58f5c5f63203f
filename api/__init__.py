"""Tenure: evaluate customer success playbooks from Python.

The names in `__all__` are the public API. All other modules are private and may change in any release.
Public names are imported on first use, so that `import tenure` loads no library.

Examples:
    >>> import tenure
    >>> workspace = tenure.open("demo", today="2026-04-01")
    >>> workspace.name
    'demo'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .engine import version as _version

if TYPE_CHECKING:
    from .condition_api import Condition, parse_condition
    from .engine.core.problems import Problem, Span
    from .evaluation_api import Evaluation, evaluate
    from .exceptions import (
        CommittedError,
        LockedError,
        ProblemsError,
        TenureError,
        UsageError,
    )
    from .invocation import Invocation, invoke
    from .playbook_set import Playbooks
    from .result_types import Explanation, Report, RunResult
    from .workspace_api import Workspace, open

__version__ = _version.VERSION

_HOMES = {
    "CommittedError": "exceptions",
    "Condition": "condition_api",
    "Evaluation": "evaluation_api",
    "Explanation": "result_types",
    "Invocation": "invocation",
    "LockedError": "exceptions",
    "Playbooks": "playbook_set",
    "Problem": "engine.core.problems",
    "ProblemsError": "exceptions",
    "Report": "result_types",
    "RunResult": "result_types",
    "Span": "engine.core.problems",
    "TenureError": "exceptions",
    "UsageError": "exceptions",
    "Workspace": "workspace_api",
    "evaluate": "evaluation_api",
    "invoke": "invocation",
    "open": "workspace_api",
    "parse_condition": "condition_api",
}
"""The module of each public name."""

__all__ = [
    "CommittedError",
    "Condition",
    "Evaluation",
    "Explanation",
    "Invocation",
    "LockedError",
    "Playbooks",
    "Problem",
    "ProblemsError",
    "Report",
    "RunResult",
    "Span",
    "TenureError",
    "UsageError",
    "Workspace",
    "__version__",
    "evaluate",
    "invoke",
    "open",
    "parse_condition",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
