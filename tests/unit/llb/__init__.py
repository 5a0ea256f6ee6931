"""Unit tests of the LLB library."""
