"""Cleaning: repairs learnt on distinct values and applied as lookups."""
