"""What an instrument is printed as: a questionnaire, a codebook, a DDI-Codebook description."""
