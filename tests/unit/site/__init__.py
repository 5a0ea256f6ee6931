"""Tests of the documentation site's scripts."""
