"""The English words of the program, one module a room: `TEMPLATES = {"room.code": "sentence"}`."""
