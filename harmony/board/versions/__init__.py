"""The versions of a melody: kept at each save, listed, compared on the canvas, restored."""
