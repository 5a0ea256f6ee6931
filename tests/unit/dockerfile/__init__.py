"""Tests of `kairosfile adopt` and `kairosfile eject`."""
