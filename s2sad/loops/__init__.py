"""The Numba backend: array statements become loops, which are fused, and compiled as a whole."""
