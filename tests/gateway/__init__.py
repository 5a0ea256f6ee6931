"""Tests of the gateway client against an in-process daemon on real pipes."""
