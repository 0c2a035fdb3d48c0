# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Targets: what is too small to trade, what is kept free, and what is worked out when the order goes."""

from tests.scenario.tape import Case

FILL = {"sizing": "fill"}

THRESHOLD = [
    Case("a change worth less than a weight",        "A 10 10 10",      "0 A~.5, 1 A~.55",        {"least_weight": 0.1},   "1o A+50@10",               500,  "1000 1000 1000", refused="skipped 1 A+5 BELOW_THRESHOLD"),
    Case("worth just that much",                     "A 10 10 10",      "0 A~.5, 1 A~.6",         {"least_weight": 0.1},   "1o A+50@10, 2o A+10@10",   400,  "1000 1000 1000"),
    Case("worth less than a value",                  "A 10 10 10",      "0 A~.5, 1 A~.54",        {"least_value": 40.01},  "1o A+50@10",               500,  "1000 1000 1000", refused="skipped 1 A+4 BELOW_THRESHOLD"),
    Case("worth just that value",                    "A 10 10 10",      "0 A~.5, 1 A~.54",        {"least_value": 40.0},   "1o A+50@10, 2o A+4@10",    460,  "1000 1000 1000"),
    Case("the larger of both holds",                 "A 10 10 10",      "0 A~.5, 1 A~.55",        {"least_value": 40.0, "least_weight": 0.06}, "1o A+50@10", 500,  "1000 1000 1000", refused="skipped 1 A+5 BELOW_THRESHOLD"),
    Case("a reduction makes none too",              "A 10 10 10",      "0 A~.5, 1 A~.45",        {"least_weight": 0.1},   "1o A+50@10",               500,  "1000 1000 1000", refused="skipped 1 A-5 BELOW_THRESHOLD"),
    Case("opening less than that",                   "A 10 10; B 10 10", "0 =A:.05 B:.2",         {"least_weight": 0.1},   "1o B+20@10",               800,  "1000 1000",      refused="skipped 0 A+5 BELOW_THRESHOLD"),
    Case("closing is never too small",               "A 10 10 10 10",   "0 A+1, 1 =",             {"least_weight": 0.1},   "1o A+1@10, 2o A-1@10",     1000, "1000 1000 1000 1000"),
    Case("nor to a weight of 0",                     "A 10 10 10 10",   "0 A+1, 1 A~0",           {"least_weight": 0.1},   "1o A+1@10, 2o A-1@10",     1000, "1000 1000 1000 1000"),
    Case("nor to less than a unit",                  "A 10 10 10 10",   "0 A+1, 1 A~.005",        {"least_weight": 0.1},   "1o A+1@10, 2o A-1@10",     1000, "1000 1000 1000 1000"),
    Case("orders of units are as asked",             "A 10 10 10",      "0 A+1, 1 A-1",           {"least_weight": 0.1},   "1o A+1@10, 2o A-1@10",     1000, "1000 1000 1000"),
    Case("what makes none is not pending",          "A 10 10 10 10",   "0 A~.5, 1 A~.55, 2 A~.61", {"least_weight": 0.1}, "1o A+50@10, 3o A+11@10",   390,  "1000 1000 1000 1000", refused="skipped 1 A+5 BELOW_THRESHOLD"),
    Case("LEAN leaves out under 0.1 % of value",          "A 1 1 1",         "0 A~.5, 1 A~.5009",      {"least_weight": 0.001, "cash": 10_000.0}, "1o A+5000@1", 5000, "10000 10000 10000", refused="skipped 1 A+9 BELOW_THRESHOLD"),
    Case("and no more than that",                    "A 1 1 1",         "0 A~.5, 1 A~.501",       {"least_weight": 0.001, "cash": 10_000.0}, "1o A+5000@1, 2o A+10@1", 4990, "10000 10000 10000"),
    Case("at the fill it is tested again",           "A 10 10 10.6 10.6", "0 A~.5, 1 A~.6",       {"least_weight": 0.1, **FILL}, "1o A+50@10",         500,  "1000 1000 1030 1030", refused="canceled 2 A+10 BELOW_THRESHOLD"),
]  # fmt: skip

