"""The outbox and the unit of work in memory."""
