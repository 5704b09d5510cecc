"""4 · How much: estimates with their intervals, contrasts and covariance."""
