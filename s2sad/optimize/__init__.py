"""IR to IR of the same meaning, one pass a file."""
