"""The grammar of ``expect:``: what it takes, and in which words it refuses the rest."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sim import vocabulary
from sim.errors import ScenarioError
from sim.scenario import products
from sim.scenario.expectations import parse
from sim.scenario.load import load_text

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOUND = (HERE / "broken/_sound.yaml").read_text(encoding="utf-8")
EPOCH = datetime(2007, 11, 5, 8, tzinfo=UTC)
DOCUMENT = (ROOT / "docs/expect.md").read_text(encoding="utf-8")


def refusal(expectation: str) -> str:
    """What a user reads below the place of an entry of ``expect:``."""
    with pytest.raises(ScenarioError) as caught:
        load_text(f"{SOUND}expect:\n  - {expectation}\n", "x.yaml")
    head, *_ = str(caught.value).splitlines()
    place, message = head.split(": error: expect.0: ")
    assert place == "x.yaml:12:5"
    return message


def rows(heading: str) -> list[str]:
    """The rows of the table below a heading of docs/expect.md."""
    table = DOCUMENT.split(f"\n{heading}\n", 1)[1].split("\n| ", 1)[1].split("\n\n", 1)[0]
    return table.splitlines()[2:]


# -- what is taken


def test_an_expectation_has_a_measure_filters_a_statistic_and_a_limit() -> None:
    found = parse("call.setup{gateway=gw1, from=30 min, to=2007-11-05T09:00:00Z}: p95 < 300 ms", EPOCH)
    assert (found.measure.name, found.statistic, found.comparison) == ("call.setup", "p95", "<")
    assert [(each.name, value) for each, value in found.filters] == [("gateway", "gw1")]
    assert (found.from_s, found.to_s, found.value, found.unit) == (1800.0, 3600.0, 0.3, "s")


def test_spaces_do_not_matter() -> None:
    tight, wide = "call.setup{gateway=gw1,to=1h}:p95<300ms", " call.setup { gateway = gw1 , to = 1 h } : p95 < 300 ms "
    assert replace(parse(tight, EPOCH), text="") == replace(parse(wide, EPOCH), text="")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("call.blocked: rate <= 1 %", 0.01),
        ("call.setup: p95 < 300 ms", 0.3),
        ("call.setup: p95 < 2 s", 2.0),
        ("pool.carried{node=gw1}: mean < 40 erl", 40.0),
        ("call.failed: count == 0", 0.0),
        ("call.failed: count <= 3 calls", 3.0),
        ("event.logged: count == 1 event", 1.0),
        ("certificate.validity: min == 90 d", 90 * 86_400.0),
        ("message.size: mean < 58.5 kB", 58_500.0),
        ("message.storage: mean < 30 MB/h", 30e6),
        ("message.storage: mean < 24 GB/d", 1e9),
    ],
)
def test_a_limit_is_in_the_unit_of_its_measure(text: str, value: float) -> None:
    assert parse(text, EPOCH).value == value


@pytest.mark.parametrize(
    ("text", "is_fact"),
    [
        ("call.blocked: rate <= 1 %", False),
        ("pool.peak{node=gw1}: mean < 9", False),
        ("call.blocked: count == 0", True),
        ("pool.peak{node=gw1}: max < 9", True),
        ("call.blocked: every rate <= 1 %", True),
    ],
)
def test_counts_extremes_and_every_are_facts(text: str, *, is_fact: bool) -> None:
    assert parse(text, EPOCH).is_fact is is_fact


def test_a_scenario_keeps_its_expectations_as_they_are_written() -> None:
    scenario = load_text(f'{SOUND}expect: ["call.failed:  count == 0"]\n')
    assert scenario.resolved()["expect"] == ["call.failed: count == 0"]


def test_what_is_expected_does_not_change_what_is_played() -> None:
    assert load_text(f'{SOUND}expect: ["call.failed: count == 0"]\n').hash() == load_text(SOUND).hash()


# -- what is refused


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        ('"call.bloked: rate <= 1 %"', "no measure is named 'call.bloked' (did you mean 'call.blocked'?)"),
        ('"call.blocked: p95 <= 1 %"', "call.blocked has no statistic 'p95' (known: count, rate)"),
        (
            '"call.setup{gatway=gw1}: p95 < 1 s"',
            "call.setup has no filter 'gatway' (did you mean 'gateway'?)",
        ),
        ('"call.setup{gateway=gw9}: p95 < 1 s"', "no ip_gateway is named 'gw9' (did you mean 'gw1'?)"),
        ('"call.setup{gateway=um1}: p95 < 1 s"', "'um1' is of kind um_server; must be ip_gateway"),
        ('"call.offered{plan=hk}: count > 0"', "no dial plan is named 'hk' (known: hq)"),
        ('"call.offered{population=stuff}: count > 0"', "no population is named 'stuff' (did you mean 'staff'?)"),
        ('"event.logged{node=um}: count > 0"', "no node is named 'um' (did you mean 'um1'?)"),
        (
            '"event.logged{event=node_dwn}: count > 0"',
            "no event is 'node_dwn' (did you mean 'node_down'?)",
        ),
        (
            '"event.logged{windows_event_id=7}: count > 0"',
            "no windows_event_id is '7' (known: 1112, 1113, 1114, 1083, 1021, 1012, 1013, 1400, 1088, 1344)",
        ),
        (
            '"call.failed{reason=ports_busy}: count == 0"',
            "'ports_busy' is a reason of call.blocked, not of call.failed",
        ),
        ('"call.blocked: rate <= 1 s"', "'1 s' does not fit: rate of call.blocked is a share, such as 1 %"),
        ('"call.blocked: rate <= 0.01"', "'0.01' does not fit: rate of call.blocked is a share, such as 1 %"),
        ('"call.setup: p95 < 300"', "'300' does not fit: p95 of call.setup is a duration, such as 300 ms"),
        ('"call.failed: count == 1 %"', "'1 %' does not fit: count of call.failed is a number of calls, such as 3"),
        ('"call.offered: count < 1e99"', "is absurdly large"),
        ('"call.failed: count = 0"', "no comparison is '=' (write ==)"),
        ('"call.failed: count => 0"', "no comparison is '=>' (known: <, <=, >, >=, ==, !=)"),
        (
            '"call.failed: rate == 0 %"',
            "'==' cannot be decided of an estimate: write <= or >=, or 'every rate' for a fact about each replication",
        ),
        ('"pool.peak: max < 9"', "pool.peak needs a node: write pool.peak{node=NAME}"),
        ('"call.offered{gw1}: count > 0"', "'gw1' is no filter: write name=value"),
        ('"call.offered{to=1 h, to=2 h}: count > 0"', "filter 'to' stands here twice"),
        ('"call.offered{from=noon}: count > 0"', "from=noon must be a duration such as '300 s'"),
        ('"call.offered{from=3 h}: count > 0"', "from 3 h to 2 h is no time within the run of 2 h"),
        (
            '"pool.peak{node=gw1, from=90 s}: max < 9"',
            "'from' must be a multiple of the interval of 1 min: pool.peak is recorded per interval",
        ),
        ('"call.failed"', 'must be like "call.setup{gateway=gw1}: p95 < 300 ms"'),
        ("call.failed: count == 0", 'must be text: write it in quotes, such as "call.failed: count == 0"'),
        ("7", 'must be text: write it in quotes, such as "call.setup{gateway=gw1}: p95 < 300 ms"'),
    ],
)
def test_a_wrong_expectation_is_refused_in_these_words(expectation: str, message: str) -> None:
    assert refusal(expectation) == message


# -- the vocabulary and its document


def test_every_example_of_the_document_is_an_expectation() -> None:
    examples = re.findall(r'^ *- "(.+)"', DOCUMENT, re.MULTILINE)
    assert [parse(example, EPOCH).text for example in examples] == examples
    assert len(examples) > 10


def test_document_has_every_measure_with_its_statistics_and_filters() -> None:
    assert rows("## Measures") == [
        f"| `{each.name}` | {', '.join(each.statistics)} | {each.unit} "
        f"| {', '.join(one.name for one in vocabulary.FILTERS[each.table])} | {each.meaning} |"
        for each in vocabulary.MEASURES
    ]


@pytest.mark.parametrize("table", vocabulary.FILTERS)
def test_document_explains_every_filter(table: str) -> None:
    def values(each: vocabulary.Filter) -> str:
        if each.values:
            return ", ".join(f"`{value}`" for value in each.values)
        of_plan = "dial plan" if each.name == "plan" else "population"
        return f"name of a node ({', '.join(each.kinds)})" if each.kinds else f"name of a {of_plan}"

    expected = [f"| `{each.name}` | {each.meaning} | {values(each)} |" for each in vocabulary.FILTERS[table]]
    assert rows(f"### {table}") == expected


def test_document_has_every_event() -> None:
    assert rows("## Events") == [f"| `{name}` | {meaning} |" for name, meaning in vocabulary.EVENTS.items()]


def notes() -> list[ast.Call]:
    """Where nodes log an event."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "sim/nodes").glob("*.py"))]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "note"]


def test_events_that_nodes_log_are_in_the_vocabulary() -> None:
    text = [node for call in notes() for node in ast.walk(call.args[1]) if isinstance(node, ast.Constant)]
    named = {node.value for node in text}
    assert named | {"connection_refused", "handshake_failed"} == set(vocabulary.EVENTS)


def test_ids_that_nodes_log_are_in_the_vocabulary() -> None:
    ids = {
        keyword.value.value
        for call in notes()
        for keyword in call.keywords
        if keyword.arg == "windows_event_id" and isinstance(keyword.value, ast.Constant)
    }
    of_products = {products.product(name).options_event for name in products.names("um_server")} - {None}
    assert ids | of_products == set(vocabulary.WINDOWS_EVENT_IDS)
