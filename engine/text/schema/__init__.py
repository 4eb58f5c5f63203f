"""Shapes of YAML values: declared once, used for checking and for the JSON Schemas that editors read."""
