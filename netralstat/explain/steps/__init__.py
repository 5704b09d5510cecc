"""Models beside each other: blocks in steps, the importance of terms, several outcomes."""
