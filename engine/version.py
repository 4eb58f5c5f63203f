"""The version of the engine, recorded in every run."""

VERSION = "0.1.0"
