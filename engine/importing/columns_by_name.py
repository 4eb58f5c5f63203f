"""Columns by the fields that their names mean, the likeliest for each field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..fields.catalogue import FieldSpec
from ..sources.convert import convert
from .column_fit import fits
from .column_profile import ColumnProfile
from .knowledge import header_names, header_spellings, name_in_object, name_without_owner
from .multiplied import spelling_without_size
from .proposal import Context, ReadColumn

_IN_OBJECT = 1000
"""The rank of a column that is named in an object: whole names go first."""
_DOUBTFUL = 2000
"""The rank of a name that may mean something else: whole names in objects go first."""
NAMED_LIKE = "it is named like the"


class _Candidate(NamedTuple):
    """A field that a column may fill; a smaller rank is likelier."""

    rank: int
    field: str
    why: str
    sure: bool


_Rank = tuple[bool, bool, bool, int, float]


def by_name(
    profiles: Sequence[ColumnProfile], context: Context, unread: dict[str, str]
) -> dict[str, ReadColumn]:
    """Return the columns by the fields that their names mean, the likeliest for each field."""
    best: dict[str, tuple[_Rank, ReadColumn]] = {}
    for profile in profiles:
        candidates, reason = _candidates(profile, context)
        unread[profile.name] = reason
        for candidate in candidates:
            rank = _rank(candidate, profile)
            if candidate.field in best and best[candidate.field][0] <= rank:
                taken = best[candidate.field][1].column.name
                unread[profile.name] = f"`{candidate.field}` is read from `{taken}`"
                continue
            if candidate.field in best:
                former = best[candidate.field][1].column.name
                unread[former] = f"`{candidate.field}` is read from `{profile.name}`"
            read = ReadColumn(candidate.field, profile, candidate.why, candidate.sure)
            best[candidate.field] = (rank, read)
            unread.pop(profile.name, None)
            break
    return {field: read for field, (_, read) in best.items()}


def _rank(candidate: _Candidate, profile: ColumnProfile) -> _Rank:
    """Return the place of a column among those of a field: what a person has said, then what is sure, then filled."""
    said = candidate.rank < 0
    empty = profile.kind == "empty" and not said
    return not said, not candidate.sure, empty, candidate.rank, -profile.share


def _candidates(profile: ColumnProfile, context: Context) -> tuple[list[_Candidate], str]:
    """Return the fields that a column may fill, the likeliest first; and why it is not read if none takes it."""
    if context.key is not None and profile.name == context.key:
        return [_Candidate(-1, ACCOUNT_ID, "you named it", True)], ""
    preset = context.preset
    known = profile.name in context.mapped
    if profile.name in context.ignored and not known:
        return [], "fields.yaml leaves it out"
    if preset is not None and profile.name in preset.unneeded and not known:
        return [], preset.unneeded[profile.name]
    named = named_candidates(profile, context)
    if context.key is not None:
        named = [each for each in named if each.field != ACCOUNT_ID]
    fitting = [each for each in named if fits(profile, context.fields[each.field], each.rank)]
    if named and not fitting:
        field = context.fields[named[0].field]
        shown = f", such as `{_unlike(profile, field)}`" if profile.examples else ""
        return (
            [],
            f"{NAMED_LIKE} {field.type} `{field.name}`, but its values are not{shown}",
        )
    return fitting, "no field is known for it"


def _unlike(profile: ColumnProfile, spec: FieldSpec) -> str:
    """Return an example of a column that the field cannot have, or else its first."""
    examples = pl.Series(profile.examples, dtype=pl.String)
    _, bad = convert(examples, spec, "UTC")
    wrong: list[str] = examples.filter(bad).to_list() if bad is not None else []
    return (*wrong, *profile.examples)[0]


def named_candidates(profile: ColumnProfile, context: Context) -> list[_Candidate]:
    """Return the fields that a column's name means."""
    preset = context.preset
    found: list[_Candidate] = []
    if profile.name in context.mapped:
        found.append(_Candidate(-1, context.mapped[profile.name], "as fields.yaml says", True))
    if preset is not None and profile.name in preset.columns:
        place = list(preset.columns).index(profile.name)
        found.append(_Candidate(place, preset.columns[profile.name], preset.title, True))
    resized = spelling_without_size(profile.name)
    spellings = header_spellings(profile.name)
    for spelling in (*spellings, *([resized] if resized else [])):
        field = spelling.replace(" ", "_")
        if field in context.fields:
            found.append(_Candidate(0, field, "by its name", True))
        found.extend(
            _Candidate(
                100 + known.place + (0 if known.sure else _DOUBTFUL),
                known.field,
                "by its name",
                known.sure,
            )
            for known in header_names().get(spelling, ())
        )
    inner = name_in_object(profile.name)
    for spelling in header_spellings(inner) if inner else ():
        field = spelling.replace(" ", "_")
        fields = [field] if field in context.fields else []
        fields += [known.field for known in header_names().get(spelling, ())]
        found.extend(_Candidate(_IN_OBJECT, each, "by its name", sure=False) for each in fields)
    owned = name_without_owner(profile.name)
    found.extend(
        _Candidate(_IN_OBJECT, known.field, "by its name", sure=False)
        for known in header_names().get(owned or "", ())
        if known.sure
    )
    unique: dict[str, _Candidate] = {}
    for each in sorted(found, key=lambda each: (not each.sure, each.rank)):
        unique.setdefault(each.field, each)
    return list(unique.values())
