"""The page of a cost profile: its figures are the profile's, and it is as safe as a report."""

from __future__ import annotations

import dataclasses
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from profiles import empty, handshake, packet, small
from rich.console import Console

from sim.api import Costs
from sim.errors import ResultsError
from sim.report.cost_marks import Mark, marks
from sim.report.crypto_figures import COST_FIGURES
from sim.report.crypto_page import HEADINGS, crypto_html, write_crypto_page
from sim.report.crypto_rows import explained, handshakes, noise_text
from sim.report.crypto_table import crypto_tables
from sim.report.notebook import plotly_figure
from sim.report.plot import Plot, Trace
from sim.security import cost_profile
from sim.security.cost_profile import CostProfile
from sim.security.costs import WorkCost

ROOT = Path(__file__).parents[2]
INJECTION = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"
REFERENCE = cost_profile.load("reference")


def plot(profile: CostProfile, heading: str) -> Plot:
    drawn = COST_FIGURES[heading](profile).plot
    assert drawn is not None
    return drawn


def trace(profile: CostProfile, heading: str, name: str) -> Trace:
    return next(each for each in plot(profile, heading).data if each["name"] == name)


def row(profile: CostProfile, heading: str, *begins: str, table: int = 0) -> dict[str, str]:
    """A row of a figure's table by its first cells."""
    found = COST_FIGURES[heading](profile).tables[table]
    cells = next(each for each in found.rows if each[: len(begins)] == begins)
    return dict(zip(found.columns, cells, strict=True))


def printed(profile: CostProfile) -> str:
    console = Console(width=100, record=True, file=StringIO())
    console.print(crypto_tables(profile))
    return console.export_text()


# -- figures


@pytest.mark.parametrize("kind", cost_profile.KINDS)
@pytest.mark.parametrize("role", ["client", "server"])
def test_every_handshake_is_drawn_with_its_cpu(kind: str, role: str) -> None:
    drawn = trace(REFERENCE, "Handshakes", f"{role}, {kind}")
    expected = {
        f"{tls} {key}": getattr(cost, f"{role}_us")
        for (tls, key, of, *variation), cost in REFERENCE.cells.items()
        if of == kind and not variation
    }
    assert dict(zip(drawn["y"], drawn["x"], strict=True)) == expected


def test_table_of_handshakes_tells_bytes_round_trips_and_rate() -> None:
    cells = row(small(), "Handshakes", "modern", "p-256", "full")
    assert cells["client sends, bytes"] == "900"
    assert cells["server sends, bytes"] == "2,300"
    assert cells["round trips"] == "1"
    assert cells["server: per s and core"] == "1,667"  # 1 s / 600 us
    assert cells["noise"] == "10 %"


def test_noise_of_a_mark_is_a_factor_in_both_directions() -> None:
    drawn = marks([Mark("a", 100.0, 0.25), Mark("b", 100.0, 0.0)], "name", "#000000", "circle", "us")
    assert drawn["error_x"]["array"] == [25.0, None]
    assert drawn["error_x"]["arrayminus"] == [20.0, None]


def test_variation_is_the_difference_to_its_base_with_both_noises() -> None:
    drawn = trace(small(), "Variations of a handshake", "server")
    assert drawn["x"] == [120.0]
    assert drawn["error_x"]["array"] == pytest.approx([600.0 * 0.1 + 720.0 * 0.05])
    assert row(small(), "Variations of a handshake", "chain 3")["client sends, bytes"] == "+0"


def test_variation_whose_base_was_not_measured_is_left_out() -> None:
    alone = small(cells={("modern", "p-256", "full", "chain 3"): handshake(1.0, 1.0)})
    assert handshakes(alone, variations=True) == []


def test_primitives_of_a_handshake_add_up() -> None:
    """A mutual handshake signs once and verifies certificate and signature of the peer (RFC 8446 section 4.4)."""
    server = next(each for each in explained(small()) if each.role == "server")
    assert sum(server.parts_us.values()) == 30.0 + 2 * 80.0 + 50.0
    assert server.share["mean"] == pytest.approx(240.0 / 600.0)
    assert server.share["half_width"] == pytest.approx(240.0 / 600.0 * (0.1 + 0.1))


