"""Images as they are stored: in a registry or an OCI layout, read without a container and without an engine."""
