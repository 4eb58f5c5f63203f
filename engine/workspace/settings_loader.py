"""Loader of a workspace's settings: `tenure.yaml` and `fields.yaml`.

Takes the workspace's folder. Returns the settings, the field catalogue, all problems, and the files' texts by name,
for printing the problems. File names are relative to the folder. Everything that can be read is returned, so that
playbooks can be checked in the same pass; a caller that starts a run must check the problems first.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..calendar.countries import iso_country
from ..calendar.working_days import Calendar
from ..core.offsets import parse_offset
from ..core.person_names import MANAGER
from ..core.problems import Problem, ProblemList
from ..fields.catalogue import Catalogue
from ..fields.catalogue_loader import load_catalogue
from ..fields.derivation import field_types
from ..fields.settings_problems import check_known, settings_problems
from ..fields.yaml_values import (
    by_language,
    child,
    map_entries,
    number_value,
    text_of,
    whole_number,
)
from ..language.condition import Scope, load_condition
from ..language.expressions import Expression
from ..language.traversal import history_read, references
from ..language.variables import Variables, read_variables
from ..text.input_files import read_text
from ..text.plain_texts import check_plain_texts
from ..text.schema.shapes import validate
from ..text.suggest import suggest
from ..text.yaml_nodes import Mapping, Node
from ..text.yaml_reader import read_yaml
from .channel_settings import read_channels
from .event_settings import read_events
from .holiday_settings import read_own_days, read_region
from .outcome_settings import read_outcome_source
from .people_settings import read_people_source
from .policy_settings import read_policy
from .settings import (
    CATCH_UP,
    FIELDS_FILE,
    SETTINGS,
    Brake,
    CallToAction,
    Doubt,
    MetricSettings,
    RetentionSettings,
    Role,
    Tolerance,
    WorkspaceSettings,
    executor_or,
    start_or,
)
from .settings_schema import ACTION_KINDS, MOST_PERCENT, WORKSPACE_SHAPE
from .source_settings import read_days, read_share, read_source
from .store_settings import read_store

_SCHEMES = ("https://", "http://", "mailto:", "tel:")


def load_workspace(
    root: Path,
) -> tuple[WorkspaceSettings | None, Catalogue, list[Problem], dict[str, str]]:
    """Return the settings (None where `tenure.yaml` cannot be read), catalogue, problems and texts."""
    sources: dict[str, str] = {}
    fields_node, problems = _read(root, FIELDS_FILE, sources, required=False)
    node, of_settings = _read(root, SETTINGS, sources, required=True)
    constants = read_variables(map_entries(child(node, "variables")))
    catalogue, more = load_catalogue(fields_node, constants)
    of_fields = settings_problems(more)
    catalogue = read_events(of_fields, fields_node, catalogue)
    problems += of_fields
    problems += of_settings
    workspace = None
    if isinstance(node, Mapping):
        workspace, more = _settings(root, node, catalogue, constants)
        problems += more
        catalogue = _with_currency(catalogue, workspace.metrics.currency)
    elif node is not None:
        problems += validate(node, WORKSPACE_SHAPE)
    return workspace, catalogue, problems, sources


def _with_currency(catalogue: Catalogue, currency: str | None) -> Catalogue:
    """Return the catalogue in which accounts without a currency pay in the workspace's."""
    spec = catalogue.fields["currency"]
    if currency is None or spec.default is not None:
        return catalogue
    fields = {**catalogue.fields, "currency": spec._replace(default=currency)}
    return catalogue._replace(fields=fields)


def _read(
    root: Path, name: str, sources: dict[str, str], required: bool
) -> tuple[Node | None, list[Problem]]:
    if not os.path.lexists(root / name):
        if not required:
            return None, []
        hint = "go to a workspace, name one with --workspace DIR, or lay one out with `tenure init`"
        return None, [Problem("no-workspace", f"there is no {name} in {root}", None, hint)]
    written, problems = read_text(root / name, name)
    if written is None:
        return None, problems
    sources[name] = written
    return read_yaml(written, name)


def _settings(
    root: Path, node: Mapping, catalogue: Catalogue, constants: Variables
) -> tuple[WorkspaceSettings, list[Problem]]:
    problems = settings_problems(validate(node, WORKSPACE_SHAPE))
    time_zone = _time_zone(problems, child(node, "time_zone"))
    source = read_source(problems, child(node, "snapshots"), node.span)
    country = _country(problems, child(node, "country"))
    region = read_region(problems, child(node, "region"), country)
    own_days = read_own_days(problems, child(node, "holidays"))
    scope = Scope(
        field_types(catalogue.fields),
        calendar=Calendar(region or country, own_days=own_days),
        variables=constants,
        events=catalogue.event_types(),
    )
    for shown in ("roles", "links", "contact_policy"):
        if (part := child(node, shown)) is not None:
            problems.extend(check_plain_texts(part, ()))
    roles = _roles(problems, child(node, "roles"), catalogue)
    workspace = WorkspaceSettings(
        root=str(root),
        file=SETTINGS,
        name=text_of(child(node, "workspace")) or root.resolve().name,
        time_zone=time_zone,
        language=text_of(child(node, "language")) or "en",
        country=country,
        region=region,
        own_days=own_days,
        source=source._replace(time_zone=time_zone),
        roles=roles,
        links=_links(problems, child(node, "links")),
        policy=read_policy(problems, child(node, "contact_policy"), scope),
        store=read_store(problems, child(node, "store")),
        brake=_brake(problems, child(node, "brake")),
        doubt=_doubt(problems, child(node, "doubt")),
        tolerate=_tolerate(problems, child(node, "tolerate")),
        start=start_or(text_of(child(node, "start")), CATCH_UP),
        keep_days=read_days(problems, child(node, "keep")) or 0,
        retention=RetentionSettings(
            read_days(problems, child(node, "retention", "names")),
            read_days(problems, child(node, "retention", "quarantine")),
        ),
        metrics=_metrics(problems, node, scope),
        outcomes=read_outcome_source(problems, child(node, "outcomes")),
        # Invalid variables stay known, so that they are reported once and not again in each message.
        variables={
            entry.key: text_of(entry.value) or "" for entry in map_entries(child(node, "variables"))
        },
        constants=constants,
        people=read_people_source(
            problems, child(node, "people"), source._replace(time_zone=time_zone)
        ),
        channels=read_channels(
            problems,
            child(node, "channels"),
            (*roles, MANAGER) if child(node, "people") else roles,
            ACTION_KINDS,
        ),
        executor=executor_or(text_of(child(node, "executor")), "local"),
    )
    return workspace, problems


