"""Draws values for a person: tables, text, Markdown, JSON, images, charts."""
