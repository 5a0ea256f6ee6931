"""Change the product in small ways and see whether its tests notice: `make mutation`."""
