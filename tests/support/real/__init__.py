"""The published programs of Kairos in place of the stand-ins: when asked for (`make real`), where they can be had."""
