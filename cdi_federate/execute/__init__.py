"""Running a federated plan: the engine port, and one folder an engine."""
