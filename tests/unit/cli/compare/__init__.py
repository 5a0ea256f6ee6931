"""Tests of `kairosfile compare`. The two rpm databases were written by rpm 4.18 and 4.16, of two tiny packages."""
