"""Seeds, mutations and readers of the fuzz run (.ci/fuzz.py)."""
