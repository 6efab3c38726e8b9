"""Matrix: features as numbers on one scale, with their names."""
