"""Writers: clean responses as files that other programs go on with, and a codebook beside each."""
