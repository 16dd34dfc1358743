"""Definitions, one folder a layer."""
