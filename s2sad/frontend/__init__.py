"""Function to IR: source, the accepted language, normalization, lowering with types."""
