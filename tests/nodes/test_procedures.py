"""Procedures that put certificates where they belong: whole, and with a step that is left out, late or one-sided."""

from __future__ import annotations

import polars as pl
import pytest
from estates import MINUTE_S, Tables, arrived, events, play, reasons, small, verdicts

from sim.lint.refusals import facts
from sim.scenario.schema import Scenario

KINDS = ("self_signed", "enterprise_pki", "third_party")


def deployed(kind: str, faults: str = "", *overrides: str) -> Scenario:
    authority = "third_party" if kind == "third_party" else "enterprise"
    return small(f"nodes.ca1.type={authority}", f"deploy={{kind: {kind}{faults}}}", *overrides)


def refused(tables: Tables) -> set[tuple[str, str]]:
    """Connections that were refused, with the reason."""
    judged = [each for connection in ("service", "hub") for each in verdicts(tables, connection)]
    return {(each["server"], each["reason"]) for each in judged if not each["accepted"]}


@pytest.mark.parametrize("kind", KINDS)
def test_whole_procedure_secures_every_connection(kind: str) -> None:
    tables = play(deployed(kind))
    assert not refused(tables)
    assert set(reasons(tables["calls"])) == {"none"}
    assert tables["calls"]["delivered_s"].count() > 0


@pytest.mark.parametrize(
    ("kind", "step", "reason"),
    [
        ("self_signed", "install", "no_certificate"),
        ("self_signed", "import_on_gateways", "untrusted_self_signed"),
        ("self_signed", "import_on_servers", "untrusted_self_signed"),
        ("enterprise_pki", "request", "no_certificate"),
        ("enterprise_pki", "issue", "no_certificate"),
        ("enterprise_pki", "install", "no_certificate"),
        ("enterprise_pki", "import_on_gateways", "untrusted_issuer"),
        ("enterprise_pki", "import_on_servers", "untrusted_issuer"),
        ("third_party", "import_on_gateways", "untrusted_issuer"),
    ],
)
def test_step_left_out_is_refused_for_its_reason(kind: str, step: str, reason: str) -> None:
    """The lint's books tell the same reason."""
    scenario = deployed(kind, f", without: [{step}]")
    assert reason in {each.fault.reason for each in facts(scenario).refused}
    calls = play(scenario)["calls"]
    expected = "untrusted_self_signed" if reason == "no_certificate" else reason  # a UM server makes one for itself
    assert set(reasons(calls)) & {reason, expected}
    assert "none" not in reasons(calls)


def test_root_that_a_product_comes_with_need_not_be_imported_on_servers() -> None:
    assert set(reasons(play(deployed("third_party", ", without: [import_on_servers]"))["calls"])) == {"none"}


@pytest.mark.parametrize("kind", KINDS)
def test_late_import_works_from_its_time_on(kind: str) -> None:
    tables = play(deployed(kind, ", late: {import_on_gateways: 5 min}"))
    assert "none" not in reasons(arrived(tables, 0.0, 5 * MINUTE_S))
    assert set(reasons(arrived(tables, 5 * MINUTE_S))) == {"none"}


def test_late_issue_delays_installation_and_needs_the_restart() -> None:
    late = play(deployed("enterprise_pki", ", late: {issue: 4 min}"))
    assert set(reasons(arrived(late, 5 * MINUTE_S))) == {"none"}
    idle = play(deployed("enterprise_pki", ", late: {issue: 4 min}, without: [restart]"))
    assert "none" not in reasons(arrived(idle, 5 * MINUTE_S))


def test_each_step_leaves_its_event() -> None:
    tables = play(deployed("enterprise_pki"))
    logged = tables["events"].filter(pl.col("time_s") == 0.0)["event"].value_counts()
    counted = dict(logged.rows())
    steps = ("request_generated", "certificate_issued", "certificate_installed", "root_imported")
    assert [counted[step] for step in steps] == [3, 3, 3, 3]


def test_export_of_a_wrong_thumbprint_fails() -> None:
    entry = "timeline=[{at: 1 min, export_certificate: {node: um1, thumbprint: 'abcdef', on: [gw1]}}]"
    tables = play(small(entry))
    assert events(tables, "export_failed", "um1")["level"].to_list() == ["warning"]
    assert events(tables, "root_imported")["time_s"].max() == 0.0


def test_export_takes_the_certificate_of_its_thumbprint() -> None:
    """The thumbprint is the same in every run of the same seed and names."""
    of_um1 = play(small("certificates.um1={issuer: self, trusted_by: []}"))["certificates"]
    thumbprint = of_um1.filter(pl.col("node") == "um1")["thumbprint"].item()
    entry = f"timeline=[{{at: 5 min, export_certificate: {{node: um1, thumbprint: '{thumbprint}', on: [gw1, hub1]}}}}]"
    tables = play(small("certificates.um1={issuer: self, trusted_by: []}", entry))
    assert set(reasons(arrived(tables, 0.0, 5 * MINUTE_S))) == {"untrusted_self_signed"}
    assert set(reasons(arrived(tables, 5 * MINUTE_S))) == {"none"}


def test_certificate_installed_on_another_node_lacks_its_key() -> None:
    steps = [
        "at: 1 min, generate_request: {node: um1}",
        "at: 1 min, issue_certificate: {node: um1}",
        "at: 1 min, install_issued: {node: um1, on: gw1}",
        "at: 2 min, restart_service: {node: gw1}",
    ]
    timeline = f"timeline=[{', '.join(f'{{{step}}}' for step in steps)}]"
    tables = play(small("certificates.gw1=[]", timeline))
    assert tables["certificates"].filter(pl.col("node") == "gw1").height == 1
    assert set(reasons(arrived(tables, 2 * MINUTE_S + 10.0))) == {"no_certificate"}


def test_nothing_is_issued_without_a_request_or_installed_without_an_issue() -> None:
    entries = "timeline=[{at: 1 min, issue_certificate: {node: um1}}, {at: 2 min, install_issued: {node: um1}}]"
    tables = play(small(entries))
    assert events(tables, "issue_failed", "um1")["time_s"].to_list() == [MINUTE_S]
    assert events(tables, "install_failed", "um1")["time_s"].to_list() == [2 * MINUTE_S]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["", ", without: [install]", ", late: {install: 3 min}", ", late: {request: 2 min}"])
def test_lint_agrees_with_every_verdict_of_a_procedure(kind: str, fault: str) -> None:
    scenario = deployed(kind, fault, "populations.staff.calls_per_hour=12")
    known = facts(scenario).refused
    for connection in ("service", "hub"):
        for each in verdicts(play(scenario, engine="reference"), connection):
            told = {
                one.fault.reason
                for one in known
                if one.from_s <= each["time_s"] < one.until_s
                and (one.fault.client, one.fault.server) == (each["client"], each["server"])
            }
            assert each["reason"] in (told or {"none"}), (each, told)
