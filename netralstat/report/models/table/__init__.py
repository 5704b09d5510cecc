"""Regression tables: several models side by side, for the screen, LaTeX and Word."""
