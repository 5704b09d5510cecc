"""The quality page: what `netralstat check --report` writes."""
