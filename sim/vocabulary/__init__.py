"""The words of the project in one place: outcomes, reasons, events, measures.

The call plane works with the codes, tables and reports with the names. A code is the row's place in its table, so
rows are only ever added at the end.
"""

from sim.vocabulary.events import EVENT_LEVELS, EVENTS, WINDOWS_EVENT_IDS
from sim.vocabulary.measures import (
    CALL_LABELS,
    EXACT_STATISTICS,
    FILTERS,
    INTERVAL_TABLES,
    LABELS,
    MEASURES,
    Filter,
    Measure,
)
from sim.vocabulary.words import (
    CALL_CLASSES,
    COMPONENTS,
    CONNECTION_KINDS,
    CONNECTIONS,
    DERIVED_CLASSES,
    FLOOD_KINDS,
    MEDIA_PROTECTIONS,
    MESSAGE_CLASSES,
    METERS,
    MIX_CLASSES,
    MODES,
    NODE_KINDS,
    OUTCOMES,
    OVERHEARD,
    POOL_NAMES,
    PURPOSES,
    REASON_CODE,
    REASONS,
    SIGNALLING_PROTECTIONS,
    Reason,
)

__all__ = [
    "CALL_CLASSES",
    "CALL_LABELS",
    "COMPONENTS",
    "CONNECTIONS",
    "CONNECTION_KINDS",
    "DERIVED_CLASSES",
    "EVENTS",
    "EVENT_LEVELS",
    "EXACT_STATISTICS",
    "FILTERS",
    "FLOOD_KINDS",
    "INTERVAL_TABLES",
    "LABELS",
    "MEASURES",
    "MEDIA_PROTECTIONS",
    "MESSAGE_CLASSES",
    "METERS",
    "MIX_CLASSES",
    "MODES",
    "NODE_KINDS",
    "OUTCOMES",
    "OVERHEARD",
    "POOL_NAMES",
    "PURPOSES",
    "REASONS",
    "REASON_CODE",
    "SIGNALLING_PROTECTIONS",
    "WINDOWS_EVENT_IDS",
    "Filter",
    "Measure",
    "Reason",
]
