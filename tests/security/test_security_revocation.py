"""Lists of revoked certificates: missing, out of date, naming the peer; and what an end forgives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from trials import AT, BEGIN, DAY, END, ISSUING, NAME, ROOT, STRANGER, VERIFIER, Trial, issued, issuing, peer, root

from sim.security.authority import Authority, self_signed
from sim.security.credential import RevocationList
from sim.security.trust import EndPoint

REVOKED = "certificate_revoked", 23, "tls alert certificate revoked"
UNAVAILABLE = "crl_unavailable", 3, "tlsv1 alert unknown ca"
OUT_OF_DATE = "crl_expired", 12, "tls alert certificate expired"

LEAF = issued(ROOT)
FRESH, STALE = AT - DAY, AT - 8 * DAY
"""When a list was made: it holds for seven days."""


def list_of(ca: Authority, made: datetime = FRESH, naming: x509.Certificate | None = None) -> RevocationList:
    """A list of an authority that has revoked nothing yet, with one name on it or none."""
    if naming is not None:
        ca.revoke(naming, made - DAY)
    return ca.crl(made, 7 * DAY)


def looking(revocation: str, *lists: RevocationList) -> EndPoint:
    """The verifier, with these lists and what it does about them."""
    return replace(VERIFIER, revocation=revocation, crls=lists)


# -- what the list says


@pytest.mark.parametrize("revocation", ["soft_fail", "hard_fail"])
def test_certificate_on_the_list_is_refused(trial: Trial, revocation: str) -> None:
    """RFC 5280 section 6.3.3 (l)."""
    verifier = looking(revocation, list_of(root(), naming=LEAF.certificate))
    assert trial.refusal(verifier, peer(LEAF)) == REVOKED


@pytest.mark.parametrize("revocation", ["soft_fail", "hard_fail"])
def test_certificate_that_is_not_on_the_list_is_accepted(trial: Trial, revocation: str) -> None:
    """RFC 5280 section 6.3.3: the status is unrevoked."""
    assert trial.accepts(looking(revocation, list_of(root(), naming=VERIFIER.roots[0])), peer(LEAF))


@pytest.mark.parametrize("made", [FRESH, STALE], ids=["fresh", "stale"])
def test_end_that_does_not_look_accepts_what_the_list_names(trial: Trial, made: datetime) -> None:
    """RFC 5280 section 6.3: checking revocation is the verifier's choice."""
    assert trial.accepts(looking("none", list_of(root(), made, LEAF.certificate)), peer(LEAF))


@pytest.mark.parametrize("revocation", ["soft_fail", "hard_fail"])
def test_list_made_before_the_revocation_does_not_show_it(trial: Trial, revocation: str) -> None:
    """RFC 5280 section 3.3: revocation is seen no sooner than in the next list."""
    ca = root()
    ca.revoke(LEAF.certificate, AT)
    assert trial.accepts(looking(revocation, ca.crl(AT - DAY, 7 * DAY)), peer(LEAF))


