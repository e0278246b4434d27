"""Let me use it in a browser or from another program."""
