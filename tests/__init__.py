"""Tests of the runner, of the models and of the numbers."""
