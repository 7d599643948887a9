"""What becomes of a peer's certificate, whichever end judges it and under TLS 1.2 and 1.3 alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trials import (
    AT,
    BEGIN,
    DAY,
    END,
    ISSUING,
    NAME,
    ROOT,
    STRANGER,
    VERIFIER,
    Trial,
    issued,
    issuing,
    peer,
    with_flipped_signature,
    with_other_text,
)

from sim.scenario import products
from sim.scenario.certificates import TEMPLATES
from sim.security.authority import self_signed
from sim.security.credential import Credential
from sim.security.policies import POLICIES
from sim.security.trust import judge

EXPIRED = "certificate_expired", 10, "tls alert certificate expired"
NOT_YET_VALID = "certificate_not_yet_valid", 9, "tls alert bad certificate"
UNKNOWN_ISSUER = "untrusted_issuer", 20, "tlsv1 alert unknown ca"
BAD_SIGNATURE = "bad_signature", 7, "tlsv1 alert decrypt error"
WRONG_USAGE = "wrong_usage", 26, "tls alert unsupported certificate"

USAGES = ((), ("serverAuth",), ("clientAuth",), ("serverAuth", "clientAuth"))


def own(*, expired: bool = False) -> Credential:
    """A self-signed certificate."""
    return self_signed(NAME, 42, [NAME], "p-256", BEGIN, AT - DAY if expired else END)


def without_chain(credential: Credential) -> Credential:
    return replace(credential, chain=())


def test_valid_certificate_is_accepted(trial: Trial) -> None:
    assert trial.accepts(VERIFIER, peer(issued(ROOT)))


# -- validity


def test_expired_certificate_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(2): the validity includes the current time."""
    assert trial.refusal(VERIFIER, peer(issued(ROOT, end=AT - DAY))) == EXPIRED


def test_certificate_not_yet_valid_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(2)."""
    assert trial.refusal(VERIFIER, peer(issued(ROOT, begin=AT + DAY))) == NOT_YET_VALID


def test_expired_issuing_ca_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(2) holds for every certificate in the path."""
    assert trial.refusal(VERIFIER, peer(issued(issuing(end=AT - DAY)))) == EXPIRED


def test_issuing_ca_not_yet_valid_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(2) holds for every certificate in the path."""
    assert trial.refusal(VERIFIER, peer(issued(issuing(begin=AT + DAY)))) == NOT_YET_VALID


# -- paths


def test_unknown_authority_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.1 (d): a path begins at a trust anchor."""
    assert trial.refusal(VERIFIER, peer(issued(STRANGER))) == UNKNOWN_ISSUER


def test_unknown_authority_is_refused_when_its_root_is_sent_along(trial: Trial) -> None:
    """RFC 5246 section 7.4.2: the root may be sent, and that makes it no anchor."""
    sent = replace(issued(STRANGER), chain=(STRANGER.certificate,))
    assert trial.refusal(VERIFIER, peer(sent)) == ("untrusted_issuer", 19, "tlsv1 alert unknown ca")


def test_issuing_ca_below_an_unknown_root_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.1 (d): a path begins at a trust anchor."""
    verifier = replace(VERIFIER, roots=(STRANGER.certificate,))
    assert trial.refusal(verifier, peer(issued(ISSUING))) == UNKNOWN_ISSUER


def test_path_of_three_certificates_is_accepted(trial: Trial) -> None:
    """RFC 8446 section 4.4.2: the end entity's certificate first, then its issuer's; the root may be left out."""
    assert len(issued(ISSUING).chain) == 1
    assert trial.accepts(VERIFIER, peer(issued(ISSUING)))


def test_missing_issuing_ca_is_refused(trial: Trial) -> None:
    """RFC 8446 section 4.4.2: the sender includes what leads to the anchor."""
    assert trial.refusal(VERIFIER, peer(without_chain(issued(ISSUING)))) == UNKNOWN_ISSUER


def test_issuing_ca_that_was_not_sent_may_be_held_by_the_verifier(trial: Trial) -> None:
    """RFC 5280 section 6.1: how the path was put together does not matter."""
    verifier = replace(VERIFIER, roots=(ROOT.certificate, ISSUING.certificate))
    assert trial.accepts(verifier, peer(without_chain(issued(ISSUING))))


def test_issuing_ca_that_only_the_senders_store_holds_is_not_sent(trial: Trial) -> None:
    """Left alone, OpenSSL would complete the path from the sender's trusted roots, and the fault would not show."""
    judged = replace(peer(without_chain(issued(ISSUING))), roots=(ROOT.certificate, ISSUING.certificate))
    assert trial.refusal(VERIFIER, judged) == UNKNOWN_ISSUER


