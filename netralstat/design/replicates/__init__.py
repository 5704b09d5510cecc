"""Replicate weights: jackknife, bootstrap, balanced half-samples, or columns of a data producer."""
