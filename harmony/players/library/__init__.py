"""The starter library: the Players that come with the program, one file a theme.

Each imports what it needs inside its functions, so that a process starts in milliseconds. Files
whose names begin with `_` hold no Players.
"""
