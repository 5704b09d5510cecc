"""What a model says in the outcome's own unit: adjusted prevalences, marginal effects, what if."""
