"""2 · What came back: exports read as declared, checked against the instrument."""
