"""Load a compiled policy and decide with it. Imports the standard library and `blake3`, nothing else."""
