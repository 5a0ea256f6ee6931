"""The `matrix` section: the images of `kairosfile bake`."""
