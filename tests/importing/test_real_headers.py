"""Header rows that programs of others read from exports of Pipedrive, Stripe and Chargebee, as their code has them."""

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


@pytest.mark.parametrize(
    ("name", "header"), [("pipedrive", PIPEDRIVE), ("stripe", STRIPE), ("chargebee", CHARGEBEE)]
)
def test_every_header_of_a_real_export_is_known(name: str, header: str) -> None:
    headers = header.split(",")
    preset = find_preset(headers)
    assert preset is not None
    assert preset.name == name
    assert [each for each in headers if each not in {*preset.columns, *preset.unneeded}] == []
