"""The `matrix` section: which images `kairosfile bake` makes."""
