"""Lints: warnings about good playbooks that may not do what their authors mean. Only `validate` computes them."""
