"""The words of the project in one place: outcomes, reasons, events, measures.

The call plane works with the codes, tables and reports with the names. A code is the row's place in its table, so
rows are only ever added at the end.
"""

from sim.vocabulary.events import EVENT_LEVELS, EVENTS, WINDOWS_EVENT_IDS
from sim.vocabulary.filters import FILTERS, Filter
from sim.vocabulary.measures import CALL_LABELS, EXACT_STATISTICS, INTERVAL_TABLES, LABELS, MEASURES, Measure
from sim.vocabulary.words import (
    ACTIONS,
    CALL_CLASSES,
    CERTIFICATE_KINDS,
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
    OPTIONAL_CLASSES,
    OUTCOMES,
    OVERHEARD,
    PIN_CLASSES,
    POOL_NAMES,
    PURPOSES,
    REASON_CODE,
    REASONS,
    SIGNALLING_PROTECTIONS,
    Reason,
)

__all__ = [
    "ACTIONS",
    "CALL_CLASSES",
    "CALL_LABELS",
    "CERTIFICATE_KINDS",
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
    "OPTIONAL_CLASSES",
    "OUTCOMES",
    "OVERHEARD",
    "PIN_CLASSES",
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
