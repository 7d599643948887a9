"""What the rows of a run's tables can be chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sim.vocabulary.events import EVENT_LEVELS, EVENTS, WINDOWS_EVENT_IDS
from sim.vocabulary.words import (
    ACTIONS,
    CALL_CLASSES,
    CERTIFICATE_KINDS,
    COMPONENTS,
    CONNECTION_KINDS,
    CONNECTIONS,
    MEDIA_PROTECTIONS,
    NODE_KINDS,
    OVERHEARD,
    POOL_NAMES,
    PURPOSES,
    REASONS,
    SIGNALLING_PROTECTIONS,
)


@dataclass(frozen=True)
class Filter:
    """What the rows of a table can be chosen by, as in ``call.setup{gateway=gw1}``.

    ``values`` are all that its column can hold. Without them it takes names of the scenario: of nodes of ``kinds``,
    else of dial plans (``plan``) or populations.
    """

    name: str
    column: str
    meaning: str
    values: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


_HOSTS: Final = ("ip_gateway", "um_server", "hub_transport")
_ENDS: Final = (*_HOSTS, "client_access")
_REASON_FILTER: Final = Filter("reason", "reason", "why", tuple(reason.name for reason in REASONS))

_CALL_FILTERS: Final = (
    Filter("population", "population", "who called"),
    Filter("plan", "population", "the dial plan of the population that called"),
    Filter("class", "call_class", "class of call", CALL_CLASSES),
    Filter("gateway", "gateway", "IP gateway that carried the call", kinds=("ip_gateway",)),
    Filter("server", "server", "last UM server tried", kinds=("um_server",)),
)

FILTERS: Final = {
    "calls": (
        *_CALL_FILTERS,
        _REASON_FILTER,
        Filter("connection", "connection", "how it came by its connection", CONNECTION_KINDS),
        Filter("signalling", "signalling", "what protected its signalling", SIGNALLING_PROTECTIONS),
        Filter("media", "media", "what protected its sound", MEDIA_PROTECTIONS),
        Filter("submission", "submission", "what protected its message to Hub Transport", SIGNALLING_PROTECTIONS),
    ),
    "usage": (Filter("node", "node", "where the pool is", kinds=tuple(POOL_NAMES)),),
    "cpu": (
        Filter("node", "node", "whose CPU", kinds=_HOSTS),
        Filter("purpose", "purpose", "what the time was spent on", PURPOSES),
    ),
    "hostile": (Filter("flood", "flood", "the attacker", kinds=("attacker",)), _REASON_FILTER),
    "events": (
        Filter("node", "node", "who logged it", kinds=NODE_KINDS),
        Filter("event", "event", "its name", tuple(EVENTS)),
        Filter("level", "level", "its level", EVENT_LEVELS),
        Filter("windows_event_id", "windows_event_id", "its id", tuple(str(each) for each in WINDOWS_EVENT_IDS)),
    ),
    "verdicts": (
        Filter("client", "client", "node that opens the connection", kinds=_ENDS),
        Filter("server", "server", "node that accepts it", kinds=_ENDS),
        Filter("connection", "connection", "which connection of a call", CONNECTIONS),
        _REASON_FILTER,
        Filter("refused_by", "refused_by", "which end refused", ("client", "server")),
        Filter("decided_by", "decided_by", "what decided at the end that refused", COMPONENTS),
    ),
    "certificates": (Filter("node", "node", "who holds the private key", kinds=(*_ENDS, "attacker")),),
    "handshakes": (
        Filter("client", "client", "node that opens the connection", kinds=(*_ENDS, "attacker")),
        Filter("server", "server", "node that accepts it", kinds=_ENDS),
        Filter("kind", "kind", "full or resumed", ("full", "resumed")),
    ),
    "overheard": (
        *_CALL_FILTERS,
        Filter("eavesdropper", "eavesdropper", "who listened", kinds=("eavesdropper",)),
        Filter("what", "what", "what was overheard", OVERHEARD),
    ),
    "in_use": (
        Filter("node", "node", "the UM server", kinds=("um_server",)),
        Filter("issuer", "issuer", "the authority that issued it", kinds=("certificate_authority",)),
        Filter("self_signed", "self_signed", "whether it is self-signed", ("false", "true")),
    ),
    "actions": (
        Filter("node", "node", "where", kinds=(*_HOSTS, "attacker", "certificate_authority")),
        Filter("action", "action", "what was done", ACTIONS),
        Filter("kind", "kind", "kind of certificate", CERTIFICATE_KINDS),
    ),
}
"""By table: the filters of its measures, beside ``from`` and ``to``."""
