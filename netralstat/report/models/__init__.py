"""Models in print: tables, figures, sentences, and what of them is hidden."""
