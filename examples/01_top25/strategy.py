"""The top-25 rotation: hold the best-scored assets, a little less than fully invested."""

import tidegate as tg


class TopN(tg.Strategy):
    """Holds the n best-scored assets at equal weight, rebalanced every `every` barriers."""

    def __init__(self, n: int = 25, every: int = 5, gross: float = 0.95) -> None:
        self.n, self.every, self.gross = n, every, gross

    def on_batch(self, ctx: tg.Context) -> None:
        """Decides after the close; the orders fill at the next open."""
        if ctx.barrier % self.every:
            return
        score = ctx.batch.signals["ml_score"]  # (n_assets,) float64, NaN where absent
        best = tg.top(score, self.n)  # asset indices, best first
        ctx.target_weights({i: self.gross / self.n for i in best})  # everything else to zero