@pytest.mark.parametrize("revocation", ["soft_fail", "hard_fail"])
def test_altered_list_is_refused(trial: Trial, revocation: str) -> None:
    """RFC 5280 section 6.3.3 (g): a list with a bad signature is no missing list, which a soft end would forgive."""
    der = bytearray(list_of(root()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    verifier = looking(revocation, x509.load_der_x509_crl(bytes(der)))
    assert trial.refusal(verifier, peer(LEAF)) == ("bad_signature", 8, "tlsv1 alert decrypt error")


# -- lists missing and out of date


@pytest.mark.parametrize("revocation", ["none", "soft_fail"])
def test_missing_list_is_forgiven(trial: Trial, revocation: str) -> None:
    """What browsers and most servers do (soft-fail)."""
    assert trial.accepts(looking(revocation), peer(LEAF))


def test_missing_list_is_refused_where_nothing_is_forgiven(trial: Trial) -> None:
    """RFC 5280 section 6.3.3: the status stays undetermined."""
    assert trial.refusal(looking("hard_fail"), peer(LEAF)) == UNAVAILABLE


@pytest.mark.parametrize("revocation", ["none", "soft_fail"])
def test_list_of_another_authority_is_as_good_as_none(trial: Trial, revocation: str) -> None:
    """RFC 5280 section 6.3.3 (b): the list's issuer is the certificate's."""
    assert trial.accepts(looking(revocation, list_of(STRANGER)), peer(LEAF))


def test_list_of_another_authority_does_not_help_where_nothing_is_forgiven(trial: Trial) -> None:
    """RFC 5280 section 6.3.3 (b): the list's issuer is the certificate's."""
    assert trial.refusal(looking("hard_fail", list_of(STRANGER)), peer(LEAF)) == UNAVAILABLE


@pytest.mark.parametrize("revocation", ["none", "soft_fail"])
def test_list_past_its_next_update_is_forgiven(trial: Trial, revocation: str) -> None:
    """What browsers and most servers do (soft-fail)."""
    assert trial.accepts(looking(revocation, list_of(root(), STALE)), peer(LEAF))


def test_list_past_its_next_update_is_refused_where_nothing_is_forgiven(trial: Trial) -> None:
    """RFC 5280 section 5.1.2.5."""
    assert trial.refusal(looking("hard_fail", list_of(root(), STALE)), peer(LEAF)) == OUT_OF_DATE


def test_certificate_on_a_list_past_its_next_update_is_refused_all_the_same(trial: Trial) -> None:
    """A revocation is for good (RFC 5280 section 3.3), but for a hold, which nobody here makes."""
    verifier = looking("soft_fail", list_of(root(), STALE, LEAF.certificate))
    assert trial.refusal(verifier, peer(LEAF)) == REVOKED


def test_age_of_a_list_comes_before_its_names_where_nothing_is_forgiven(trial: Trial) -> None:
    """OpenSSL judges the list before it reads it (measured)."""
    verifier = looking("hard_fail", list_of(root(), STALE, LEAF.certificate))
    assert trial.refusal(verifier, peer(LEAF)) == OUT_OF_DATE


def test_list_not_yet_valid_is_forgiven(trial: Trial) -> None:
    """A verifier whose clock is behind still knows whom it names."""
    assert trial.accepts(looking("soft_fail", list_of(root(), AT + DAY)), peer(LEAF))


def test_list_not_yet_valid_is_refused_where_nothing_is_forgiven(trial: Trial) -> None:
    """RFC 5280 section 5.1.2.4: thisUpdate; OpenSSL 11, "CRL is not yet valid"."""
    verifier = looking("hard_fail", list_of(root(), AT + DAY))
    assert trial.refusal(verifier, peer(LEAF)) == ("crl_unavailable", 11, "tls alert bad certificate")


# -- the whole path


@pytest.mark.parametrize("revocation", ["soft_fail", "hard_fail"])
def test_revoked_issuing_ca_is_refused(trial: Trial, revocation: str) -> None:
    """RFC 5280 section 6.1.3 (a)(3): no certificate in the path is revoked."""
    lists = list_of(root(), naming=ISSUING.certificate), list_of(issuing())
    assert trial.refusal(looking(revocation, *lists), peer(issued(ISSUING))) == REVOKED


@pytest.mark.parametrize("revocation", ["soft_fail", "hard_fail"])
def test_certificate_that_a_list_of_its_issuing_ca_names_is_refused(trial: Trial, revocation: str) -> None:
    """RFC 5280 section 6.3.3 (l)."""
    lists = list_of(root()), list_of(issuing(), naming=issued(ISSUING).certificate)
    assert trial.refusal(looking(revocation, *lists), peer(issued(ISSUING))) == REVOKED


def test_revoked_issuing_ca_is_refused_though_its_own_list_is_missing(trial: Trial) -> None:
    """The missing list of the lower one does not hide what the upper one says."""
    verifier = looking("soft_fail", list_of(root(), naming=ISSUING.certificate))
    assert trial.refusal(verifier, peer(issued(ISSUING))) == REVOKED


def test_end_that_does_not_look_accepts_a_revoked_issuing_ca(trial: Trial) -> None:
    """RFC 5280 section 6.3: checking revocation is the verifier's choice."""
    assert trial.accepts(looking("none", list_of(root(), naming=ISSUING.certificate)), peer(issued(ISSUING)))


@pytest.mark.parametrize("revocation", ["soft_fail", "hard_fail"])
def test_path_of_which_every_list_is_at_hand_is_accepted(trial: Trial, revocation: str) -> None:
    """RFC 5280 section 6.1.3 (a)(3); the root is on no list, and none is missed."""
    assert trial.accepts(looking(revocation, list_of(root()), list_of(issuing())), peer(issued(ISSUING)))


@pytest.mark.parametrize("held", [root(), issuing()], ids=["of the issuing CA", "of the root"])
def test_one_missing_list_is_forgiven(trial: Trial, held: Authority) -> None:
    """What browsers and most servers do (soft-fail)."""
    assert trial.accepts(looking("soft_fail", list_of(held)), peer(issued(ISSUING)))


@pytest.mark.parametrize("held", [root(), issuing()], ids=["of the issuing CA", "of the root"])
def test_one_missing_list_is_refused_where_nothing_is_forgiven(trial: Trial, held: Authority) -> None:
    """RFC 5280 section 6.1.3 (a)(3): the status of every certificate in the path is determined."""
    assert trial.refusal(looking("hard_fail", list_of(held)), peer(issued(ISSUING))) == UNAVAILABLE


def test_old_list_of_the_root_is_refused_where_nothing_is_forgiven(trial: Trial) -> None:
    """RFC 5280 section 5.1.2.5 holds for every list of the path."""
    verifier = looking("hard_fail", list_of(root(), STALE), list_of(issuing()))
    assert trial.refusal(verifier, peer(issued(ISSUING))) == OUT_OF_DATE


@pytest.mark.parametrize("revocation", ["none", "soft_fail", "hard_fail"])
def test_imported_self_signed_certificate_needs_no_list(trial: Trial, revocation: str) -> None:
    """Nobody could revoke it: its holder has no list, and a stolen key would sign any (ours)."""
    own = self_signed(NAME, 42, [NAME], "p-256", BEGIN, END)
    assert trial.accepts(replace(looking(revocation), roots=(own.certificate,)), peer(own))
