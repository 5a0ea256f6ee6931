"""The published programs of Kairos in place of the stand-ins: for `make real`, if they can be pulled."""
