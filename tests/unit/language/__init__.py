"""Tests of the language: loading, edits, rules and diagnostics."""
