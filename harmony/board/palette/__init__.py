"""Finding a Player: the palette at the left, and the pop-up where one is typed onto the canvas."""
