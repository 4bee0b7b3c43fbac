"""IR to facts; nothing is changed."""
