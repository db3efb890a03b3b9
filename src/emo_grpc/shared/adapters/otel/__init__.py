"""Traces by OpenTelemetry, an extra: nothing here is imported unless they are on."""
