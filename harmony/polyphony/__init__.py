"""The Polyphony Store: melodies and versions, runs, journal, leases and logs (DESIGN.md section 5).

Nothing is loaded here; take what is needed from its module, `store.open_store` first of all.
"""
