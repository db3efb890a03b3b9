"""Service accounts as documents, the same in every database."""
