"""Formulas of teletraffic theory: what a plan expects before a run, and what the simulation is held to."""

from __future__ import annotations

from math import inf

from sim.errors import UsageError


def offered_erl(attempts_per_s: float, mean_holding_s: float) -> float:
    """Offered traffic (erl): arrival rate x mean holding time (Little's law)."""
    return attempts_per_s * mean_holding_s


def offered_erl_of_users(users: int, busy_hour_use_s: float) -> float:
    """Offered traffic (erl) of users who each hold a channel for ``busy_hour_use_s`` seconds of the busy hour."""
    return users * busy_hour_use_s / 3600


def carried_erl(offered_erl: float, channels: int) -> float:
    """Carried traffic (erl) of a loss system: what is offered and not lost."""
    return offered_erl * (1 - erlang_b(offered_erl, channels))


def erlang_b(offered_erl: float, channels: int) -> float:
    """Probability that a call finds all channels busy and is lost: Erlang's loss formula (A. K. Erlang, 1917).

    Computed by the recursion ``B(0) = 1, B(n) = A B(n-1) / (n + A B(n-1))``, which adds and multiplies positive
    numbers only, so that thousands of channels neither overflow nor cancel. Holds for any law of holding times.

    Raises
    ------
    UsageError
        The load or the number of channels is negative or not finite.
    """
    _check_load(offered_erl)
    _check_size("channels", channels, least=0)
    blocking = 1.0
    for n in range(1, channels + 1):
        blocking = _next_blocking(blocking, offered_erl, n)
    return blocking


def channels_for(offered_erl: float, blocking: float) -> int:
    """The least number of channels at which Erlang B is not above ``blocking`` (0 < blocking <= 1).

    Raises
    ------
    UsageError
        The load is negative or not finite, or ``blocking`` is no such probability.
    """
    _check_load(offered_erl)
    if not 0 < blocking <= 1:
        raise UsageError(f"blocking is {blocking}: must be above 0 and at most 1, such as 0.01")
    channels, now = 0, 1.0
    while now > blocking:
        channels += 1
        now = _next_blocking(now, offered_erl, channels)
    return channels


def erlang_c(offered_erl: float, servers: int) -> float:
    """Probability that a job has to wait in M/M/c: Erlang's delay formula (A. K. Erlang, 1917); 1 when overloaded.

    From Erlang B: ``C = B / (1 - rho (1 - B))`` with ``rho`` the load per server.
    """
    _check_size("servers", servers, least=1)
    blocking = erlang_b(offered_erl, servers)
    if offered_erl >= servers:
        return 1.0
    return blocking / (1 - offered_erl / servers * (1 - blocking))


def mmc_mean_wait_s(arrivals_per_s: float, mean_service_s: float, servers: int) -> float:
    """Mean wait (s) before service in M/M/c: ``C S / (c - A)``; infinite when overloaded.

    Source: L. Kleinrock, Queueing Systems, volume 1 (1975), M/M/m.
    """
    load_erl = offered_erl(arrivals_per_s, mean_service_s)
    waits = erlang_c(load_erl, servers)
    return waits * mean_service_s / (servers - load_erl) if load_erl < servers else inf


def mg1_mean_wait_s(arrivals_per_s: float, mean_service_s: float, cv: float) -> float:
    """Mean wait (s) before service in M/G/1: the formula of Pollaczek and Khinchine; infinite when overloaded.

    ``A S (1 + cv^2) / (2 (1 - A))`` with ``cv`` the coefficient of variation of the service time: 0 constant,
    1 exponential.
    """
    load_erl = offered_erl(arrivals_per_s, mean_service_s)
    _check_load(load_erl)
    return load_erl * mean_service_s * (1 + cv**2) / (2 * (1 - load_erl)) if load_erl < 1 else inf


def _next_blocking(blocking: float, offered_erl: float, channels: int) -> float:
    """Erlang B of ``channels`` from that of one channel less."""
    return offered_erl * blocking / (channels + offered_erl * blocking)


def _check_load(offered_erl: float) -> None:
    if not 0 <= offered_erl < inf:
        raise UsageError(f"offered load is {offered_erl} erl: must be a finite number, 0 or above")


def _check_size(what: str, number: int, least: int) -> None:
    if number < least:
        raise UsageError(f"{what} is {number}: must be at least {least}")
