"""Written pages in a real browser, as a reader uses them: looked at, clicked, printed, read out."""
