"""What is judged: raw data of each kind, read as rows that the metrics can compare."""
