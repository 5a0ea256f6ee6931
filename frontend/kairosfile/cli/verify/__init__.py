"""What an image claims of itself, and whether that is so: a module for each kind of evidence."""
