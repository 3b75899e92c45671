"""What every other room stands on (DESIGN.md section 4): time, chance, names, files, errors, words.

Nothing is imported here: child processes take one module of this room at a time, and each module
needs the standard library alone.
"""