BUFFER = [
    Case("LEAN: 100 % of 10 000 at 101 is 98",       "A 101 101",       "0 A~1",                  {"kept_free": 0.0025, "cash": 10_000.0}, "1o A+98@101",       102,  "10000 10000"),
    Case("without it it is 99",                      "A 101 101",       "0 A~1",                  {"cash": 10_000.0},      "1o A+99@101",              1,    "10000 10000"),
    Case("a gap is cut, where LEAN owes 781",        "A 101 110",       "0 A~1",                  {"kept_free": 0.0025, "cash": 10_000.0}, "1o A+90@110",       100,  "10000 10000",    refused="canceled 1 A+8 CASH_SHORTAGE"),
    Case("sized at the fill nothing is cut",         "A 101 110",       "0 A~1",                  {"kept_free": 0.0025, "cash": 10_000.0, **FILL}, "1o A+90@110", 100, "10000 10000"),
    Case("a target of money is not made less",       "A 10 10",         "0 A$400",                {"kept_free": 0.5},      "1o A+40@10",               600,  "1000 1000"),
    Case("backtrader: 100 % with a fee of 0.1 %",    "A 100 100",       "0 A~1",                  {"bps": 10.0, "shortage": "reject"}, "",             1000, "1000 1000",      refused="canceled 1 A+10 CASH_SHORTAGE"),
    Case("and 90 %",                                 "A 100 100",       "0 A~.9",                 {"bps": 10.0, "shortage": "reject"}, "1o A+9@100",   99.1, "1000 999.1"),
    Case("backtrader: two targets of 60 %",          "A 100 100; B 100 100", "0 A~.6, 0 B~.6",    {"shortage": "reject"},  "1o A+6@100",               400,  "1000 1000",      refused="canceled 1 B+6 CASH_SHORTAGE"),
    Case("zipline stacks two calls, here they do not", "A 100 100",     "0 A~.5, 0 A~.5",         {},                      "1o A+5@100",               500,  "1000 1000"),
    Case("entries leave the floor alone",            "A 100 100",       "0 A+10",                 {"floor": 0.1},          "1o A+9@100",               100,  "1000 1000",      refused="canceled 1 A+1 CASH_SHORTAGE"),
    Case("all of them are cut to it alike",          "A 100 100; B 100 100", "0 A+5, 0 B+5",      {"floor": 0.2},          "1o A+4@100, 1o B+4@100",   200,  "1000 1000",      refused="canceled 1 A+1 CASH_SHORTAGE, canceled 1 B+1 CASH_SHORTAGE"),
    Case("or by rank",                               "A 100 100; B 100 100", "0 =A:.4 B:.5",      {"floor": 0.2, "shortage": "rank"}, "1o A+3@100, 1o B+5@100", 200, "1000 1000",   refused="canceled 1 A+1 CASH_SHORTAGE"),
    Case("or rejected",                              "A 100 100; B 100 100", "0 =A:.4 B:.5",      {"floor": 0.2, "shortage": "reject"}, "1o B+5@100",     500,  "1000 1000",      refused="canceled 1 A+4 CASH_SHORTAGE"),
    Case("it is a part of the equity last marked",   "A 100 100/300/100/300 300; B 50 50 50", "0 A+5, 1 B+10", {"floor": 0.2}, "1o A+5@100, 2o B+2@50",  400,  "1000 2000 2000", refused="canceled 2 B+8 CASH_SHORTAGE"),
    Case("cash below it stays where it is",          "A 100 100/400/100/400 400 400; B 50 50 50 50", "0 A+5, 1 B+1", {"floor": 0.5}, "1o A+5@100",      500,  "1000 2500 2500 2500", refused="canceled 2 B+1 CASH_SHORTAGE"),
    Case("sales bring cash whatever it is",          "A 100 100 100 100; B 50 50 50 50", "0 A+5, 1 =B:.5", {"floor": 0.5}, "1o A+5@100, 2o A-5@100, 2o B+10@50", 500, "1000 1000 1000 1000"),
    Case("the close of the decision knows its mark", "A 100 200; B 50 50", "0 A+5, 1 B+10",       {"floor": 0.2, "fill": "same_close"}, "0c A+5@100, 1c B+4@50", 300, "1000 1500", refused="canceled 1 B+6 CASH_SHORTAGE"),
]  # fmt: skip

