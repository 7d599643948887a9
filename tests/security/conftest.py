"""One authority, one IP gateway and one UM server that accept each other; a test replaces what its claim is about."""

from datetime import UTC, datetime, timedelta

import pytest
from trials import Trial

from sim.security.authority import Authority
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.trust import EndPoint

BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
END = datetime(2008, 12, 31, tzinfo=UTC)


@pytest.fixture(scope="session")
def at() -> datetime:
    """An instant at which all is valid."""
    return datetime(2007, 11, 5, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def ca() -> Authority:
    return Authority("ca1", 42, "p-256", BEGIN, BEGIN + timedelta(days=3650))


@pytest.fixture(scope="session")
def gateway(ca: Authority) -> EndPoint:
    """The IP gateway, a TLS client with a Web Server certificate."""
    credential = ca.issue("gw1.example.com", ["gw1.example.com"], ["serverAuth"], BEGIN, END, "p-256")
    return EndPoint(credential, (ca.certificate,), demands=("serverAuth",))


@pytest.fixture(scope="session")
def server(ca: Authority) -> EndPoint:
    """The UM server, a TLS server that accepts serverAuth of its client, as Exchange 2007 does."""
    credential = ca.issue("um1.example.com", ["um1.example.com", "um1"], ["serverAuth"], BEGIN, END, "p-256")
    return EndPoint(credential, (ca.certificate,), demands=("serverAuth",))


@pytest.fixture(params=["1.2", "modern"])
def policy(request: pytest.FixtureRequest) -> TlsPolicy:
    return POLICIES[request.param]


@pytest.fixture(params=[(role, tls) for role in ("client", "server") for tls in ("1.2", "modern")], ids=" ".join)
def trial(request: pytest.FixtureRequest) -> Trial:
    """A verifier as client and as server, under TLS 1.2 and 1.3."""
    return Trial(*request.param)
