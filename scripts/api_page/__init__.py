"""docs/api.md, made of the contract."""
