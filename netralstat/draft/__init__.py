"""A first wave file: what a look at the form and the exports proposes, each option with its evidence."""
