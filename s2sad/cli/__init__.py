"""The command line: `s2sad show`, `s2sad check`, `s2sad trace`."""
