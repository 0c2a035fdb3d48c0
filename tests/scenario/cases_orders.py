# ruff: noqa: E501  (one case to a row, as wide as it is)
"""When orders fill and what that costs. Figures are worked out by hand; cash is 1000 where a row does not say."""

from tests.scenario.tape import Case

# fmt: off
TIMING = [
    #    name                                          bars                                            asks                  settings                     fills                        cash  equity
    Case("market order fills at the next open",        "A 100 110 120",                                "0 A+5",              {},                          "1o A+5@110",                450,  "1000 1000 1050"),
    Case("a falling gap is the buyer's gain",          "A 100 90 90",                                  "0 A+5",              {},                          "1o A+5@90",                 550,  "1000 1000 1000"),
    Case("the open counts, not the rest of the bar",   "A 100 104/120/95/110",                         "0 A+5",              {},                          "1o A+5@104",                480,  "1000 1030"),
    Case("same_close fills where it decided",          "A 100 110",                                    "0 A+5",              {"fill": "same_close"},      "0c A+5@100",                500,  "1000 1050"),
    Case("next_close fills at the next close",         "A 100 104/120/95/110 120",                     "0 A+5",              {"fill": "next_close"},      "1c A+5@110",                450,  "1000 1000 1050"),
    Case("an order of the last barrier expires",       "A 100 110",                                    "1 A+5",              {},                          "",                          1000, "1000 1000",                 refused="expired 1 A+5 END_OF_DATA"),
    Case("so it does under next_close",                "A 100 110",                                    "1 A+5",              {"fill": "next_close"},      "",                          1000, "1000 1000",                 refused="expired 1 A+5 END_OF_DATA"),
    Case("same_close fills at the last close",         "A 100 110",                                    "1 A+5",              {"fill": "same_close"},      "1c A+5@110",                450,  "1000 1000"),
    Case("a run of one barrier fills nothing",         "A 100",                                        "0 A+5",              {},                          "",                          1000, "1000",                      refused="expired 0 A+5 END_OF_DATA"),
    Case("a missing bar makes the order wait",         "A 100 - 120; B 50 50 50",                      "0 A+5",              {},                          "2o A+5@120",                400,  "1000 1000 1000",            waiting="0 1 0"),
    Case("two missing bars, two waits",                "A 100 - - 120; B 50 50 50 50",                 "0 A+5",              {},                          "3o A+5@120",                400,  "1000 1000 1000 1000",       waiting="0 1 1 0"),
    Case("it waits for a close under next_close",      "A 100 - 110/130/105/120; B 5 5 5",             "0 A+5",              {"fill": "next_close"},      "2c A+5@120",                400,  "1000 1000 1000",            waiting="0 1 0"),
    Case("same_close waits for a close of its own",    "A 100 - 110/130/105/120; B 5 5 5",             "1 A+5",              {"fill": "same_close"},      "2c A+5@120",                400,  "1000 1000 1000",            waiting="0 1 0"),
    Case("only what has no bar waits",                 "A 100 - 120; B 50 60 60",                      "0 A+2, 0 B+2",       {},                          "1o B+2@60, 2o A+2@120",     640,  "1000 1000 1000",            waiting="0 1 0"),
    Case("an order waits until the first bar ever",    "A - - 80 90; B 50 50 50 50",                   "0 A+5",              {},                          "2o A+5@80",                 600,  "1000 1000 1000 1050",       waiting="0 1 0 0"),
    Case("a waiting order expires with the data",      "A 100 - -; B 50 50 50",                        "0 A+5",              {},                          "",                          1000, "1000 1000 1000",            waiting="0 1 1", refused="expired 2 A+5 END_OF_DATA"),
    Case("a stale holding keeps its last price",       "A 100 100 - 130; B 5 5 5 5",                   "0 A+5",              {},                          "1o A+5@100",                500,  "1000 1000 1000 1150",       stale="0 0 1 0"),
    Case("a sell waits as well",                       "A 100 100 - 90; B 5 5 5 5",                    "0 A+5, 1 A-5",       {},                          "1o A+5@100, 3o A-5@90",     950,  "1000 1000 1000 950",        stale="0 0 1 0", waiting="0 0 1 0"),
    Case("orders fill in the order of their ids",      "A 10 10; B 10 10; C 10 10",                    "0 C+1, 0 A+2, 0 B+3", {},                         "1o C+1@10, 1o A+2@10, 1o B+3@10", 940, "1000 1000"),
    Case("reductions fill before entries",             "A 100 100 100; B 10 10 10",                    "0 A+5, 1 B+1, 1 A-5", {},                         "1o A+5@100, 2o A-5@100, 2o B+1@10", 990, "1000 1000 1000"),
    Case("same_close reduces before it enters",        "A 100 100; B 10 10",                           "0 A+5, 1 B+1, 1 A-5", {"fill": "same_close"},     "0c A+5@100, 1c A-5@100, 1c B+1@10", 990, "1000 1000"),
    Case("sold and bought at one open: net holding",   "A 100 100 110",                                "0 A+5, 1 A+2, 1 A-5", {},                         "1o A+5@100, 2o A-5@110, 2o A+2@110", 830, "1000 1000 1050", trades="A5 pnl 50", positions="A2"),
]

