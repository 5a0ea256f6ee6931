"""`kairosfile boot`: what was built, started in a virtual machine of QEMU."""
