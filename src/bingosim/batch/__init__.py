"""How batches are executed: submitted, claimed, simulated, persisted, ended."""
