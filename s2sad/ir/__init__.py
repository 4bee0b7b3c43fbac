"""The alpha-IR: frozen nodes, types, walking, verifying, showing as text."""
