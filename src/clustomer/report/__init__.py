"""Report: one self-contained page, and its plots as files."""
