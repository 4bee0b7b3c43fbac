"""Generated code as it should read; a change shows as a diff of these files."""
