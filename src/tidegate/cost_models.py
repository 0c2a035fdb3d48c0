"""From configuration to the models of what fills cost, with features as rows of the run's own."""

import math

from tidegate.config.broker import ExecutionConfig
from tidegate.config.costs import EstimateConfig, Slippage
from tidegate.core.errors import ConfigError, did_you_mean
from tidegate.kernels import costs, estimates
from tidegate.kernels.terms import CostModels, Estimate, Tier

_BPS = 1e-4
_LEAST = 2
_COUNTED = {"value": costs.BY_VALUE, "units": costs.BY_UNITS}


def cost_models(execution: ExecutionConfig, features: tuple[str, ...]) -> CostModels:
    """The models of slippage and commission.

    Args:
        features: names of the run's features, in order.
    Raises:
        ConfigError: a feature that is named is not there.
    """
    slippage, commission = execution.slippage, execution.commission
    rows = _rows(slippage, features)
    spread, share, maker_taker = slippage.half_spread, slippage.volume_share, commission.maker_taker
    venue = () if maker_taker is None else (
        maker_taker.maker_bps * _BPS, maker_taker.maker_per_share,
        maker_taker.taker_bps * _BPS, maker_taker.taker_per_share,
    )  # fmt: skip
    maker, maker_per_share, taker, taker_per_share = venue or (0.0,) * 4
    chriss, tiers = slippage.almgren_chriss, commission.tiers
    return CostModels(
        half_spread=0.0 if spread is None else spread.bps * _BPS,
        bid=-1 if spread is None or spread.bid is None else rows[spread.bid],
        ask=-1 if spread is None or spread.ask is None else rows[spread.ask],
        volume_share=0.0 if share is None else share.factor,
        share_cap=1.0 if share is None else share.cap,
        volatility=0.0 if slippage.volatility is None else slippage.volatility.factor,
        square_root=0.0 if slippage.square_root is None else slippage.square_root.coefficient,
        temporary=0.0 if chriss is None else chriss.temporary,
        permanent=0.0 if chriss is None else chriss.permanent,
        sigma=_estimate(slippage.sigma, rows),
        average_volume=_estimate(slippage.average_volume, rows),
        maker=maker,
        maker_per_share=maker_per_share,
        taker=taker,
        taker_per_share=taker_per_share,
        per_contract=-1.0 if commission.per_contract is None else commission.per_contract,
        tiers=() if tiers is None else tuple(Tier(one.at_least, one.bps * _BPS, one.per_share) for one in tiers.steps),
        tiers_by=costs.BY_NOTHING if tiers is None else _COUNTED[tiers.by],
    )


def _rows(slippage: Slippage, features: tuple[str, ...]) -> dict[str, int]:
    """The row of each feature."""
    spread = slippage.half_spread
    named = {
        "half_spread.bid": None if spread is None else spread.bid,
        "half_spread.ask": None if spread is None else spread.ask,
        "sigma.feature": slippage.sigma.feature,
        "average_volume.feature": slippage.average_volume.feature,
    }
    problems = []
    for place, name in named.items():
        if name is not None and name not in features:
            there = f"there are {', '.join(features)}" if features else "there are none"
            problems.append(
                f"execution.slippage.{place}: no feature '{name}'{did_you_mean(name, features)}; {there}"
                " (data.features)"
            )
    if problems:
        raise ConfigError(*problems)
    return {name: row for row, name in enumerate(features)}


def _estimate(config: EstimateConfig, rows: dict[str, int]) -> Estimate:
    default = math.nan if config.default is None else config.default
    if config.feature is not None:
        return Estimate(estimates.FEATURE, default=default, feature=rows[config.feature])
    if config.decay is not None:
        least = max(_LEAST, math.ceil(1.0 / (1.0 - config.decay))) if config.least is None else config.least
        return Estimate(estimates.DECAY, decay=config.decay, least=least, default=default)
    window = config.window or _LEAST
    return Estimate(estimates.WINDOW, window=window, least=config.least or window, default=default)
