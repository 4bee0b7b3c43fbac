"""Tests that run what lies in examples/."""
