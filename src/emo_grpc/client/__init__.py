"""Typed asyncio client of emo."""
