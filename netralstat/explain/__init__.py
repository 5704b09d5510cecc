"""5 · Why: scales and regressions under the sampling design."""
