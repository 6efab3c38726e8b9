"""Lifetime: what customers are expected to order and spend, from their order histories alone."""
