"""Tests of the editor extensions."""
