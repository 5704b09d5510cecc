"""3 · Whom each answer stands for: design, cells, weights, calibration, variance."""
