"""The canvas: a melody drawn as nodes and wires, and the gestures that edit it."""
