"""Definitions shared by every part of the engine: problems and spans, offsets, ids and table schemas."""
