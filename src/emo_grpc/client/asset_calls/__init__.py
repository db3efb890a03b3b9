"""Calls of AssetsService by what they are about; `AssetsApi` has all of them."""
