"""The time line of a run: scrubbing, stepping, playing, and the chart of tasks by process."""
