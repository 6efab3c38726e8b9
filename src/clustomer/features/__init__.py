"""Features: one row per customer, by portable SQL."""
