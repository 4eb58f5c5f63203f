"""Tenure's reference pages, generated from the code, and drawings of its playbooks."""
