"""Mailbox servers and domain controllers: what calls find when they are down, and how they are reached."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from estates import arrived, events, play, reasons, small

from sim.manifest import LinkProtection
from sim.scenario.schema import Scenario
from sim.study.replicate import run_scenario

ROLES = ("nodes.mbx1={kind: mailbox}", "nodes.dc1={kind: domain_controller}")


def with_roles(*overrides: str) -> Scenario:
    return small(*ROLES, *overrides)


def down(*nodes: str) -> str:
    return f"timeline=[{', '.join(f'{{at: 5 min, node_down: {{node: {node}}}}}' for node in nodes)}]"


def of_class(calls: pl.DataFrame, call_class: str) -> pl.DataFrame:
    return calls.filter(pl.col("call_class") == call_class)


def test_calls_are_the_same_while_everything_is_up() -> None:
    assert play(small())["calls"].equals(play(with_roles())["calls"])


def test_calls_hear_the_generic_greeting_while_the_mailbox_server_is_down() -> None:
    """Exchange help, "UM availability": calls are still answered, and messages go to Hub Transport."""
    calls = arrived(play(with_roles(down("mbx1"))), 300.0)
    answered = of_class(calls, "call_answering")
    assert set(reasons(answered)) == {"generic_greeting"}
    assert set(answered["outcome"]) <= {"completed", "in_progress"}
    assert answered["delivered_s"].null_count() <= 2


def test_nobody_listens_to_messages_while_the_mailbox_server_is_down() -> None:
    calls = arrived(play(with_roles(down("mbx1"))), 300.0)
    assert set(reasons(of_class(calls, "subscriber_access"))) == {"no_mailbox"}


def test_one_of_two_mailbox_servers_is_enough() -> None:
    calls = play(with_roles("nodes.mbx2={kind: mailbox}", down("mbx1")))["calls"]
    assert set(reasons(calls)) == {"none"}


def test_no_call_is_taken_while_the_directory_is_down() -> None:
    calls = arrived(play(with_roles(down("dc1"))), 300.0)
    assert set(reasons(calls)) == {"no_directory"}
    assert calls["setup_s"].null_count() == len(calls)


def test_the_mailbox_server_that_comes_back_has_its_greetings_again() -> None:
    tables = play(with_roles("timeline=[{at: 2 min, node_down: {node: mbx1, for: 2 min}}]"))
    assert set(reasons(arrived(tables, 240.0))) == {"none"}


@pytest.mark.parametrize("node", ["mbx1", "dc1"])
def test_a_link_in_clear_is_told(node: str) -> None:
    assert events(play(with_roles()), "link_in_clear").is_empty()
    assert events(play(with_roles(f"nodes.{node}.protection=none")), "link_in_clear")["node"].to_list() == [node]


def test_the_manifest_tells_how_links_without_verdicts_are_protected(tmp_path: Path) -> None:
    results = run_scenario(with_roles("run.duration=1 min"), root=tmp_path, engine="reference")
    assert results.manifest.links == (
        LinkProtection("um1", "dc1", "LDAP", "ldap_signed"),
        LinkProtection("hub1", "mbx1", "MAPI RPC", "rpc_kerberos"),
        LinkProtection("um1", "mbx1", "MAPI RPC", "rpc_kerberos"),
    )
