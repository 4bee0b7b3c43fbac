"""The module that generated code says it is of: Numba imports it where it reads compiled code."""
