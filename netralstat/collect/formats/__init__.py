"""Formats: a file of one kind becomes a table of text."""
