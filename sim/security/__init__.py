"""The real crypto core: certificates, stores, verdicts and their cost; time is always an argument."""
