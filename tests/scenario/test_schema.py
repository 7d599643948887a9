"""The scenario's own contracts: JSON schema, events, certificates' dates."""

from __future__ import annotations

import json
from typing import Any, get_args

from sim import vocabulary
from sim.scenario import timeline
from sim.scenario.certificates import BACKDATED_S, VALIDITY_S, CertificateSpec
from sim.scenario.demand import CallClass
from sim.scenario.fields import Mode
from sim.scenario.nodes import Node
from sim.scenario.schema import json_schema


def test_the_choices_are_the_words_of_the_vocabulary() -> None:
    kinds = tuple(get_args(node.model_fields["kind"].annotation)[0] for node in get_args(get_args(Node)[0]))
    assert get_args(Mode) == vocabulary.MODES
    assert get_args(CallClass) == vocabulary.MIX_CLASSES
    assert get_args(timeline.FloodKind) == vocabulary.FLOOD_KINDS
    assert kinds == vocabulary.NODE_KINDS


def test_the_json_schema_describes_every_key_of_every_part() -> None:
    parts: dict[str, Any] = json_schema()["$defs"]
    textbook = {"Distribution", "Exponential", "Gamma", "Lognormal", "Uniform"}
    silent = [
        f"{part}.{key}"
        for part, definition in parts.items()
        for key, value in definition.get("properties", {}).items()
        if part not in textbook | {"TimelineEntry"} and not {"description", "const", "$ref"} & value.keys()
    ]
    assert silent == []


def test_the_json_schema_uses_the_keys_that_users_write() -> None:
    link = json_schema()["$defs"]["Link"]
    assert set(link["properties"]) == {"between", "latency", "bandwidth", "ipsec"}
    assert link["properties"]["latency"]["type"] == "string"


def test_the_json_schema_lets_a_file_leave_to_another_what_it_extends() -> None:
    assert '"required"' not in json.dumps(json_schema())


def test_the_json_schema_is_json_and_refuses_unknown_keys() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["additionalProperties"] is False
    assert {"extends", "nodes", "timeline"} <= schema["properties"].keys()


def test_a_timeline_entry_has_one_key_for_each_event() -> None:
    keys = timeline.TimelineEntry.model_fields.keys() - {"at_s"}
    assert keys == {event.name for event in timeline.EVENTS}


def test_the_default_validity_is_two_years_from_a_day_before() -> None:
    assert CertificateSpec().validity_period_s(0.0) == (-BACKDATED_S, -BACKDATED_S + VALIDITY_S)


def test_a_self_signed_certificate_takes_the_validity_of_its_product() -> None:
    assert CertificateSpec(issuer="self").validity_period_s(0.0, 100.0) == (-BACKDATED_S, -BACKDATED_S + 100.0)
