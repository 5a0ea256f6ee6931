"""`kairosfile compare`: the contents of an image, and the differences between two."""
