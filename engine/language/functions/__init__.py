"""Functions that conditions may call: one row for each, with its signature, implementations and properties.

The type checker, interpreter, compiler to columns, proofs, explanations and documentation dispatch on these rows.
To add a function, add a row in the module of its group.
"""

from __future__ import annotations

from .action_functions import ACTION_FUNCTIONS
from .date_functions import DATE_FUNCTIONS
from .function_row import Function, Parameter
from .history_functions import HISTORY_FUNCTIONS
from .list_functions import LIST_FUNCTIONS
from .state_functions import STATE_FUNCTIONS
from .text_functions import TEXT_FUNCTIONS
from .value_functions import VALUE_FUNCTIONS
from .window_functions import WINDOW_FUNCTIONS

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in sorted(
        (
            *ACTION_FUNCTIONS,
            *DATE_FUNCTIONS,
            *HISTORY_FUNCTIONS,
            *LIST_FUNCTIONS,
            *STATE_FUNCTIONS,
            *TEXT_FUNCTIONS,
            *VALUE_FUNCTIONS,
            *WINDOW_FUNCTIONS,
        ),
        key=lambda function: function.name,
    )
}
"""All functions by name, in alphabetical order."""

INFIX = frozenset(name for name, function in FUNCTIONS.items() if function.infix)
"""The functions that are written between their arguments, as in `csm contains 'Ann'`."""

__all__ = ["FUNCTIONS", "INFIX", "Function", "Parameter"]
