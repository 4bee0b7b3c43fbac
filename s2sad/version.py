"""The version of s2sad."""

__version__ = "0.1.0"
