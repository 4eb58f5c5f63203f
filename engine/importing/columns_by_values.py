"""Columns for the most important fields that no name gives, by what the columns hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from ..core.ids import ACCOUNT_ID
from .column_fit import known_share
from .column_profile import ColumnProfile
from .knowledge import plain_header
from .proposal import Context, ReadColumn

_FUTURE = 0.6
"""The share of dates that must be in the future for a column to be one of renewals."""
_ID_WORDS = frozenset(("id", "key", "code", "nr", "no", "number", "ref", "numero", "nummer"))
"""Words in the names of columns with ids."""
_STAFF_WORDS = frozenset(
    [
        "owner",
        "csm",
        "manager",
        "rep",
        "representative",
        "executive",
        "sales",
        "agent",
        "assignee",
        "user",
        "created",
        "betreuer",
        "betreuerin",
        "vertrieb",
        "mitarbeiter",
        "verkaufer",
        "responsable",
        "proprietaire",
        "commercial",
        "conseiller",
        "gestionnaire",
    ]
)
"""Words in the names of columns about a company's own people."""


def by_values(
    profiles: Sequence[ColumnProfile],
    chosen: Mapping[str, ReadColumn],
    unread: dict[str, str],
    context: Context,
) -> dict[str, ReadColumn]:
    """Return columns for the most important fields that no name gives, by what they hold."""
    free = [each for each in profiles if unread.get(each.name) == "no field is known for it"]
    tests: dict[str, Callable[[ColumnProfile], bool]] = {
        "status": lambda each: (
            each.kind == "text"
            and len(each.values) > 1
            and known_share(each, context.fields["status"]) >= 0.8
        ),
        "renewal_date": lambda each: future_share(each, context.on) >= _FUTURE,
        "contact_email": lambda each: each.emails and not _of_staff(each),
        ACCOUNT_ID: lambda each: (
            each.unique
            and each.kind in ("text", "number")
            and not each.emails
            and (
                _named_like_an_id(each) or (_has_codes(each) and bool(accounts & {*chosen, *found}))
            )
        ),
    }
    accounts = {"account_name", "status"}
    found: dict[str, ReadColumn] = {}
    for field, test in tests.items():
        fitting = [each for each in free if field not in chosen and test(each)]
        if field == ACCOUNT_ID and context.key is not None:
            continue
        if field == ACCOUNT_ID:
            fitting.sort(key=lambda each: not _named_like_an_id(each))
        elif len(fitting) > 1:
            continue
        if fitting:
            found[field] = ReadColumn(field, fitting[0], "by its values", sure=False)
            free.remove(fitting[0])
            unread.pop(fitting[0].name)
    return found


def _of_staff(profile: ColumnProfile) -> bool:
    """Return whether a column is named after the people who look after accounts, to whom no letter may go."""
    return bool(_STAFF_WORDS & {*plain_header(profile.name).split()})


def _named_like_an_id(profile: ColumnProfile) -> bool:
    """Return whether a column's name is like that of an id; `Number of employees` is an amount."""
    words = {*plain_header(profile.name).split()}
    return bool(_ID_WORDS & words) and "of" not in words


def _has_codes(profile: ColumnProfile) -> bool:
    """Return whether a column's values look like ids: plain numbers may as well be amounts."""
    return profile.kind == "text" and all(
        " " not in each and any(sign.isdigit() for sign in each) for each in profile.examples
    )


def future_share(profile: ColumnProfile, on: dt.date) -> float:
    """Return the share of a column's examples that are dates after the snapshot's date; 0 for other columns."""
    if profile.kind != "date" or profile.least is None or profile.most is None:
        return 0.0
    least, most = dt.date.fromisoformat(profile.least), dt.date.fromisoformat(profile.most)
    days = (most - least).days or 1
    return min(1.0, max(0.0, (most - on).days / days))
