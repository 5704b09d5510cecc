"""What a referee asks of a fitted model: fit, discrimination, collinearity."""
