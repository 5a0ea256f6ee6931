"""Tests of `kairosfile boot` that start no virtual machine."""
