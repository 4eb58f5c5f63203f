"""Every family of metrics that is found for a window, by name, in the order in which they are shown."""

from __future__ import annotations

from .family import Family
from .revenue import REVENUE
from .roi import RETURNS

FOUND_BY: dict[str, Family] = {family.id: family for family in (REVENUE, RETURNS)}
