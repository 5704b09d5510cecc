"""Calibration: weights moved as little as possible until they reach known population figures."""
