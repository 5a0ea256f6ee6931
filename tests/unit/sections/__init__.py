"""Tests of the sections of a Kairosfile."""
