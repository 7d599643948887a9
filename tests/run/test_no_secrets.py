"""No private key of a run stands in its results, its report or its log."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sim import observations
from sim.report.figure import gather
from sim.report.page import write_report
from sim.scenario.load import load
from sim.security import keys
from sim.study.replicate import run_scenario

SCENARIO = Path(__file__).parents[2] / "scenarios/live_handshakes.yaml"


def forms(key: Any) -> set[str]:
    """How a key might be written."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    secret = key.private_numbers().private_value
    return {der.hex(), pem.splitlines()[1], f"{secret:x}", str(secret)}


def test_no_private_key_is_left_anywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made: list[keys.PrivateKey] = []
    private_key = keys.private_key

    def noting(*operands: Any) -> keys.PrivateKey:
        made.append(private_key(*operands))
        return made[-1]

    monkeypatch.setattr(keys, "private_key", noting)
    results = run_scenario(load(SCENARIO, ["run.duration=10 min", "timeline=[]", "expect=[]"]), root=tmp_path)
    page = write_report(gather(results)).read_text(encoding="utf-8")
    tables = [results.table(name).collect().write_csv() for name in observations.TABLES]
    manifest = (results.path / "manifest.json").read_text(encoding="utf-8")
    written = "\n".join([page, manifest, *tables, *capfd.readouterr()])
    secrets = {form for key in made for form in forms(key)}
    assert len(secrets) >= 4 * 4
    assert [secret for secret in secrets if secret in written] == []
    assert "PRIVATE KEY" not in written
    assert results.table("certificates").collect()["thumbprint"][0] in written, "what is public is there"
