"""Tests of the frontend image's content."""
