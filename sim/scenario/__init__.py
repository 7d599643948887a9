"""What the user wrote: files read, checked and frozen; no clock runs here."""
