"""Stored images, in a registry or an OCI layout, read without a container and without an engine."""
