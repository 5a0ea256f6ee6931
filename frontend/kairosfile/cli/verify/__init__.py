"""The evidence about an image in a registry, and its checks."""
