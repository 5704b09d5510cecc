"""Twins: scripts for R and Stata that fit a model of netralstat again."""
