"""The fields of the image itself: base, provider, kairos-init, platforms."""
