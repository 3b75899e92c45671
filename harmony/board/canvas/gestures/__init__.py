"""Gestures: what press, move and release mean, one file each, apart from how things are painted."""
