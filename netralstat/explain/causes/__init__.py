"""How far an association bears a causal reading: hidden causes, and paths through a mediator."""