@pytest.mark.parametrize("sent", [True, False], ids=["sent", "not sent"])
def test_issuing_ca_in_the_store_without_its_root_is_no_anchor(trial: Trial, *, sent: bool) -> None:
    """OpenSSL takes only self-signed certificates as anchors (X509_V_FLAG_PARTIAL_CHAIN unset)."""
    presented = issued(ISSUING) if sent else without_chain(issued(ISSUING))
    verifier = replace(VERIFIER, roots=(ISSUING.certificate,))
    assert trial.refusal(verifier, peer(presented)) == ("untrusted_issuer", 2, "tlsv1 alert unknown ca")


def test_issuing_ca_in_the_store_is_an_anchor_of_a_partial_chain(trial: Trial) -> None:
    """RFC 5280 section 6.1.1 (d): an anchor need not be self-signed."""
    verifier = replace(VERIFIER, roots=(ISSUING.certificate,), partial_chain=True)
    assert trial.accepts(verifier, peer(without_chain(issued(ISSUING))))


def test_issued_certificate_in_the_store_is_no_anchor(trial: Trial) -> None:
    """OpenSSL takes only self-signed certificates as anchors (X509_V_FLAG_PARTIAL_CHAIN unset)."""
    verifier = replace(VERIFIER, roots=(issued(ROOT).certificate,))
    assert trial.refusal(verifier, peer(issued(ROOT))) == UNKNOWN_ISSUER


def test_issued_certificate_in_the_store_is_an_anchor_of_a_partial_chain(trial: Trial) -> None:
    """RFC 5280 section 6.1.1 (d): an anchor need not be self-signed."""
    verifier = replace(VERIFIER, roots=(issued(ROOT).certificate,), partial_chain=True)
    assert trial.accepts(verifier, peer(issued(ROOT)))


# -- self-signed


def test_self_signed_certificate_is_refused_unless_imported(trial: Trial) -> None:
    """Guide, "Self-Signed Certificates": it must be copied to the peer's store of trusted roots."""
    assert trial.refusal(VERIFIER, peer(own())) == ("untrusted_self_signed", 18, "tlsv1 alert unknown ca")


def test_imported_self_signed_certificate_is_accepted(trial: Trial) -> None:
    """RFC 5280 section 6.1: the anchor may be the end entity itself, locally configured."""
    assert trial.accepts(replace(VERIFIER, roots=(own().certificate,)), peer(own()))


def test_imported_self_signed_certificate_expires_all_the_same(trial: Trial) -> None:
    """RFC 5280 section 4.1.2.5."""
    old = own(expired=True)
    assert trial.refusal(replace(VERIFIER, roots=(old.certificate,)), peer(old)) == EXPIRED


# -- altered certificates


def test_flipped_bit_of_the_issuers_signature_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(1): dates, names and usages are untouched, the signature alone decides."""
    altered = replace(issued(ROOT), certificate=with_flipped_signature(issued(ROOT).certificate))
    assert trial.refusal(VERIFIER, peer(altered)) == BAD_SIGNATURE


def test_altered_name_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(1): the signature was made of another name."""
    altered = replace(issued(ROOT), certificate=with_other_text(issued(ROOT).certificate, b"peer", b"beer"))
    assert trial.refusal(VERIFIER, peer(altered)) == BAD_SIGNATURE


def test_flipped_bit_of_the_signature_below_an_issuing_ca_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(1)."""
    altered = replace(issued(ISSUING), certificate=with_flipped_signature(issued(ISSUING).certificate))
    assert trial.refusal(VERIFIER, peer(altered)) == BAD_SIGNATURE


def test_flipped_bit_of_the_signature_of_an_issuing_ca_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(1) holds for every certificate in the path."""
    altered = replace(issued(ISSUING), chain=(with_flipped_signature(ISSUING.certificate),))
    assert trial.refusal(VERIFIER, peer(altered)) == BAD_SIGNATURE


