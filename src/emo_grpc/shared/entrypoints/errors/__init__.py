"""How errors become gRPC statuses."""
