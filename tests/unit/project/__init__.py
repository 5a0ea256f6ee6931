"""Tests of the repository itself: docs, releases, generated files and integrations."""
