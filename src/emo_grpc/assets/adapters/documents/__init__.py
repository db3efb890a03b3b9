"""Assets and uploads as documents, the same in every database."""
