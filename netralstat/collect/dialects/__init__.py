"""Dialects: how each tool that exports answers writes headers, choices and missing answers."""
