"""Every family of metrics that is found for a window, by name, in the order in which they are shown."""

from __future__ import annotations

from .cohorts import COHORTS
from .customers import CUSTOMERS
from .effectiveness import PLAYBOOKS
from .family import Family
from .renewals import RENEWALS
from .revenue import REVENUE
from .reviews import REVIEWS
from .roi import RETURNS

FOUND_BY: dict[str, Family] = {
    family.id: family
    for family in (REVENUE, CUSTOMERS, RENEWALS, COHORTS, REVIEWS, PLAYBOOKS, RETURNS)
}
