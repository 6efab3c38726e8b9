"""Engines: where the SQL of cleaning and features runs."""
