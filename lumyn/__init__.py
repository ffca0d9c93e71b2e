"""Lumyn: decisions that can be explained, repeated and proved."""

__all__ = ["__version__"]

__version__ = "0.1.0"
