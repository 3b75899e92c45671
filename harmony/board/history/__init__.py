"""Runs of the past."""
