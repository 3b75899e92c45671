"""The state machines: a kernel, one file a chart, and what must hold between them (coherence).

A chart is data (DESIGN.md section 6). Nothing is imported here: whoever needs the task chart
imports `harmony.states.task` and pays for nothing else.
"""
