"""The cost of `kairosfile web`: its bytes, times and memory; `__main__` prints the table."""
