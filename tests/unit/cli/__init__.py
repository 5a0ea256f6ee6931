"""Tests of the `kairosfile` command."""
