"""Tests of playbooks: cases in YAML, run for one account over days, with what they cover and what they miss."""
