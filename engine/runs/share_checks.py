"""Shares that an export seems to write as percentages, and the reverse: of such fields, every value is wrong.

A share is from 0 to 1, such as 0.85, and conditions compare it with such numbers. An export with 85 in its place makes
`plan_utilisation > 0.9` true for nearly every account, without a bad value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from ..core.problems import Problem
from ..fields.catalogue import Catalogue, FieldSpec

SHARE_UNIT = "share"
"""The unit of fields from 0 to 1."""

FEWEST_VALUES = 5
"""Fewer values than this say nothing about how a column is written."""

LARGEST_SHARE = 2
"""Shares may exceed 1, as when more is used than the plan allows; few exceed this, in runs as in imports."""

ShareValues = tuple[str, str]
"""A field, and a kind of its values: known, above `LARGEST_SHARE`, positive, up to 1 %, up to 1 or 10, or below 1."""


def count_shares(accounts: pl.DataFrame, catalogue: Catalogue) -> Counter[ShareValues]:
    """Return the numbers of values of each kind, of the fields that are shares or from 0 to 100."""
    counts: Counter[ShareValues] = Counter()
    for name in accounts.columns:
        spec = catalogue.fields.get(name)
        if spec is None or spec.type != "number" or not (_is_share(spec) or is_hundred(spec)):
            continue
        values = accounts[name].drop_nulls()
        positive = values.filter(values > 0)
        counts[name, "known"] += len(values)
        counts[name, "large"] += int((values > LARGEST_SHARE).sum())
        counts[name, "positive"] += len(positive)
        counts[name, "small"] += int((positive <= 0.01).sum())
        counts[name, "up to one"] += int((positive <= 1).sum())
        counts[name, "fraction"] += int((positive < 1).sum())
        counts[name, "up to ten"] += int((positive <= 10).sum())
    return counts


def share_warnings(counts: Mapping[ShareValues, int], catalogue: Catalogue) -> list[Problem]:
    """Return a warning for each field whose values are all on another scale than the field's."""
    warnings = []
    for name in sorted({name for name, _ in counts}):
        spec = catalogue.fields[name]
        about = {kind: number for (field, kind), number in counts.items() if field == name}
        found = _scale(spec, about)
        if found is not None and about["known"] >= FEWEST_VALUES:
            message, hint = found
            warnings.append(
                Problem("other-scale", message, spec.span, hint, severity="warning"),
            )
    return warnings


def _scale(spec: FieldSpec, about: Mapping[str, int]) -> tuple[str, str] | None:
    """Return the warning and the advice for a field on another scale; None if it seems right."""
    known, positive = about["known"], about["positive"]
    if _is_share(spec) and 2 * about["large"] >= known:
        message = (
            f"`{spec.name}` is a share, such as 0.85, and {about['large']:,} of its {known:,} values are above "
            f"{LARGEST_SHARE}: the export seems to write it as a percentage, from 0 to 100"
        )
        return message, f"say `{spec.name}: {{numbers: {{percent: true}}}}` in fields.yaml"
    if _is_share(spec) and spec.numbers.percent and positive and about["small"] == positive:
        message = (
            f"`{spec.name}` is read as a percentage, and none of its {known:,} values is above 1 %: the export "
            "seems to write a share, such as 0.85"
        )
        return message, "leave `percent: true` out for this field in fields.yaml"
    if is_hundred(spec) and about["fraction"] and about["up to one"] == positive:
        message = (
            f"`{spec.name}` is from 0 to 100, and none of its {known:,} values is above 1: the export seems to "
            "write a share, such as 0.85"
        )
        return message, f"say `{spec.name}: {{times: 100}}` in fields.yaml"
    if is_hundred(spec) and positive and about["up to ten"] == positive:
        message = (
            f"`{spec.name}` is from 0 to 100, and none of its {known:,} values is above 10: the export seems to "
            "write a score of 10, or of 5"
        )
        return (
            message,
            f"say `{spec.name}: {{times: 10}}` in fields.yaml, or `times: 20` if 5 is the best",
        )
    return None


def _is_share(spec: FieldSpec) -> bool:
    return spec.unit == SHARE_UNIT and spec.rank is None


def is_hundred(spec: FieldSpec) -> bool:
    """Return whether a field goes from 0 to 100."""
    return spec.minimum == 0 and spec.maximum == 100
