"""What a run was told, as far as checks need it: from the journal's configuration, and what the feed says of assets."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidegate.config.loader import load_config
from tidegate.config.models import Config
from tidegate.core.arrays import BoolArray, FloatArray
from tidegate.core.enums import FillTiming
from tidegate.core.money import to_micros
from tidegate.messages.market import UniverseDeclared

BPS = 1e-4


@dataclass(frozen=True, slots=True)
class Costs:
    """What fills cost, where numbers of the configuration say it.

    Attributes:
        slips: whether slippage is `slippage` (a fraction of the price) and `fixed` alone.
        charged: whether commission is that of the broker alone, and not of tiers or venues.
    """

    slips: bool
    slippage: float
    fixed: float
    charged: bool
    rate: float
    per_share: float
    per_trade: float
    minimum: float
    cap: float
    per_contract: float


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a run.

    Attributes:
        assets: how many.
        timing: when orders at the market fill.
        deposit: in micro-units.
        margin: whether the account is on margin.
        settlement: sessions until proceeds can be spent.
        participation: the part of a bar's volume that may be ours, NaN for all.
        zero_fills: whether a volume of 0 is as good as none known.
        multiplier, initial, maintenance: (n_assets,).
        future, foreign: (n_assets,).
    """

    assets: int
    timing: FillTiming
    deposit: int
    margin: bool
    settlement: int
    participation: float
    zero_fills: bool
    costs: Costs
    multiplier: FloatArray
    initial: FloatArray
    maintenance: FloatArray
    future: BoolArray
    foreign: BoolArray


@dataclass(frozen=True, slots=True)
class Eras:
    """The terms of a run, and of another one whose barriers stand before its own.

    Attributes:
        terms: of the run.
        before: of the other. What fills cost, and which part of a bar's volume they may be, can be other terms.
        own: the run's own first barrier.
    """

    terms: Terms
    before: Terms
    own: int = 0


def terms_of(told: Mapping[str, Any], universe: UniverseDeclared) -> Terms:
    """The terms that a configuration and a universe make.

    Args:
        told: the configuration as JSON values.

    Raises:
        ConfigError: it is none that is known here.
    """
    config = load_config(dict(told))
    account, execution, said = config.account, config.execution, universe.instruments
    n, margin = len(universe.assets), config.account.kind == "margin"
    initial, maintenance = (account.margin.initial, account.margin.maintenance) if account.margin else (0.5, 0.25)
    if not margin:
        initial = maintenance = 1.0
    return Terms(
        assets=n,
        timing=execution.fill,
        deposit=to_micros(account.cash),
        margin=margin,
        settlement=account.settlement,
        participation=math.nan if execution.participation.pct is None else execution.participation.pct,
        zero_fills=execution.participation.zero_volume == "fill",
        costs=_costs(config, universe),
        multiplier=np.ones(n) if said is None else said.multiplier,
        initial=np.full(n, initial) if said is None or not margin else _said(said.initial, initial),
        maintenance=np.full(n, maintenance) if said is None or not margin else _said(said.maintenance, maintenance),
        future=np.zeros(n, np.bool_) if said is None else said.future != 0.0,
        foreign=np.array([name not in ("", account.currency) for name in _currencies(universe)], np.bool_),
    )


def _currencies(universe: UniverseDeclared) -> Sequence[str]:
    """Of each asset's prices, empty for the account's."""
    return ("",) * len(universe.assets) if universe.instruments is None else universe.instruments.currency


def _said(values: FloatArray, otherwise: float) -> FloatArray:
    return np.where(np.isnan(values), otherwise, values)


def _costs(config: Config, universe: UniverseDeclared) -> Costs:
    slippage, commission = config.execution.slippage, config.execution.commission
    models = (slippage.half_spread, slippage.volume_share, slippage.volatility, slippage.square_root)
    spreads = universe.instruments is not None and bool(np.nansum(np.abs(universe.instruments.half_spread_bps)) > 0.0)
    return Costs(
        slips=not spreads and slippage.almgren_chriss is None and all(model is None for model in models),
        slippage=slippage.bps * BPS,
        fixed=slippage.fixed,
        charged=commission.tiers is None and commission.maker_taker is None,
        rate=commission.bps * BPS,
        per_share=commission.per_share,
        per_trade=commission.per_trade,
        minimum=commission.minimum,
        cap=math.inf if commission.cap_bps is None else commission.cap_bps * BPS,
        per_contract=-1.0 if commission.per_contract is None else commission.per_contract,
    )
