"""Tests of `kairosfile build` that start no engine."""
