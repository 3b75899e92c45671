"""Questions and pages that open over the window, without ever blocking its loop."""
