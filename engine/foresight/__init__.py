"""Foresight: the effects of an edit before it happens, by the one evaluation."""
