"""What operators ask over HTTP, apart from the gRPC port."""
