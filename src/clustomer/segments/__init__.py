"""Segments: what clusters mean: profiles, names, descriptions."""
