"""emo: keeps people's emotional assets safe, over gRPC."""
