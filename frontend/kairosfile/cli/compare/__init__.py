"""`kairosfile compare`: what an image contains, and what differs between two."""
