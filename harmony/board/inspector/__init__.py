"""The right side: what is selected, its parameters, and everything that is known of its task."""
