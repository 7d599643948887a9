"""Deliberate mistakes in the reference: its source with a statement changed, as a module of its own."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sim.calls import reference


@dataclass(frozen=True)
class Mutant:
    """A mistake: in the reference's source ``old`` is replaced by ``new``. ``tie``: the test in test_ties.py that
    notices it; without one, random cases notice.
    """

    name: str
    old: str
    new: str
    tie: str = ""

    def plane(self) -> Any:
        """The class Reference with the mistake in it."""
        source = inspect.getsource(reference)
        assert source.count(self.old) == 1, f"{source.count(self.old)} places match {self.old!r}"
        module = ModuleType("reference_with_a_mistake")
        exec(compile(source.replace(self.old, self.new), module.__name__, "exec"), module.__dict__)
        return module.Reference


MUTANTS = (
    Mutant("crash keeps running jobs", "node.running.clear()", "pass"),
    Mutant("crash keeps queued jobs", "node.queue.clear()", "pass", tie="test_jobs_of_a_dead_node_are_gone"),
    Mutant(
        "crash in reversed order",
        "for call in [call for call in self.alive if self.is_at(call, station)]:",
        "for call in [call for call in reversed(self.alive) if self.is_at(call, station)]:",
        tie="test_calls_die_in_the_order_of_their_birth",
    ),
    Mutant(
        "restart wakes nobody",
        "self.wake(self.nodes[station].waiting)",
        "pass",
        tie="test_who_waited_for_a_node_goes_on_in_the_order_of_coming",
    ),
    Mutant(
        "next job after the call goes on",
        "self.start_waiting(node)\n        if job.call.waits_for is job:\n            self.run(job.call)",
        "if job.call.waits_for is job:\n            self.run(job.call)\n        self.start_waiting(node)",
        tie="test_a_core_takes_its_next_job_before_the_finished_call_goes_on",
    ),
    Mutant(
        "next arrival after the call's steps",
        (
            "self.next_arrival()\n"
            "        call = Call(self.arrived, self.population_entries[population], draws, self.now)\n"
            "        self.arrived += 1\n"
            "        call.population, call.call_class = population, call_class\n"
            "        call.nodes[r.TRUNK], call.lists[r.GATEWAY] = self.layout.populations[population]\n"
            "        self.alive[call] = None\n"
            "        self.run(call)"
        ),
        (
            "call = Call(self.arrived, self.population_entries[population], draws, self.now)\n"
            "        self.arrived += 1\n"
            "        call.population, call.call_class = population, call_class\n"
            "        call.nodes[r.TRUNK], call.lists[r.GATEWAY] = self.layout.populations[population]\n"
            "        self.alive[call] = None\n"
            "        self.run(call)\n"
            "        self.next_arrival()"
        ),
        tie="test_next_arrival_comes_before_what_the_first_call_plans_for_that_instant",
    ),
    Mutant(
        "next attempt after the attempt's steps",
        (
            "self.next_attempt(flood, gap_s, place, station)\n"
            "        call = Call(-1, place, (), self.now, flood)\n"
            "        call.nodes[r.PORT] = station\n"
            "        call.holds.add(r.PRESENCE)\n"
            "        self.alive[call] = None\n"
            "        self.run(call)"
        ),
        (
            "call = Call(-1, place, (), self.now, flood)\n"
            "        call.nodes[r.PORT] = station\n"
            "        call.holds.add(r.PRESENCE)\n"
            "        self.alive[call] = None\n"
            "        self.run(call)\n"
            "        self.next_attempt(flood, gap_s, place, station)"
        ),
        tie="test_next_attempt_of_a_flood_comes_before_what_the_first_one_plans_for_that_instant",
    ),
    Mutant(
        "waiters last come first served",
        "for call, ticket in waiting:",
        "for call, ticket in waiting[::-1]:",
        tie="test_who_waited_for_a_connection_goes_on_in_the_order_of_coming",
    ),
    Mutant(
        "wake at once",
        "self.sleep(call, 0.0)\n        waiting.clear()",
        "self.run(call)\n        waiting.clear()",
        tie="test_who_opens_a_connection_goes_on_before_those_who_waited_for_it",
    ),
    Mutant(
        "who was cancelled is woken",
        "if call.waits_for is ticket:",
        "if call in self.alive:",
        tie="test_who_gave_up_waiting_for_a_connection_is_not_woken_by_it",
    ),
    Mutant(
        "patience keeps running",
        "self.after(x, self.gives_up, (call, c)) if c >= 0 else None",
        "self.after(x, self.gives_up, (call, c)) if c >= 0 else call.guard",
        tie="test_patience_that_ended_is_void",
    ),
    Mutant(
        "queue of dead callers is served",
        "if job.call.waits_for is job:\n                self.start(node, job)",
        "self.start(node, job)",
        tie="test_patience_ends_a_wait_for_a_core",
    ),
    Mutant(
        "open connection survives a crash",
        "if station in ends:\n                self.close_link(link)",
        "pass",
    ),
    Mutant("only the server's death closes connections", "if station in ends:", "if station == ends[1]:"),
    Mutant(
        "slot kept on crash",
        "self.release(call, r.PORT, r.SLOT, STREAM + r.PORT, r.OPENING)\n                self.otherwise",
        "self.release(call, r.PORT, STREAM + r.PORT, r.OPENING)\n                self.otherwise",
        tie="test_a_survivor_has_no_slot_at_the_hub_any_more",
    ),
    Mutant(
        "stream kept on crash",
        "self.release(call, r.PORT, r.SLOT, STREAM + r.PORT, r.OPENING)\n                self.otherwise",
        "self.release(call, r.PORT, r.SLOT, r.OPENING)\n                self.otherwise",
        tie="test_what_a_survivor_held_at_the_dead_node_is_gone",
    ),
    Mutant(
        "opening kept on crash",
        "self.release(call, r.PORT, r.SLOT, STREAM + r.PORT, r.OPENING)\n                self.otherwise",
        "self.release(call, r.PORT, r.SLOT, STREAM + r.PORT)\n                self.otherwise",
        tie="test_who_survives_its_server_opens_no_connection_to_it_any_more",
    ),
    Mutant(
        "survivor goes on at once",
        "self.otherwise(call, call.crash, call.crash_reason)\n                self.sleep(call, 0.0)",
        "self.otherwise(call, call.crash, call.crash_reason)\n                self.run(call)",
        tie="test_who_dies_with_a_node_is_gone_before_any_survivor_goes_on",
    ),
    Mutant(
        "opening kept by hunt",
        "self.release(call, r.PORT, r.PRESENCE, r.DISK, STREAM + r.PORT, r.OPENING)\n            call.crash",
        "self.release(call, r.PORT, r.PRESENCE, r.DISK, STREAM + r.PORT)\n            call.crash",
    ),
    Mutant(
        "port kept by hunt",
        "self.release(call, r.PORT, r.PRESENCE, r.DISK, STREAM + r.PORT, r.OPENING)\n            call.crash",
        "self.release(call, r.PRESENCE, r.DISK, STREAM + r.PORT, r.OPENING)\n            call.crash",
        tie="test_hunt_gives_back_the_port",
    ),
    Mutant(
        "opening kept at the end",
        "STREAM + r.CHANNEL, STREAM + r.PORT, r.OPENING)\n        self.report",
        "STREAM + r.CHANNEL, STREAM + r.PORT)\n        self.report",
    ),
    Mutant("crash target kept by hunt", "call.crash = -1", "pass", tie="test_hunt_forgets_where_a_crash_led_to"),
    Mutant("tickets outlive a closed connection", "self.links[link].ticket_until = 0.0", "pass"),
    Mutant("idle time ignored", "self.now - link.used >= policy.idle_s or ", ""),
    Mutant(
        "idle to the instant",
        "self.now - link.used >= policy.idle_s",
        "self.now - link.used > policy.idle_s",
        tie="test_a_connection_is_too_old_at_the_instant",
    ),
    Mutant("maximum age ignored", " or self.now - link.opened >= policy.max_age_s", ""),
    Mutant("reuse does not touch", "kind, link.used = r.REUSED, self.now", "kind = r.REUSED"),
    Mutant("messages do not touch", "self.link(call, a).used = self.now", "pass"),
    Mutant("resumption despite a refusal", "and link.verdict == r.OK:", ":", tie="test_a_refusal_takes_no_ticket"),
    Mutant(
        "ticket to the instant",
        "self.now < link.ticket_until",
        "self.now <= link.ticket_until",
        tie="test_a_ticket_is_void_at_the_instant",
    ),
    Mutant(
        "ticket is not renewed",
        "link.ticket_until = self.now + link.policy.ticket_s",
        "link.ticket_until = max(link.ticket_until, link.policy.ticket_s)",
    ),
    Mutant(
        "one ticket draw per call",
        "call.draws[r.TICKET + (3 * (call.attempts - 1) + a) % r.TICKETS]",
        "call.draws[r.TICKET]",
    ),
    Mutant(
        "round robin stands still",
        "hunt.turn = (hunt.turn + 1) % size if hunt.rotate else 0",
        "hunt.turn = 0",
    ),
    Mutant("round robin moves with each try", "if tried == 0:", "if True:"),
    Mutant(
        "one try more",
        "if tried >= (min(e, size) if e else size):",
        "if tried > (min(e, size) if e else size):",
    ),
    Mutant(
        "backlog off by one",
        "len(node.queue) >= node.backlog",
        "len(node.queue) > node.backlog",
        tie="test_a_job_without_a_caller_counts_for_the_backlog",
    ),
    Mutant("seats off by one", "places.level < most", "places.level <= most"),
    Mutant("seats of a dead node", "if node.up and places.level", "if places.level"),
    Mutant(
        "messages take seats", "(node.kept, node.messages) if a == r.DISK else", "(node.kept, node.seats) if False else"
    ),
    Mutant("no limit to messages", "(node.kept, node.messages)", "(node.kept, 1_000)"),
    Mutant(
        "place kept by hunt",
        "r.PRESENCE, r.DISK, STREAM + r.PORT, r.OPENING)\n            call.crash",
        "r.PRESENCE, STREAM + r.PORT, r.OPENING)\n            call.crash",
        tie="test_hunt_gives_back_the_place_of_the_message",
    ),
    Mutant("place kept at the end", "r.PRESENCE, r.DISK, STREAM + r.CHANNEL", "r.PRESENCE, STREAM + r.CHANNEL"),
    Mutant(
        "place lost in a crash",
        "self.release(call, r.PORT, r.SLOT, STREAM + r.PORT, r.OPENING)\n                self.otherwise",
        "self.release(call, r.PORT, r.SLOT, r.DISK, STREAM + r.PORT, r.OPENING)\n                self.otherwise",
        tie="test_the_place_of_a_message_outlives_the_server",
    ),
    Mutant("signal without its cause", "links[a], call.reason", "links[a], r.OK"),
    Mutant("signal with the call's cause where it has another", " if d == r.KEEP else d", ""),
    Mutant("media do not slow", "job.work_s / (1.0 - load)", "job.work_s"),
    Mutant(
        "no limit to media",
        "min(node.media.level / (1e6 * node.cores), r.MAX_MEDIA_LOAD)",
        "node.media.level / (1e6 * node.cores)",
        tie="test_media_leave_a_tenth_of_the_cores",
    ),
    Mutant("wait not noted", "job.call.cpu_wait += self.now - job.since", "pass"),
    Mutant(
        "meter cut at the wrong instant",
        "self.cut_intervals(self.env.peek())",
        "self.cut_intervals(self.now)",
    ),
    Mutant(
        "boundary after its events",
        "* self.layout.interval_s) <= until:",
        "* self.layout.interval_s) < until:",
        tie="test_an_interval_ends_before_the_events_at_its_boundary",
    ),
    Mutant(
        "peak starts at zero",
        "self.integral, self.peak = 0.0, self.level",
        "self.integral, self.peak = 0.0, 0",
    ),
    Mutant(
        "control after the events of its instant",
        "self.env.peek() < until:",
        "self.env.peek() <= until:",
        tie="test_control_comes_before_the_end_of_a_job_at_the_same_instant",
    ),
    Mutant(
        "signal noticed late",
        "while self.signal < 0 and self.env.peek() < until:",
        "while self.env.peek() < until:",
        tie="test_a_signal_comes_back_before_later_events_of_its_instant",
    ),
    Mutant(
        "relative arrivals",
        "(time_s, NORMAL, next(self._eid), event))",
        "(self._now + (time_s - self._now), NORMAL, next(self._eid), event))",
        tie="test_an_arrival_is_at_its_own_time_to_the_last_bit",
    ),
    Mutant("protection not noted", "if e:\n            call.protection = e", "pass"),
    Mutant("later marks take protection away", "if e:\n            call.protection = e", "call.protection = e"),
    Mutant(
        "a meter forgets when it changed last",
        "self.since = now\n        self.level += by",
        "self.level += by",
    ),
)
"""Each shows somewhere."""

EQUIVALENTS = (
    # The tickets left in the list are of calls that wait for something else by then.
    Mutant("woken calls stay in the list", "        waiting.clear()\n\n", "\n"),
    # A job's end happens once; the set is asked for nothing else before a crash clears it.
    Mutant("finished jobs stay with the running ones", "node.running.remove(event)", "pass"),
    # Both ways on, END and a delay of zero, say anew what the call waits for.
    Mutant("the dying wait on", "            call.waits_for = None\n            far_end", "            far_end"),
    # An attempt holds no draw and no class: what floods leave in these fields is never read.
    Mutant(
        "attempts have a class", "call.nodes[r.PORT] = station\n", "call.nodes[r.PORT] = station; call.call_class = 1\n"
    ),
)
"""Mistakes that cannot show, with the reason."""
