"""6 · What to tell: suppression, the report as data, its figures and its writers."""
