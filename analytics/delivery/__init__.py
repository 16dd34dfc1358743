"""How a new agent version reaches everybody: canary stages, and what promotes or rolls back (spec M1, M2)."""