AT_FILL = [
    Case("at the open it meets",                     "A 100 110",       "0 A~.5",                 FILL,                    "1o A+4@110",               560,  "1000 1000"),
    Case("at the decision for comparison",           "A 100 110",       "0 A~.5",                 {},                      "1o A+5@110",               450,  "1000 1000"),
    Case("more, where the price has fallen",         "A 100 80",        "0 A~.5",                 FILL,                    "1o A+6@80",                520,  "1000 1000"),
    Case("at the close it meets",                    "A 100 90/90/40/40", "0 A~.5",               {**FILL, "fill": "next_close"}, "1c A+12@40",        520,  "1000 1000"),
    Case("at the close of the decision nothing changes", "A 99 50",     "0 A~.5",                 {**FILL, "fill": "same_close"}, "0c A+5@99",         505,  "1000 755"),
    Case("of the equity at that moment",             "A 100 100 100; B 50 50 100", "0 B+10, 1 A~.3", FILL,                 "1o B+10@50, 2o A+4@100",   100,  "1000 1000 1500"),
    Case("what has no bar is worth its last mark",   "A 100 100 100; B 50 50 -", "0 B+10, 1 A~.3", FILL,                   "1o B+10@50, 2o A+3@100",   200,  "1000 1000 1000"),
    Case("all on one equity before any of them fills", "A 100 100 200; B 100 100 50", "0 A+5, 1 =A:.2 B:.5", {"slippage_bps": 1000.0, **FILL}, "1o A+5@110, 2o A-4@180, 2o B+14@55", 400, "1000 950 1300"),
    Case("slippage comes on top",                    "A 100 100",       "0 A~1",                  {"slippage_bps": 1000.0, **FILL}, "1o A+9@110",      10,   "1000 910",       refused="canceled 1 A+1 CASH_SHORTAGE"),
    Case("a target of money",                        "A 100 110",       "0 A$500",                FILL,                    "1o A+4@110",               560,  "1000 1000"),
    Case("stays so much money",                      "A 100 100 100; B 50 50 100", "0 B+10, 1 A$300", FILL,                "1o B+10@50, 2o A+3@100",   200,  "1000 1000 1500"),
    Case("closing sells what is held",               "A 100 100 130",   "0 A~.5, 1 =",            FILL,                    "1o A+5@100, 2o A-5@130",   1150, "1000 1000 1150"),
    Case("a reduction to a weight",                  "A 100 100 50",    "0 A~.8, 1 A~.4",         FILL,                    "1o A+8@100, 2o A-4@50",    400,  "1000 1000 600"),
    Case("it waits for the next bar",                "A 100 - 80",      "0 A~.4",                 FILL,                    "2o A+5@80",                600,  "1000 1000 1000", waiting="0 1 0"),
    Case("asked again while it waits",               "A 100 - 80",      "0 A~.4, 1 A~.4",         FILL,                    "2o A+5@80",                600,  "1000 1000 1000", waiting="0 1 0"),
    Case("asked for more while it waits",            "A 100 - 80",      "0 A~.4, 1 A~.6",         FILL,                    "2o A+5@80, 2o A+2@80",     440,  "1000 1000 1000"),
    Case("asked for less while it waits",            "A 100 - 80",      "0 A~.4, 1 A~.2",         FILL,                    "2o A+2@80",                840,  "1000 1000 1000", refused="canceled 1 A+4 CANCEL_REQUESTED"),
    Case("units before it count",                    "A 100 50",        "0 A+3, 0 A~.5",          FILL,                    "1o A+3@50, 1o A+7@50",     500,  "1000 1000"),
    Case("units after it are added",                 "A 100 50",        "0 A~.5, 0 A+3",          FILL,                    "1o A+10@50, 1o A+3@50",    350,  "1000 1000"),
    Case("nothing left to do",                       "A 100 100 130 130", "0 A+5, 1 A~.6",        FILL,                    "1o A+5@100",               500,  "1000 1000 1150 1150", refused="canceled 2 A+1 BELOW_THRESHOLD"),
    Case("a buy does not become a sale",             "A 100 100 200 200", "0 A+5, 1 A~.6",        FILL,                    "1o A+5@100",               500,  "1000 1000 1500 1500", refused="canceled 2 A+1 BELOW_THRESHOLD"),
    Case("a sale does not become a buy",             "A 100 100 50 50", "0 A+5, 1 A~.4",          FILL,                    "1o A+5@100",               500,  "1000 1000 750 750", refused="canceled 2 A-1 BELOW_THRESHOLD"),
    Case("what a stop sold is not bought back",      "A 100 100 80",    "0 A+5, 1 A~.6",          {"stop_loss": 0.1, **FILL}, "1o A+5@100, 2o A-5@80 stop_loss, 2o A+1@80", 820, "1000 1000 900"),
    Case("nor where it was sold inside the bar",     "A 100 100 100/100/80/80", "0 A+5, 1 A~.9",  {"stop_loss": 0.1, **FILL, "fill": "next_close"}, "1c A+5@100, 2b A-5@90 stop_loss, 2c A+5@80", 550, "1000 1000 950"),
    Case("a decision at the close knows of it",      "A 100 100/100/80/80", "0 A+5, 1 A~.5",      {"stop_loss": 0.1, **FILL, "fill": "same_close"}, "0c A+5@100, 1b A-5@90 stop_loss, 1c A+5@80", 550, "1000 950"),
    Case("a limit of weight holds at the new price", "A 100 50",        "0 A~.5",                 {"max_weight": 0.3, **FILL}, "1o A+6@50",            700,  "1000 1000",      refused="trimmed 0 A+2 MAX_WEIGHT"),
    Case("and is used up at the old one",            "A 100 100",       "0 A~.5",                 {"max_weight": 0.3, **FILL}, "1o A+3@100",           700,  "1000 1000",      refused="trimmed 0 A+2 MAX_WEIGHT"),
    Case("a limit of money's worth too",             "A 100 50",        "0 A$500",                {"max_weight": 0.3, **FILL}, "1o A+6@50",            700,  "1000 1000",      refused="trimmed 0 A+2 MAX_WEIGHT"),
    Case("beside what is held already",              "A 100 100 50",    "0 A+2, 1 A~.5",          {"max_weight": 0.3, **FILL}, "1o A+2@100, 2o A+3@50", 650, "1000 1000 900",  refused="trimmed 1 A+2 MAX_WEIGHT"),
    Case("a limit of gross holds likewise",          "A 100 50; B 100 200", "0 =A:.5 B:.5",       {"max_gross": 0.8, **FILL}, "1o A+8@50, 1o B+2@200", 200,  "1000 1000",      refused="trimmed 0 A+1 MAX_GROSS, trimmed 0 B+1 MAX_GROSS"),
    Case("a halt leaves sales",                      "A 100 100 100 50", "0 A~.5, 2 =A:.2",      {"halt_from": 1, **FILL}, "1o A+5@100, 3o A-2@50",   600,  "1000 1000 1000 750"),
]  # fmt: skip
