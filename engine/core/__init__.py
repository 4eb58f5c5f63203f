"""What every part of the engine builds on: problems and spans, offsets, the tables' schemas."""
