"""Two ends may have TLS policies of their own."""

from __future__ import annotations

import pytest
from estates import events, play, reasons, small, verdicts


@pytest.mark.parametrize(("client", "server"), [("1.2", "modern"), ("modern", "1.2"), ("exchange2007", "1.2")])
def test_policies_without_a_version_in_common_end_the_handshake(client: str, server: str) -> None:
    """RFC 5246 appendix E.1: a server that takes none of the versions offered ends with protocol_version."""
    tables = play(small(f'nodes.gw1.tls="{client}"', f'nodes.um1.tls="{server}"', "crypto.key=rsa-2048"))
    assert set(reasons(tables["calls"])) == {"protocol_mismatch"}
    assert set(events(tables, "handshake_failed", "um1")["windows_event_id"]) == {1113}


@pytest.mark.parametrize(
    ("client", "server", "key"),
    [("teams_direct_routing", "1.2", "rsa-2048"), ("1.2", "teams_direct_routing", "rsa-2048")],
)
def test_policies_of_one_version_find_a_suite(client: str, server: str, key: str) -> None:
    """RFC 5246 section 7.4.1.3: the server picks one of the suites that both have."""
    tables = play(small(f'nodes.gw1.tls="{client}"', f'nodes.um1.tls="{server}"', f"crypto.key={key}"))
    assert verdicts(tables)[0]["accepted"]


def test_each_connection_is_judged_by_its_own_ends() -> None:
    tables = play(small("nodes.hub1.tls=modern"))
    assert verdicts(tables, "service")[0]["accepted"]
    assert verdicts(tables, "hub")[0]["reason"] == "protocol_mismatch"
