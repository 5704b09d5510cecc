"""Multiple imputation: missing answers drawn several times over, estimates pooled over the draws."""
