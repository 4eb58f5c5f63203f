"""Header rows that programs of others read from the exports of vendors, as their code has them."""

from __future__ import annotations

import pytest
from tenure.engine.importing.knowledge import find_preset

PIPEDRIVE = """\
Organization - Name,Organization - Street/road name of Company Address,Organization - Owner,Organization - People,\
Organization - ZIP/Postal code of Company Address,Organization - Open deals,\
Organization - Full/combined address of Company Address,Organization - Last activity date,Organization - Parent,\
Organization - City/town/village/locality of Company Address,Organization - Organization created,\
Organization - Closed deals,Organization - Lost deals,Organization - Won deals"""
STRIPE = """\
id,Customer ID,Customer Name,Status,Cancellation Reason,Created (UTC),Start (UTC),Start Date (UTC),\
Current Period Start (UTC),Current Period End (UTC),Trial Start (UTC),Trial End (UTC),Canceled At (UTC),Ended At (UTC),\
Customer Email,Plan,Quantity,Currency,Interval,Amount"""
CHARGEBEE = """\
subscriptions.id,subscriptions.plan_id,subscriptions.plan_quantity,subscriptions.plan_unit_price,subscriptions.status,\
subscriptions.start_date,subscriptions.trial_start,subscriptions.trial_end,subscriptions.current_term_start,\
subscriptions.current_term_end,subscriptions.remaining_billing_cycles,subscriptions.created_at,\
subscriptions.started_at,subscriptions.cancelled_at,subscriptions.pause_date,subscriptions.resume_date,customers.id,\
addresses.first_name,addresses.last_name"""

HUBSPOT = """\
Record ID,Company name,Company owner,Create date,Phone number,Last activity date,City,Country/Region,Industry,\
Annual revenue,Lifecycle stage,Number of associated contacts,Number of associated deals,Street address,Postal code,\
State/Region,Description,Number of employees"""
"""In sentence case, as the labels are today; the presets were written when they had capital letters."""


@pytest.mark.parametrize(
    ("name", "header"),
    [("pipedrive", PIPEDRIVE), ("stripe", STRIPE), ("chargebee", CHARGEBEE), ("hubspot", HUBSPOT)],
)
def test_every_header_of_a_real_export_is_known(name: str, header: str) -> None:
    headers = header.split(",")
    preset = find_preset(headers)
    assert preset is not None
    assert preset.name == name
    assert [each for each in headers if each not in {*preset.columns, *preset.unneeded}] == []


def test_the_customers_own_revenue_is_not_arr_in_either_case() -> None:
    preset = find_preset(HUBSPOT.split(","))
    assert preset is not None
    assert "Annual revenue" in preset.unneeded
    assert "Annual Revenue" in preset.unneeded
