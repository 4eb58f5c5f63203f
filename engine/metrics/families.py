"""Every family of metrics that is found for a window, by name, in the order in which they are shown."""

from __future__ import annotations

from .cohorts import COHORTS
from .customers import CUSTOMERS
from .effectiveness import PLAYBOOK_FAMILY
from .family import Family
from .renewal_rates import RENEWALS
from .revenue import REVENUE
from .review_programme import REVIEW_FAMILY
from .roi import RETURNS

FOUND_BY: dict[str, Family] = {
    family.id: family
    for family in (REVENUE, CUSTOMERS, RENEWALS, COHORTS, REVIEW_FAMILY, PLAYBOOK_FAMILY, RETURNS)
}
