"""Clustering: the clusterers, the evidence for k, the choice."""
