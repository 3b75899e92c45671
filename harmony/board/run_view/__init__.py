"""A run for the eye: the fold of its events, the strip, the lanes and the log."""
