"""All that is known about NumPy and `math`: one file per chapter of NumPy's manual."""