def test_hybrid_group_adds_what_each_end_does_of_ml_kem() -> None:
    """The client generates and decapsulates, the server encapsulates."""
    ml_kem = {"generate key": 100.0, "encapsulate": 40.0, "decapsulate": 30.0}
    work = small().work | {(what, "ML-KEM-768"): WorkCost(us, 0, 0.1) for what, us in ml_kem.items()}
    hybrid = small(cells={("post_quantum", "p-256", "full"): handshake(700.0, 700.0)}, work=work)
    exchange = {each.role: each.parts_us["key exchange"] for each in explained(hybrid)}
    assert exchange == {"client": 50.0 + 100.0 + 30.0, "server": 50.0 + 40.0}


@pytest.mark.parametrize("tls", ["1.2", "of somebody else"])
def test_only_handshakes_of_tls_1_3_are_explained(tls: str) -> None:
    assert explained(small(cells={(tls, "p-256", "full"): handshake(1.0, 1.0)})) == []


def test_shares_of_a_handshake_fill_it_unless_noise_makes_them_exceed_it() -> None:
    for profile, expected in ((small(), 100.0), (small(cells={("modern", "p-256", "full"): handshake(9, 200)}), 120.0)):
        server = sum(each["x"][1] for each in plot(profile, "What a handshake is made of").data)
        assert server == pytest.approx(expected)


def test_packets_tell_rate_and_payload() -> None:
    cells = row(small(), "Packets", "SRTP", "AES_CM_128_HMAC_SHA1_80", "g711", "protect")
    assert cells["packets/s and core"] == "500,000"  # 1 s / 2 us
    assert cells["payload, Gbit/s and core"] == "0.640"  # 160 bytes each
    assert cells["packets/s, all cores"] == "700,000"
    assert (cells["C library, us"], cells["limit, us"], cells["naive, us"]) == ("1", "0.100", "10")


def test_calls_protect_and_unprotect_50_packets_a_second() -> None:
    """G.711 every 20 ms; 2 us and 3 us from Python, 1 us each by the C library."""
    assert trace(small(), "Calls per core", "from Python")["x"] == pytest.approx([1e6 / 5 / 50, 1e6 / 6 / 50])
    assert trace(small(), "Calls per core", "C library")["x"] == pytest.approx([1e6 / 2 / 50])


def test_bytes_on_the_wire_are_those_of_the_profile() -> None:
    """SRTP leaves the UDP header in the clear; ESP protects it (RFC 4303 section 3.1.1)."""
    totals = [
        sum(sizes) for sizes in zip(*(each["x"] for each in plot(small(), "Bytes on the wire").data), strict=True)
    ]
    assert totals == [160 + 12 + 8, 182 + 8, 216]


def test_work_is_drawn_with_its_cpu() -> None:
    drawn = {
        (each["name"], key): us
        for each in plot(REFERENCE, "Keys and certificates").data
        for key, us in zip(each["y"], each["x"], strict=True)
    }
    for (what, of), cost in REFERENCE.work.items():
        assert drawn.get((what, of), drawn.get(("other work", f"{what} {of}"))) == cost.us


def test_noise_of_one_round_is_not_claimed_to_be_none() -> None:
    assert row(small(), "Keys and certificates", "generate key", "rsa-4096")["noise"] == "-"
    assert (noise_text(0.0), noise_text(0.025), noise_text(2.5)) == ("-", "2.5 %", "250 %")


@pytest.mark.parametrize("heading", COST_FIGURES)
def test_plotly_knows_all_that_a_figure_of_costs_says(heading: str) -> None:
    drawn = plot(REFERENCE, heading)
    assert len(plotly_figure(drawn).data) == len(drawn.data)


def test_notebook_has_the_figures_of_the_page() -> None:
    assert list(Costs(REFERENCE).figures) == list(COST_FIGURES)
    assert "modern" in Costs(small())._repr_html_()


# -- page


def test_sections_are_those_of_docs_crypto() -> None:
    text = (ROOT / "docs/crypto.md").read_text(encoding="utf-8").split("| section | what it shows |\n|---|---|\n")[1]
    documented = re.findall(r"^\| ([^|]+) \|", text.split("\n\n")[0], re.MULTILINE)
    assert re.findall(r"<h2>(.+)</h2>", crypto_html(small())) == documented == list(HEADINGS)


