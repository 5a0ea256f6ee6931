"""Implementation of `kairosfile build`: outputs, the buildx process, its progress."""
