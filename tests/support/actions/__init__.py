"""A runner of composite GitHub Actions."""
