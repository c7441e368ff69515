"""What people are shown of an evaluation: what gives rows away, and where they come from."""
