"""IR to source to callable: printer, NumPy backend, loading, disk cache."""
