"""Durable workflow state machines for scripts and Players' authors (seeds/001).

Nothing is loaded here; take what is needed from its module, or by its name from `harmony`, as in
`from harmony import WorkflowStateMachine, SqliteWorkflowStore`. Guide: docs/state-machines.md.
"""