def _brake(problems: ProblemList, node: Node | None) -> Brake:
    shares = {
        name: read_share(problems, child(node, name))
        for name in ("gone", "left_out", "emptied", "dates", "ended")
    }
    actions = child(node, "actions")
    return Brake(
        whole_number(actions),
        _share_if_percent(problems, actions, MOST_PERCENT),
        number_value(child(node, "jump")),
        **{name: share for name, share in shares.items() if share is not None},
    )


def _tolerate(problems: ProblemList, node: Node | None) -> Tolerance:
    share = _share_if_percent(problems, node, 100)
    return Tolerance(whole_number(node) or 0, share or 0.0)


def _share_if_percent(problems: ProblemList, node: Node | None, most: int) -> float | None:
    """Return a percentage as a share of 1; None for a number, or where the node is missing."""
    return read_share(problems, node, most) if "%" in (text_of(node) or "") else None


def _doubt(problems: ProblemList, node: Node | None) -> Doubt:
    usual, ahead, stands = Doubt(), child(node, "ahead"), child(node, "stands")
    offset = parse_offset(text_of(ahead) or "")
    if ahead is not None and (offset is None or offset.unit == "business days"):
        message = f"`{text_of(ahead) or ''}` is not a length of calendar time"
        problems.report("bad-offset", message, ahead.span, "write `15 months` or `3 years`")
        offset = None
    days = read_days(problems, stands, least=0)
    return Doubt(offset or usual.ahead, usual.stands_days if days is None else days)


def _metrics(problems: ProblemList, settings: Mapping, scope: Scope) -> MetricSettings:
    node = child(settings, "metrics")
    grace = read_days(problems, child(node, "grace"), least=0)
    active = child(node, "active")
    table = text_of(active) or ""
    by_events = table in scope.events
    return MetricSettings(
        MetricSettings().grace_days if grace is None else grace,
        text_of(child(node, "currency")) or text_of(child(settings, "currency")),
        text_of(child(node, "rates")),
        None if by_events else _active(problems, active, scope),
        table if by_events else "",
    )


def _active(problems: ProblemList, node: Node | None, scope: Scope) -> Expression | None:
    """Return the condition of an active account. It is read of one snapshot, without history or playbooks."""
    if node is None:
        return None
    active, of_condition = load_condition(node, scope)
    problems.extend(of_condition)
    if active is not None and (history_read(active) or references(active)):
        message = "activity goes by one snapshot, not by earlier values or playbooks"
        problems.report("name-not-here", message, node.span, "write it with fields only")
        return None
    return active


def _time_zone(problems: ProblemList, node: Node | None) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    name = text_of(node)
    if node is None or name is None:
        return "UTC"
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        zones = available_timezones()
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
        is_offset = any(letter.isdigit() for letter in name)
        near = None if is_offset else cities.get(name.title()) or suggest(name, zones)
        hint = f"did you mean `{near}`?" if near else "write one such as Europe/Paris"
        problems.report("unknown-time-zone", f"there is no time zone `{name}`", node.span, hint)
        return "UTC"
    return name


def _country(problems: ProblemList, node: Node | None) -> str:
    name = text_of(node)
    if node is None or name is None:
        return ""
    code = iso_country(name)
    if code is None:
        hint = "write its two-letter code, such as FR, or its name"
        problems.report("unknown-country", f"no country is called `{name}`", node.span, hint)
    return code or ""


def _roles(problems: ProblemList, node: Node | None, catalogue: Catalogue) -> dict[str, Role]:
    roles = {}
    for entry in map_entries(node):
        field_node = child(entry.value, "field")
        field, name = text_of(field_node), text_of(child(entry.value, "name"))
        if field_node is not None:
            check_known(problems, field_node, catalogue.fields, "unknown-field", "field")
            spec = catalogue.fields.get(field or "")
            if spec is not None and spec.type != "text":
                message = f"owners are read from text, and `{field}` is a {spec.type}"
                problems.report("wrong-type", message, field_node.span)
        title = by_language(child(entry.value, "title"))
        capacity = whole_number(child(entry.value, "capacity"))
        roles[entry.key] = Role(entry.key, field, name, title, capacity)
    return roles


def _links(problems: ProblemList, node: Node | None) -> dict[str, CallToAction]:
    links = {}
    for entry in map_entries(node):
        url_node = child(entry.value, "url")
        url = text_of(url_node) or ""
        if url_node is not None and url and not url.startswith(_SCHEMES):
            message = f"`{url}` is not a full address"
            problems.report("bad-address", message, url_node.span, f"begin it with {_SCHEMES[0]}")
        links[entry.key] = CallToAction(entry.key, by_language(child(entry.value, "label")), url)
    return links
