"""Drafting a recipe for tables that nobody has described: roles, keys, joins, features."""
