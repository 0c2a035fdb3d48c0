# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Figures of other engines about sizes, cash and costs, and what is made of them here. Cash is 1000 if a row is silent.

Orders that wait for a price are in `rules_parity`, accounts on margin in `test_parity_accounts`, buffers and thresholds
in `cases_sizing`.
"""

from tests.scenario.tape import Case

CLOSE, PARTS = {"fill": "same_close"}, {"fill": "same_close", "fractional": True}
OWN = {"fill": "next_close", "slippage_bps": 5, "per_share": 0.001}
OLDER = {"fill": "next_close", "per_share": 0.005, "minimum": 1}
FEE = {"minimum": 1, "per_share": 0.005, "cap_bps": 50}

# fmt: off
VECTORBT = [
    #    name                                              bars                              asks                       settings                        fills                                     cash    equity
    Case("0.5 of 1000 at 100 is 5",                        "A 100 110",                      "0 A~.5",                  PARTS,                          "0c A+5@100",                             500,    "1000 1050"),
    Case("nothing is rounded",                             "A 300 300",                      "0 A~.5",                  PARTS,                          "0c A+1.66666666666666674@300",           500,    "1000 1000"),
    Case("an amount",                                      "A 100 110",                      "0 A+5",                   PARTS,                          "0c A+5@100",                             500,    "1000 1050"),
    Case("a target value",                                 "A 100 110",                      "0 A$450",                 PARTS,                          "0c A+4.5@100",                           550,    "1000 1045"),
    Case("five of 20 % are of equity, not of what is left", "A 100 100; B 100 100; C 100 100; D 100 100; E 100 100", "0 A~.2, 0 B~.2, 0 C~.2, 0 D~.2, 0 E~.2", PARTS, "0c A+2@100, 0c B+2@100, 0c C+2@100, 0c D+2@100, 0c E+2@100", 0, "1000 1000"),
    Case("sells go first, whatever the order of calls",    "A 100 100 100; B 100 100 100",   "0 B+10, 1 A~1, 1 B~0",    PARTS,                          "0c B+10@100, 1c B-10@100, 1c A+10@100",  0,      "1000 1000 1000"),
    Case("what is too big is cut to the cash",             "A 100 100",                      "0 A+20",                  PARTS,                          "0c A+10@100",                            0,      "1000 1000",           refused="canceled 0 A+10 CASH_SHORTAGE"),
    Case("the fee is of the price after slippage",         "A 100 100",                      "0 A+5",                   {**PARTS, "bps": 10, "per_trade": 1, "slippage_bps": 100}, "0c A+5@101",  493.495, "993.495 993.495",    commission=1.505, slippage=5),
    Case("a sell slips down",                              "A 100 100",                      "0 A+5, 1 A-5",            {**PARTS, "slippage_bps": 100}, "0c A+5@101, 1c A-5@99",                  990,    "995 990",             slippage=10),
]

BACKTRADER = [
    #    name                                              bars                              asks                       settings                        fills                                     cash    equity
    Case("signal at 100, open at 110",                     "A 100 110 120",                  "0 A+5",                   {},                             "1o A+5@110",                             450,    "1000 1000 1050"),
    Case("an order of the last bar never fills",           "A 100 110",                      "1 A+5",                   {},                             "",                                       1000,   "1000 1000",           refused="expired 1 A+5 END_OF_DATA"),
    Case("whole shares, of the value at the decision",     "A 99 110",                       "0 A~.6",                  {},                             "1o A+6@110",                             340,    "1000 1000"),
    Case("one that cannot be paid takes no others along",  "A 100 100; B 100 100; C 100 100", "0 A+20, 0 B+6, 0 C+4",   {"shortage": "reject"},         "1o B+6@100, 1o C+4@100",                 0,      "1000 1000",           refused="canceled 1 A+20 CASH_SHORTAGE"),
    Case("at an open that is too dear: all or nothing",    "A 100 110",                      "0 A+10",                  {"shortage": "reject"},         "",                                       1000,   "1000 1000",           refused="canceled 1 A+10 CASH_SHORTAGE"),
    Case("reductions always pass",                         "A 100 100 100",                  "0 A+10, 1 A-10",          {"shortage": "reject"},         "1o A+10@100, 2o A-10@100",               1000,   "1000 1000 1000"),
    Case("a commission by value",                          "A 100 100",                      "0 A+5",                   {"bps": 10},                    "1o A+5@100",                             499.5,  "1000 999.5",          commission=0.5),
    Case("a commission by unit",                           "A 100 100",                      "0 A+5",                   {"per_share": 2},               "1o A+5@100",                             490,    "1000 990",            commission=10),
    Case("slippage by a fixed amount",                     "A 100 100",                      "0 A+5",                   {"slippage_fixed": 0.35},       "1o A+5@100.35",                          498.25, "1000 998.25",         slippage=1.75),
    Case("nobody waits until every asset has a bar",       "A 100 100 100; B - 50 50",       "0 A+5",                   {},                             "1o A+5@100",                             500,    "1000 1000 1000"),
]

ZIPLINE = [
    #    name                                              bars                              asks                       settings                        fills                                     cash    equity
    Case("it fills at the close of the next bar",          "A 100 110/115/105/112",          "0 A+5",                   {"fill": "next_close"},         "1c A+5@112",                             440,    "1000 1000"),
    Case("5 bps of slippage and 0.001 a share",            "A 100 100",                      "0 A+5",                   OWN,                            "1c A+5@100.05",                          499.745, "1000 999.745",       commission=0.005, slippage=0.25),
    Case("the older 0.005 a share, at least 1",            "A 100 100",                      "0 A+5",                   OLDER,                          "1c A+5@100",                             499,    "1000 999",            commission=1),
    Case("without a check of cash it would owe 1200",      "A 100 110",                      "0 A+20",                  {"fill": "next_close"},         "1c A+9@110",                             10,     "1000 1000",           refused="canceled 1 A+11 CASH_SHORTAGE"),
    Case("a missing bar defers it, at an old price",       "A 100 100 - 90; B 5 5 5 5",      "0 A+5, 1 A-5",            {"fill": "next_close"},         "1c A+5@100, 3c A-5@90",                  950,    "1000 1000 1000 950",  stale="0 0 1 0", waiting="0 0 1 0"),
    Case("28.999... is 28, where it would be 29",          "A 1 1",                          "0 A~.29",                 {"fill": "next_close", "cash": 100.0}, "1c A+28@1",                       72,     "100 100"),
]

LEAN = [
    #    name                                              bars                              asks                       settings                        fills                                     cash    equity
    Case("an order on a daily bar is one for the open",    "A 101 110",                      "0 A+10",                  {"cash": 10_000.0, **FEE},      "1o A+10@110",                            8899,   "10000 9999",          commission=1),
    Case("a fee of 0.005 a share",                         "A 20 20",                        "0 A+400",                 {"cash": 10_000.0, **FEE},      "1o A+400@20",                            1998,   "10000 9998",          commission=2),
    Case("and of 0.5 % at most",                           "A 5 5",                          "0 A+10",                  {"cash": 10_000.0, **FEE},      "1o A+10@5",                              9949.75, "10000 9999.75",      commission=0.25),
    Case("reductions of a list of targets go first",       "A 100 100 100; B 100 100 100",   "0 B~1, 1 =A:1",           {},                             "1o B+10@100, 2o B-10@100, 2o A+10@100",  0,      "1000 1000 1000"),
    Case("a bar that is carried forward fills nothing",    "A 100 - 110; B 5 5 5",           "0 A+5",                   {},                             "2o A+5@110",                             450,    "1000 1000 1000",      waiting="0 1 0"),
]
# fmt: on
