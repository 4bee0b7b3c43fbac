"""Random programs of the accepted language, each held against its own numeric derivative."""
