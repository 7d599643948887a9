"""What administrators do with certificates is written down: it grows with pairs of ends, or with ends."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest
from estates import MINUTE_S, arrived, events, play, reasons, small

HOSTS = ("gw1", "um1", "hub1")


def done(*overrides: str) -> Counter[tuple[str, str]]:
    """Actions by what was done, with which kind of certificate."""
    table = play(small("populations.staff.calls_per_hour=12", *overrides))["actions"]
    return Counter(table.select(pl.col("action", "kind").cast(pl.String)).rows())


def test_one_root_is_imported_once_per_host() -> None:
    assert done() == {("install", "enterprise"): 3, ("import", "enterprise"): 3}


def test_self_signed_certificates_are_imported_by_pairs() -> None:
    each = ", ".join(f"{host}: {{issuer: self, trusted_by: all}}" for host in HOSTS)
    assert done(f"certificates={{{each}}}") == {("install", "self_signed"): 3, ("import", "self_signed"): 9}


def test_root_that_comes_with_a_product_is_no_import() -> None:
    found = done("nodes.ca1.type=third_party", "nodes.gw1.preinstalled_roots=true")
    assert found == {("install", "third_party"): 3}


def test_group_policy_is_one_action() -> None:
    nobody = ", ".join(f"{host}: {{trusted_by: []}}" for host in HOSTS)
    found = done(f"certificates={{{nobody}}}", "timeline=[{at: 1 min, group_policy: {root_of: ca1}}]")
    assert found == {("install", "enterprise"): 3, ("publish", "enterprise"): 1}


def test_certificate_that_a_server_makes_for_itself_is_no_action() -> None:
    assert done("certificates={um1: []}")["install", "self_signed"] == 0


@pytest.mark.parametrize(("kind", "price"), [("enterprise", 10.0), ("third_party", 200.0)])
def test_certificates_have_the_price_of_their_kind(kind: str, price: float) -> None:
    actions = play(small(f"nodes.ca1.type={kind}", "populations.staff.calls_per_hour=12"))["actions"]
    assert actions.filter(pl.col("action") == "install")["price"].to_list() == [price] * 3


def test_compromised_self_signed_certificate_is_trusted_where_nobody_removed_it() -> None:
    """There is no list that it could be on: the gateway removes it, the hub does not."""
    remove = "timeline=[{at: 5 min, distrust_certificate: {certificate_of: um1, on: [gw1]}}]"
    tables = play(small("certificates.um1={issuer: self}", remove))
    assert events(tables, "root_removed")["node"].to_list() == ["gw1"]
    assert set(reasons(arrived(tables, 0.0, 5 * MINUTE_S))) == {"none"}
    assert set(reasons(arrived(tables, 5 * MINUTE_S))) == {"untrusted_self_signed"}


def test_table_of_certificates_in_use_holds_what_event_1114_says() -> None:
    tables = play(small("timeline=[{at: 5 min, restart_service: {node: um1}}]"))
    logged = tables["events"].filter(pl.col("windows_event_id") == 1114)
    used = tables["in_use"]
    assert used["time_s"].to_list() == logged["time_s"].to_list()
    for message, row in zip(logged["message"], used.iter_rows(named=True), strict=True):
        assert f"serial number {row['serial']}, thumbprint {row['thumbprint']}" in message
        assert (row["issuer"], row["self_signed"]) == ("ca1", False)
