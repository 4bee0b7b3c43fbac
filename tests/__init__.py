"""Tests of s2sad; the folders mirror those of the package."""
