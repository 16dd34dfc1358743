"""A model server on this machine: vLLM on the CPU."""
