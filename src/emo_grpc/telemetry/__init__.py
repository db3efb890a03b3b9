"""Sends what OpenTelemetry makes, for servers and commands alike."""
