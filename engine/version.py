"""The version of the engine, kept in every run record."""

VERSION = "0.1.0"
