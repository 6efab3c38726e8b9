"""Classifier: the surrogate that places customers, and how well it agrees."""
