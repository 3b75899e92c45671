"""The start page: examples, recent files, and runs that were interrupted."""