def test_page_of_costs_fetches_nothing() -> None:
    html = crypto_html(REFERENCE)
    links = re.findall(r'(?:src|href|action)="([^"]*)"', html.split("<script", 1)[0])
    assert links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "default-src 'none'" in html


def test_same_profile_gives_the_same_bytes() -> None:
    assert crypto_html(small()) == crypto_html(small())


def hostile() -> CostProfile:
    """Whatever a profile's file can say, says something evil."""
    return small(
        name=INJECTION,
        cpu=INJECTION,
        versions={INJECTION: INJECTION},
        notes=(INJECTION,),
        warnings=(INJECTION,),
        cells={(INJECTION, INJECTION, "full"): handshake(1.0, 2.0)},
        srtp={(INJECTION, INJECTION, operation): packet(1.0) for operation in ("protect", "unprotect")},
        work={("sign", INJECTION): WorkCost(1.0, 0, 0.1)},
    )


def test_profile_cannot_inject() -> None:
    html = crypto_html(hostile())
    assert html.count("<script") == crypto_html(small()).count("<script")
    assert "<img" not in html
    assert "{{ 7 * 7 }}" in html


def test_profile_cannot_inject_into_the_texts_of_plots() -> None:
    html = crypto_html(hostile())
    plots = html.split('<script type="application/json" id="plots">')[1].split("</script>")[0]
    assert "<" not in plots
    texts = json.dumps(json.loads(plots)["handshakes"])
    assert "&lt;img" in texts
    assert "<img" not in texts


def test_profile_cannot_choose_where_its_page_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_crypto_page(small(name="../../etc/passwd\n<b>"))
    assert path == Path("results/crypto-etc-passwd-b.html")
    assert path.exists()


def test_profile_with_empty_sections_has_a_page() -> None:
    html = crypto_html(empty())
    assert html.count("Nothing of this in the profile.") == len(COST_FIGURES)


@pytest.mark.parametrize(
    ("section", "lost"),
    [
        ("cells", {"Handshakes", "Variations of a handshake", "What a handshake is made of"}),
        ("srtp", set()),
        ("esp", set()),
        ("work", {"What a handshake is made of", "Keys and certificates"}),
    ],
)
def test_an_empty_section_leaves_the_others(section: str, lost: set[str]) -> None:
    profile = small(**{section: {}})
    assert {heading for heading, figure in COST_FIGURES.items() if figure(profile).plot is None} == lost


def test_warnings_of_a_calibration_come_first() -> None:
    html = crypto_html(small(warnings=("the machine was busy",)))
    assert "the machine was busy" in html.split("<main>")[0]


def test_page_tells_where_its_figures_are_from() -> None:
    last = crypto_html(small()).split('<section id="where-from">')[1]
    for fact in ("2026-11-26", "a CPU", "OpenSSL 4.0.3", "a note", "wrapper adds", "30 us, not in the costs"):
        assert fact in last


def test_place_that_takes_no_page_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"taken.page\.html: cannot write the report"):
        write_crypto_page(small(), tmp_path / "taken" / "page.html")


# -- terminal


def test_tables_fit_100_columns() -> None:
    assert max(len(line) for line in printed(REFERENCE).splitlines()) <= 100
    assert "teams_direct_routing  rsa-2048   resumed" in printed(REFERENCE)


@pytest.mark.parametrize("fact", ["1,667", "+120 ± 96", "40 ± 8 %", "4,000", "0.640", "a note", "30 ±10 %"])
def test_tables_tell_what_the_page_tells(fact: str) -> None:
    assert fact in printed(small())


def test_tables_of_an_empty_profile_tell_where_it_is_from() -> None:
    text = printed(empty())
    assert "measured 2026-11-26 on a CPU, 2 cores" in text
    assert "Handshakes" not in text


def test_terminal_obeys_no_control_characters_of_a_profile() -> None:
    assert "\x1b[31m" not in printed(dataclasses.replace(small(), cpu="\x1b[31mred"))
