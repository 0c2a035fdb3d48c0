"""What a run gives back."""

from pathlib import Path

from tidegate.results.facts import RunFacts


class Result(RunFacts):
    """Tables, metrics and counts of one run, see `RunFacts`, and the two forms in which people read them."""

    def summary(self) -> str:
        """The printed summary: at most 45 lines of 100 columns."""
        from tidegate.results.summary import Summary  # keeps rich out of `import tidegate`

        return str(Summary(self))

    def report(self, path: str | Path) -> Path:
        """Writes the HTML report, one page that needs no network, and returns its path."""
        from tidegate.results.report import write_report  # keeps plotly out of `import tidegate`

        return write_report(self, Path(path))

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {text}" for name, text in self._headline().items())
        return f"<Result {self.status}: {facts}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in self._headline())
        row = "".join(f"<td>{text}</td>" for text in self._headline().values())
        return f"<table><caption>{self.status}</caption><tr>{head}</tr><tr>{row}</tr></table>"

    def _headline(self) -> dict[str, str]:
        shown = {"barriers": f"{self.record.barriers:,}", "trades": f"{self.record.rows('trades'):,}"}
        for name, form in (("total_return", "{:+.2%}"), ("sharpe", "{:.2f}"), ("max_drawdown", "{:.2%}")):
            value = self.metrics[name]
            shown[name.replace("_", " ")] = "-" if value is None else form.format(value)
        return shown | {"digest": self.digest[:12]}
