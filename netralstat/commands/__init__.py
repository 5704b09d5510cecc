"""The verbs of the command line, one a file; each imports the work it does only when it is called."""