COSTS = [
    #    name                                          bars              asks            settings                                    fills                      cash     equity                 commission, slippage
    Case("bps of the value",                           "A 100 110",      "0 A+5",        {"bps": 10},                                "1o A+5@110",              449.45,  "1000 999.45",         commission=0.55),
    Case("per share",                                  "A 100 110",      "0 A+5",        {"per_share": 0.01},                        "1o A+5@110",              449.95,  "1000 999.95",         commission=0.05),
    Case("bps and per share add up",                   "A 100 110",      "0 A+5",        {"bps": 10, "per_share": 0.01},             "1o A+5@110",              449.4,   "1000 999.4",          commission=0.6),
    Case("the minimum where the rest is less",         "A 100 110",      "0 A+5",        {"bps": 10, "minimum": 1},                  "1o A+5@110",              449,     "1000 999",            commission=1),
    Case("not where the rest is more",                 "A 100 110",      "0 A+5",        {"bps": 100, "minimum": 1},                 "1o A+5@110",              444.5,   "1000 994.5",          commission=5.5),
    Case("by trade",                                   "A 100 110",      "0 A+5",        {"per_trade": 2, "per_share": 0.01},        "1o A+5@110",              447.95,  "1000 997.95",         commission=2.05),
    Case("a cap on all of it",                         "A 100 110",      "0 A+5",        {"minimum": 9, "cap_bps": 100},             "1o A+5@110",              444.5,   "1000 994.5",          commission=5.5),
    Case("so much beside the open",                    "A 100 110",      "0 A+5",        {"slippage_fixed": 0.5},                    "1o A+5@110.5",            447.5,   "1000 997.5",          slippage=2.5),
    Case("a minimum alone is charged each fill",       "A 100 100 100",  "0 A+5, 1 A-5", {"minimum": 1},                             "1o A+5@100, 2o A-5@100",  998,     "1000 999 998",        commission=2, trades="A5 pnl -2"),
    Case("a buy slips up",                             "A 100 100",      "0 A+5",        {"slippage_bps": 100},                      "1o A+5@101",              495,     "1000 995",            slippage=5),
    Case("a sell slips down",                          "A 100 100 100",  "0 A+5, 1 A-5", {"slippage_bps": 100},                      "1o A+5@101, 2o A-5@99",   990,     "1000 995 990",        slippage=10, trades="A5 pnl -10"),
    Case("it slips at the close too",                  "A 100 100",      "0 A+5",        {"slippage_bps": 100, "fill": "same_close"}, "0c A+5@101",             495,     "995 995",             slippage=5),
    Case("bps are of the slipped value",               "A 100 100",      "0 A+5",        {"slippage_bps": 100, "bps": 100},          "1o A+5@101",              489.95,  "1000 989.95",         commission=5.05, slippage=5),
    Case("12.5 micro-units round to the even 12",      "A .0000125 .0000125", "0 A+1",   {},                                         "1o A+1@.0000125",         999.999988, "1000 1000"),
    Case("13.5 micro-units round to the even 14",      "A .0000135 .0000135", "0 A+1",   {},                                         "1o A+1@.0000135",         999.999986, "1000 1000"),
    Case("a third of the cost goes with a third",      "A .0000033333 .0000033333 .0000033333 .0000033333", "0 A+3, 1 A-1, 2 A-2", {}, "1o A+3@.0000033333, 2o A-1@.0000033333, 3o A-2@.0000033333", 1000, "1000 1000 1000 1000", trades="A1 pnl 0, A2 pnl 0"),
    Case("two thirds of the cost are rounded, not cut", "A .0000033333 .0000033333 .0000033333 .0000033333", "0 A+3, 1 A-2, 2 A-1", {}, "1o A+3@.0000033333, 2o A-2@.0000033333, 3o A-1@.0000033333", 1000, "1000 1000 1000 1000", trades="A2 pnl 0, A1 pnl 0"),
    Case("so are entry commissions",                   "A 1 1 1 1",      "0 A+3, 1 A-2, 2 A-1", {"minimum": 0.00001},                "1o A+3@1, 2o A-2@1, 3o A-1@1", 999.99997, "1000 999.99999 999.99998 999.99997", commission=0.00003, trades="A2 pnl -.000017, A1 pnl -.000013"),
]

