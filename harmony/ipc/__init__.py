"""Player processes: one supervision, two adapters (`aio` for asyncio, `qt` for the Board)."""
