"""The report of an import: a row for each column, and which columns no playbook needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..fields.derivation_order import derivation_order
from ..language.traversal import fields_read
from ..reports.field_listing import fields_of_playbooks
from ..reports.listing import Listing
from ..runs.required_fields import ALWAYS_READ
from ..sources.number_styles import written_example
from .column_profile import ColumnProfile
from .proposal import Proposal, ReadColumn

if TYPE_CHECKING:
    from ..project.loading import Project

PROFILE_COLUMNS = (
    "column",
    "filled",
    "distinct",
    "kind",
    "written",
    "least",
    "most",
    "examples",
    "field",
)


def profile_listing(proposal: Proposal) -> Listing:
    """Return a row per column: what it holds, and the field that it fills, with a question mark if that is doubtful."""
    rows = [
        _row(
            profile,
            [read for read in proposal.columns.values() if read.column.name == profile.name],
            proposal,
        )
        for profile in proposal.profiles
    ]
    return Listing(PROFILE_COLUMNS, rows)


def _row(
    profile: ColumnProfile, reads: Sequence[ReadColumn], proposal: Proposal
) -> tuple[object, ...]:
    read = reads[0] if reads else None
    profile = read.column if read is not None else profile
    return (
        profile.name,
        f"{profile.share:.0%}",
        profile.distinct,
        profile.kind,
        written_as(profile, read) or None,
        shortened(profile.least),
        shortened(profile.most),
        ", ".join(profile.examples[:2]) or None,
        ", ".join(_field(each) for each in reads)
        or f"({proposal.unread.get(profile.name) or 'not read'})",
    )


def _field(read: ReadColumn) -> str:
    times = "" if read.times is None else f" ({read.times.normalize():f} times)"
    return f"{read.field}{times}" if read.sure else f"{read.field}{times}?"


def written_as(profile: ColumnProfile, read: ReadColumn | None) -> str:
    """Return how a column writes its dates or numbers; empty where it is plain."""
    if profile.unclear_numbers:
        return "in several ways"
    if profile.dates is not None:
        return (read.format if read is not None else "") or profile.dates.format
    style = (read.numbers if read is not None else None) or profile.numbers
    return written_example(style.style) if style is not None and not style.plain else ""


def shortened(value: str | None) -> str | None:
    """Return a number without a needless point."""
    return None if value is None else value.removesuffix(".0")


def unneeded_fields(proposal: Proposal, project: Project) -> list[str]:
    """Return the columns that are read into fields which no enabled playbook, role or policy reads."""
    enabled = tuple(playbook for playbook in project.playbooks if playbook.enabled)
    needed = {
        *fields_of_playbooks(enabled),
        *ALWAYS_READ,
        "account_id",
        "contact_email",
        "currency",
    }
    needed |= {role.field for role in project.workspace.roles.values() if role.field}
    needed |= {
        name for rule in project.workspace.policy.suppress for name in fields_read(rule.when)
    }
    fields = project.catalogue.fields
    ordered = derivation_order(fields, needed & fields.keys())
    reads = proposal.columns.items()
    used = {read.column.name for field, read in reads if field in ordered}
    unused = [read.column.name for field, read in reads if field not in ordered]
    return [column for column in dict.fromkeys(unused) if column not in used]
