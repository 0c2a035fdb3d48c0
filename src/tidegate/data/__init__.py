"""Tables in, panels out: sources of market data, their checks and joins, and a maker of synthetic data."""
