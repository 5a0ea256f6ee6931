"""The `tests` section: tests of the finished image."""
