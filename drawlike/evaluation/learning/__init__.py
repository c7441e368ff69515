"""Metrics by learners: whether they can tell the rows apart, and what rows teach them."""
