"""Unit tests of the gateway client."""
