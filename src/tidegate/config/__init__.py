"""The configuration of a run: models and loader."""
