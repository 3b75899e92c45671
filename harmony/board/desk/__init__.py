"""What the commands do in the window: files, edits, views, runs, help."""
