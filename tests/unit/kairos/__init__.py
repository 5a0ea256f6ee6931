"""Tests of the Kairos tables and commands."""
