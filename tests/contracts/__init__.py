"""One suite of contracts for all engines: it compares values, not statements."""
