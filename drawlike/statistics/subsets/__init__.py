"""Which rows to keep, and new rows between them."""