BOOKS = [
    #    name                                          bars                      asks                     settings                        fills                                      cash    equity                     trades
    Case("each part closed is a trade",                "A 100 100 110 90",       "0 A+10, 1 A-4, 2 A-6",  {"cash": 2000},                 "1o A+10@100, 2o A-4@110, 3o A-6@90",      1980,   "2000 2000 2100 1980",     trades="A4 pnl 40, A6 pnl -60"),
    Case("entry commissions go with the parts",        "A 100 100 110 90",       "0 A+10, 1 A-4, 2 A-6",  {"cash": 2000, "bps": 100},     "1o A+10@100, 2o A-4@110, 3o A-6@90",      1960.2, "2000 1990 2085.6 1960.2", trades="A4 pnl 31.6, A6 pnl -71.4", commission=19.8),
    Case("cost is the average of the entries",         "A 100 100 80 90",        "0 A+5, 1 A+5, 2 A-5",   {},                             "1o A+5@100, 2o A+5@80, 3o A-5@90",        550,    "1000 1000 900 1000",      trades="A5 pnl 0", positions="A5"),
    Case("a sell of more than is held is rejected",    "A 100 100 100",          "0 A+5, 1 A-8",          {},                             "1o A+5@100",                              500,    "1000 1000 1000",          refused="rejected 1 A-8 SHORT_NOT_ALLOWED"),
    Case("so is the second of two that exceed it",     "A 100 100 100",          "0 A+5, 1 A-3, 1 A-3",   {},                             "1o A+5@100, 2o A-3@100",                  800,    "1000 1000 1000",          refused="rejected 1 A-3 SHORT_NOT_ALLOWED"),
    Case("and a sell of nothing",                      "A 100 100",              "0 A-1",                 {},                             "",                                        1000,   "1000 1000",               refused="rejected 0 A-1 SHORT_NOT_ALLOWED"),
    Case("a waiting sell counts against the next",     "A 100 100 - 100; B 1 1 1 1", "0 A+5, 1 A-3, 2 A-3", {},                           "1o A+5@100, 3o A-3@100",                  800,    "1000 1000 1000 1000",     refused="rejected 2 A-3 SHORT_NOT_ALLOWED"),
    Case("a pending buy cannot be sold yet",           "A 100 100",              "0 A+5, 0 A-5",          {},                             "1o A+5@100",                              500,    "1000 1000",               refused="rejected 0 A-5 SHORT_NOT_ALLOWED"),
    Case("fractional dust below 1e-9 is nothing",      "A 100 100 100",          "0 A+.3, 1 A-.2999999999", {"fractional": True},         "1o A+.3@100, 2o A-.2999999999@100",       1000,   "1000 1000 1000",          trades="A.2999999999 pnl 0", positions=""),
    Case("three tenths are sold in tenths",            "A 100 100 100 100 100",  "0 A+.3, 1 A-.1, 2 A-.1, 3 A-.1", {"fractional": True}, "1o A+.3@100, 2o A-.1@100, 3o A-.1@100, 4o A-.1@100", 1000, "1000 1000 1000 1000 1000", positions=""),
    Case("a hundred-millionth is a holding",           "A 100 100 100",          "0 A+.3, 1 A-.29999999", {"fractional": True},           "1o A+.3@100, 2o A-.29999999@100",         999.999999, "1000 1000 1000",      positions="A.00000001"),
]
# fmt: on
