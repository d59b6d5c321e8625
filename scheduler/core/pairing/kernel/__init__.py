"""The fast kernel of the pairing engine: C compiled to WebAssembly, and its twin in plain Python that gives the same results."""
