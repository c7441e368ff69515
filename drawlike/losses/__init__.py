"""Losses: pure functions that return one value per row, shape (n,)."""
