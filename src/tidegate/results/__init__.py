"""What a run leaves: tables, metrics, summary, report, run folder and progress.

`record` holds the raw columns, `result` is what people get. Polars, plotly and rich are imported on first use only.
"""
