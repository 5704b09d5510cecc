"""Do the items of a scale belong together: reliability, factors, and whether groups read them alike."""
