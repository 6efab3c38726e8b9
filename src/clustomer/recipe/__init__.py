"""Recipes: frozen settings, the only home of defaults."""
