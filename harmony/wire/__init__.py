"""What passes the socket between the program and a Player process; pure, the same on both sides."""
