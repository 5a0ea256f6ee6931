"""The `tests` section: what must be true of an image."""
