"""Open melodies: one tab each, with its canvas machine, its run and its place on disk."""
