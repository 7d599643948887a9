"""Product rows: facts and sources."""

from __future__ import annotations

import pytest

from sim.scenario.certificates import TEMPLATES
from sim.scenario.products import gateway_model, names, product


@pytest.mark.parametrize("kind", ["um_server", "ip_gateway"])
def test_every_value_of_every_row_has_a_source(kind: str) -> None:
    for name in names(kind):
        row = product(name) if kind == "um_server" else gateway_model(name)
        values = set(row.model_dump(by_alias=True, exclude_unset=True)) - {"name", "description", "sources"}
        assert set(row.sources) == values
        assert all(row.sources.values())


def test_secured_came_with_service_pack_1() -> None:
    assert "Secured" not in product("exchange2007_rtm").modes
    assert "Secured" in product("exchange2007_sp1").modes


def test_a_row_inherits_what_it_does_not_change() -> None:
    assert product("exchange2007_rtm").signalling_s == product("exchange2007_sp1").signalling_s == 0.00064


def test_65_calls_fill_four_cores_of_exchange() -> None:
    assert 65 * product("exchange2010").media_rtp_s_per_s == pytest.approx(4.0, rel=1e-3)


def test_self_signed_certificates_last_a_year_in_2007_and_five_since_2010() -> None:
    years = [product(name).self_signed_validity_s / (365 * 86_400) for name in ("exchange2007_sp1", "exchange2010")]
    assert years == [1.0, 5.0]


def test_the_ideal_product_costs_nothing() -> None:
    ideal = product("ideal")
    costs = [getattr(ideal, field) for field in (
        "signalling_s", "connection_s", "media_rtp_s_per_s", "media_srtp_s_per_s", "message_s", "notification_s",
        "logon_s", "speech_s", "hub_s",
    )]  # fmt: skip
    assert costs == [0.0] * 9
    assert ideal.infinite_patience
    assert ideal.latency_free


@pytest.mark.parametrize(
    ("model", "enough"),
    [("dialogic_1000", True), ("dialogic_3000", True), ("audiocodes", True), ("dialogic_2000", False),
     ("dialogic_4000", False)],
)  # fmt: skip
def test_the_web_server_template_is_enough_for_some_gateways(model: str, enough: bool) -> None:
    """Guide, "UM Dial Plans and VoIP Security in Exchange 2007 RTM", Important."""
    assert (set(gateway_model(model).demands_of_server) <= set(TEMPLATES["WebServer"].usages)) is enough


@pytest.mark.parametrize("model", names("ip_gateway"))
def test_the_computer_template_is_enough_for_every_gateway(model: str) -> None:
    assert set(gateway_model(model).demands_of_server) <= set(TEMPLATES["ComputerV3"].usages)


def test_an_unknown_row_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="exchange5"):
        product("exchange5")
