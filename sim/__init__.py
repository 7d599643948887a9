"""umtwin: a digital twin of a Unified Messaging deployment."""