def test_altered_issuing_ca_is_refused(trial: Trial) -> None:
    """RFC 5280 section 6.1.3 (a)(1): its validity was extended by ten years, and its signature was not made of that."""
    old = issuing(end=AT - DAY).certificate
    altered = with_other_text(old, f"{AT - DAY:%y%m%d}".encode(), f"17{AT - DAY:%m%d}".encode())
    assert altered.not_valid_after_utc > AT
    assert trial.refusal(VERIFIER, peer(replace(issued(ISSUING), chain=(altered,)))) == BAD_SIGNATURE


# -- usages


@pytest.mark.parametrize("demands", USAGES, ids="+".join)
@pytest.mark.parametrize("usages", USAGES, ids="+".join)
def test_every_demanded_usage_must_be_there(trial: Trial, usages: tuple[str, ...], demands: tuple[str, ...]) -> None:
    """RFC 5280 section 4.2.1.12; no extension satisfies every demand, and no demand takes every certificate."""
    verifier, judged = replace(VERIFIER, demands=demands), peer(issued(ROOT, usages=usages))
    if not usages or set(demands) <= set(usages):
        assert trial.accepts(verifier, judged)
    else:
        assert trial.refusal(verifier, judged) == WRONG_USAGE


GATEWAYS = {
    "dialogic_1000": ("serverAuth",),
    "dialogic_2000": ("serverAuth", "clientAuth"),
    "dialogic_3000": ("serverAuth",),
    "dialogic_4000": ("serverAuth", "clientAuth"),
    "audiocodes": ("serverAuth",),
}


@pytest.mark.parametrize("template", ["WebServer", "ComputerV3"])
@pytest.mark.parametrize("model", GATEWAYS)
def test_gateways_differ_in_the_template_that_they_accept(trial: Trial, model: str, template: str) -> None:
    """Guide, "UM Dial Plans and VoIP Security": Dialogic 2000 and 4000 need server and client authentication."""
    row = products.gateway_model(model)
    demands = row.demands_of_server if trial.role == "client" else row.demands_of_client
    judged = peer(issued(ROOT, usages=TEMPLATES[template].usages))
    fits = set(GATEWAYS[model]) <= set(TEMPLATES[template].usages)
    assert trial.accepts(replace(VERIFIER, demands=demands), judged) == fits


@pytest.mark.parametrize(
    ("name", "accepted"), [("exchange2007_rtm", True), ("exchange2007_sp1", True), ("asterisk22", False)]
)
@pytest.mark.parametrize("tls", ["1.2", "modern"])
def test_servers_differ_in_taking_a_web_server_certificate_of_a_client(name: str, tls: str, *, accepted: bool) -> None:
    """Exchange 2007 takes serverAuth in either role; OpenSSL's default demands clientAuth of a client (error 26)."""
    server = replace(VERIFIER, demands=products.product(name).demands_of_client)
    verdict = judge(peer(issued(ROOT, usages=("serverAuth",))), server, POLICIES[tls], AT)
    assert (verdict.accepted, verdict.openssl_error) == (accepted, 0 if accepted else 26)


# -- no certificate


@pytest.mark.parametrize(
    ("tls", "alert"), [("1.2", "tls alert handshake failure"), ("modern", "tlsv13 alert certificate required")]
)
def test_client_without_certificate_is_refused(tls: str, alert: str) -> None:
    """RFC 5246 section 7.4.6, RFC 8446 section 4.4.2.4."""
    verdict = judge(peer(None), VERIFIER, POLICIES[tls], AT)
    assert (verdict.refused_by, verdict.reason, verdict.alert) == ("server", "no_certificate", alert)
    assert verdict.openssl_text == "peer did not return a certificate"


@pytest.mark.parametrize(
    ("tls", "alert"), [("1.2", "tls alert handshake failure"), ("modern", "tlsv1 alert protocol version")]
)
def test_server_without_certificate_cannot_accept(tls: str, alert: str) -> None:
    """RFC 5246 section 7.4.2, RFC 8446 section 4.4.2: a server always sends one; it fails itself before it could."""
    verdict = judge(VERIFIER, peer(None), POLICIES[tls], AT)
    assert (verdict.refused_by, verdict.reason, verdict.alert) == ("server", "no_certificate", alert)
