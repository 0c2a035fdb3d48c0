"""The benchmark command: workloads, the manual loop as yardstick, vectorbt as peer, and what they are held against."""

from cyclopts import App

from tidegate.cli.bench.command import bench

app = App(name="bench", result_action="return_value")
app.default(bench)
