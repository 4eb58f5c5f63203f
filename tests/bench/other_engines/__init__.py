"""Tenure beside general rules engines: the decisions of the same eight rules, one a file for each engine."""
