"""The catalogue of Players: the shipped library and a user's own folders, as data alone."""
