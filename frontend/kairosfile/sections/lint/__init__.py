"""The `lint` section, the checks that only warn, and suppressions."""
