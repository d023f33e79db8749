"""Tests of community workers."""
