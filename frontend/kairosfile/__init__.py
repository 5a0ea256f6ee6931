"""Kairosfile: ten lines of YAML compiled into BuildKit LLB that makes a bootable Kairos image."""

__version__ = "0.1.0"
