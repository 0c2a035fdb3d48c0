# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Scarce cash, targets, limits, cancels, halts. Worked out by hand; cash is 1000 where a row does not say."""

from tests.scenario.tape import Case

RANK, REJECT, FRACTIONAL = {"shortage": "rank"}, {"shortage": "reject"}, {"fractional": True}

# fmt: off
SHORTAGE = [
    #    name                                          bars                                     asks                      settings                     fills                                    cash  equity              refused
    Case("scale cuts all by one factor: 1/2",          "A 100 100; B 50 50",                    "0 A+10, 0 B+20",         {},                          "1o A+5@100, 1o B+10@50",                0,    "1000 1000",        refused="canceled 1 A+5 CASH_SHORTAGE, canceled 1 B+10 CASH_SHORTAGE"),
    Case("to whole shares: just below 1",              "A 100 100; B 30 30",                    "0 A+7, 0 B+11",          {},                          "1o A+6@100, 1o B+10@30",                100,  "1000 1000",        refused="canceled 1 A+1 CASH_SHORTAGE, canceled 1 B+1 CASH_SHORTAGE"),
    Case("what is cut to nothing is canceled",         "A 900 900; B 10 10",                    "0 A+1, 0 B+50",          {},                          "1o B+49@10",                            510,  "1000 1000",        refused="canceled 1 A+1 CASH_SHORTAGE, canceled 1 B+1 CASH_SHORTAGE"),
    Case("equal orders are cut alike",                 "A 100 120; B 100 120",                  "0 =A:.5 B:.5",           {},                          "1o A+4@120, 1o B+4@120",                40,   "1000 1000",        refused="canceled 1 A+1 CASH_SHORTAGE, canceled 1 B+1 CASH_SHORTAGE"),
    Case("the commission needs cash too",              "A 100 100",                             "0 A+10",                 {"minimum": 1},              "1o A+9@100",                            99,   "1000 999",         refused="canceled 1 A+1 CASH_SHORTAGE"),
    Case("fractions are cut to the last cent",         "A 100 100",                             "0 A+20",                 FRACTIONAL,                  "1o A+10@100",                           0,    "1000 1000",        refused="canceled 1 A+10 CASH_SHORTAGE"),
    Case("cash for nothing",                           "A 100 100 100",                         "0 A+10, 1 A+1",          {},                          "1o A+10@100",                           0,    "1000 1000 1000",   refused="canceled 2 A+1 CASH_SHORTAGE"),
    Case("rank: equal priority goes by name",          "A 100 120; B 100 120",                  "0 =A:.5 B:.5",           RANK,                        "1o A+5@120, 1o B+3@120",                40,   "1000 1000",        refused="canceled 1 B+2 CASH_SHORTAGE"),
    Case("rank: the heavier weight first",             "A 100 120; B 100 120",                  "0 =A:.3 B:.7",           RANK,                        "1o A+1@120, 1o B+7@120",                40,   "1000 1000",        refused="canceled 1 A+2 CASH_SHORTAGE"),
    Case("rank: what comes after may still fit",       "A 100 150; B 100 150; C 1 1",           "0 =A:.5 B:.49 C:.01",    RANK,                        "1o A+5@150, 1o B+1@150, 1o C+10@1",     90,   "1000 1000",        refused="canceled 1 B+3 CASH_SHORTAGE"),
    Case("reject: all or nothing each, by name",       "A 100 120; B 100 120",                  "0 =A:.5 B:.5",           REJECT,                      "1o A+5@120",                            400,  "1000 1000",        refused="canceled 1 B+5 CASH_SHORTAGE"),
    Case("reject: a smaller one later fits",           "A 100 130; B 100 130; C 100 130",       "0 =A:.5 B:.3 C:.2",      REJECT,                      "1o A+5@130, 1o C+2@130",                90,   "1000 1000",        refused="canceled 1 B+3 CASH_SHORTAGE"),
    Case("sells pay for the buys of the same open",    "A 100 100 100; B 100 100 100",          "0 A+10, 1 B+10, 1 A-10", {},                          "1o A+10@100, 2o A-10@100, 2o B+10@100", 0,    "1000 1000 1000"),
    Case("a sell that cannot pay its commission",      "A 10 10 5",                             "0 A+1, 1 A-1",           {"cash": 20, "minimum": 10}, "1o A+1@10",                             0,    "20 10 5",          refused="canceled 2 A-1 CASH_SHORTAGE"),
    Case("shortage at a close",                        "A 100 100; B 50 50",                    "0 A+10, 0 B+20",         {"fill": "same_close"},      "0c A+5@100, 0c B+10@50",                0,    "1000 1000",        refused="canceled 0 A+5 CASH_SHORTAGE, canceled 0 B+10 CASH_SHORTAGE"),
    Case("waiting orders claim nothing",               "A 100 - 100; B 100 100 100",            "0 A+10, 0 B+10",         {},                          "1o B+10@100",                           0,    "1000 1000 1000",   refused="canceled 2 A+10 CASH_SHORTAGE"),
]

TARGETS = [
    #    name                                          bars                                     asks                      settings                     fills                                    cash    equity                   refused
    Case("sized at the decision, whole shares",        "A 110 120",                             "0 A~.5",                 {},                          "1o A+4@120",                            520,    "1000 1000"),
    Case("fractional: not truncated",                  "A 160 160",                             "0 A~.5",                 FRACTIONAL,                  "1o A+3.125@160",                        500,    "1000 1000"),
    Case("asked twice at once",                        "A 100 100",                             "0 A~.4, 0 A~.4",         {},                          "1o A+4@100",                            600,    "1000 1000"),
    Case("asked twice while it waits",                 "A 100 - 100; B 1 1 1",                  "0 A~.4, 1 A~.4",         {},                          "2o A+4@100",                            600,    "1000 1000 1000"),
    Case("asked again when it is held",                "A 100 100 100",                         "0 A~.4, 1 A~.4",         {},                          "1o A+4@100",                            600,    "1000 1000 1000"),
    Case("asked for more while it waits",              "A 100 - 100; B 1 1 1",                  "0 A~.4, 1 A~.6",         {},                          "2o A+4@100, 2o A+2@100",                400,    "1000 1000 1000"),
    Case("weights twice",                              "A 100 100; B 50 50",                    "0 =A:.4 B:.4, 0 =A:.4 B:.4", {},                      "1o A+4@100, 1o B+8@50",                 200,    "1000 1000"),
    Case("what is not named is sold",                  "A 100 100 100; B 50 50 50",             "0 A+5, 1 =B:.5",         {},                          "1o A+5@100, 2o A-5@100, 2o B+10@50",    500,    "1000 1000 1000"),
    Case("a smaller weight sells a part",              "A 100 100 100",                         "0 =A:.5, 1 =A:.3",       {},                          "1o A+5@100, 2o A-2@100",                700,    "1000 1000 1000"),
    Case("sized on equity, not on cash",               "A 100 100 200 200",                     "0 A+5, 2 A~1.0",         {},                          "1o A+5@100, 3o A+2@200",                100,    "1000 1000 1500 1500"),
    Case("a stale price sizes too",                    "A 100 - 50; B 1 1 1",                   "1 A~.5",                 {},                          "2o A+5@50",                             750,    "1000 1000 1000"),
    Case("what never traded cannot be sized",          "A - - 80; B 50 50 50",                  "0 =A:.5 B:.5",           {},                          "1o B+10@50",                            500,    "1000 1000 1000",       refused="denied 0 A+0 NO_PRICE"),
    Case("less than a share is no order",              "A 300 300",                             "0 A~.2",                 {},                          "",                                      1000,   "1000 1000"),
    Case("sells are sent first, each side by name",    "A 10 10 10; B 10 10 10; C 10 10 10; D 10 10 10", "0 =C:.2 D:.2, 1 =A:.1 B:.1", {},              "1o C+20@10, 1o D+20@10, 2o C-20@10, 2o D-20@10, 2o A+10@10, 2o B+10@10", 800, "1000 1000 1000"),
    Case("same_close sizes on the book before fills",  "A 100 100; B 50 50",                    "0 =A:.5, 1 =B:.5",       {"fill": "same_close"},      "0c A+5@100, 1c A-5@100, 1c B+10@50",    500,    "1000 1000"),
    Case("a waiting buy that is too much is withdrawn", "A 100 - - 100; B 1 1 1 1",              "0 A+5, 1 A~.3",          {},                          "3o A+3@100",                            700,    "1000 1000 1000 1000",  refused="canceled 1 A+5 CANCEL_REQUESTED"),
    Case("so is one that is wanted no more",           "A 100 - - 100; B 1 1 1 1",              "0 A+5, 1 =B:.0",         {},                          "",                                      1000,   "1000 1000 1000 1000",  refused="canceled 1 A+5 CANCEL_REQUESTED"),
    Case("and a waiting sell",                         "A 100 100 - - 100; B 1 1 1 1 1",        "0 A+5, 1 A-4, 2 A~.3",   {},                          "1o A+5@100, 4o A-2@100",                700,    "1000 1000 1000 1000 1000", refused="canceled 2 A-4 CANCEL_REQUESTED"),
    Case("one that is not enough is left to wait",     "A 100 - - 100; B 1 1 1 1",              "0 A+2, 1 A~.3",          {},                          "3o A+2@100, 3o A+1@100",                700,    "1000 1000 1000 1000"),
    Case("a holding is sold to the last fraction",     "A 3 3 3; B 7 7 7",                      "0 =A:1.0, 1 =B:.5",      FRACTIONAL,                  "1o A+333.3333333333333@3, 2o A-333.3333333333333@3, 2o B+71.42857142857143@7", 500, "1000 1000 1000", positions="B71.42857142857143"),
]

LIMITS = [
    #    name                                          bars                                     asks                      settings                                                 fills                          cash  equity             refused
    Case("max_weight trims",                           "A 100 100",                             "0 A+10",                 {"max_weight": 0.5},                                     "1o A+5@100",                  500,  "1000 1000",       refused="trimmed 0 A+5 MAX_WEIGHT"),
    Case("max_weight denies",                          "A 100 100",                             "0 A+10",                 {"max_weight": 0.5, "max_weight_action": "deny"},        "",                            1000, "1000 1000",       refused="denied 0 A+10 MAX_WEIGHT"),
    Case("right at the limit passes",                  "A 100 100",                             "0 A+5",                  {"max_weight": 0.5, "max_weight_action": "deny"},        "1o A+5@100",                  500,  "1000 1000"),
    Case("it counts what is held",                     "A 100 100 100",                         "0 A+3, 1 A+5",           {"max_weight": 0.5},                                     "1o A+3@100, 2o A+2@100",      500,  "1000 1000 1000",  refused="trimmed 1 A+3 MAX_WEIGHT"),
    Case("and what is pending",                        "A 100 - 100; B 1 1 1",                  "0 A+3, 1 A+5",           {"max_weight": 0.5},                                     "2o A+3@100, 2o A+2@100",      500,  "1000 1000 1000",  refused="trimmed 1 A+3 MAX_WEIGHT"),
    Case("and the rest of the batch",                  "A 100 100",                             "0 A+3, 0 A+3",           {"max_weight": 0.5},                                     "1o A+3@100, 1o A+2@100",      500,  "1000 1000",       refused="trimmed 0 A+1 MAX_WEIGHT"),
    Case("trimmed to nothing is denied",               "A 100 100 100",                         "0 A+5, 1 A+1",           {"max_weight": 0.5},                                     "1o A+5@100",                  500,  "1000 1000 1000",  refused="denied 1 A+1 MAX_WEIGHT"),
    Case("a holding that outgrew it is left alone",    "A 100 100 300 300",                     "0 A+5, 2 A+1",           {"max_weight": 0.5},                                     "1o A+5@100",                  500,  "1000 1000 2000 2000", refused="denied 2 A+1 MAX_WEIGHT"),
    Case("reductions always pass",                     "A 100 100 300 300",                     "0 A+5, 2 A-1",           {"max_weight": 0.5},                                     "1o A+5@100, 3o A-1@300",      800,  "1000 1000 2000 2000"),
    Case("fractions are trimmed exactly",              "A 160 160",                             "0 A+5",                  {"max_weight": 0.5, "fractional": True},                 "1o A+3.125@160",              500,  "1000 1000",       refused="trimmed 0 A+1.875 MAX_WEIGHT"),
    Case("max_gross scales the entries alike",         "A 100 100; B 100 100",                  "0 A+5, 0 B+5",           {"max_gross": 0.8},                                      "1o A+4@100, 1o B+4@100",      200,  "1000 1000",       refused="trimmed 0 A+1 MAX_GROSS, trimmed 0 B+1 MAX_GROSS"),
    Case("max_gross denies by rank",                   "A 100 100; B 100 100",                  "0 =A:.3 B:.7",           {"max_gross": 0.8, "max_gross_action": "deny"},          "1o B+7@100",                  300,  "1000 1000",       refused="denied 0 A+3 MAX_GROSS"),
    Case("max_gross denies by name at equal rank",     "A 100 100; B 100 100",                  "0 =A:.5 B:.5",           {"max_gross": 0.8, "max_gross_action": "deny"},          "1o A+5@100",                  500,  "1000 1000",       refused="denied 0 B+5 MAX_GROSS"),
    Case("max_gross counts what is held",              "A 100 100 100; B 100 100 100",          "0 A+5, 1 B+5",           {"max_gross": 0.8},                                      "1o A+5@100, 2o B+3@100",      200,  "1000 1000 1000",  refused="trimmed 1 B+2 MAX_GROSS"),
    Case("the batch's sells make room",                "A 100 100 100; B 100 100 100",          "0 A+8, 1 A-5, 1 B+5",    {"max_gross": 0.8},                                      "1o A+8@100, 2o A-5@100, 2o B+5@100", 200, "1000 1000 1000"),
    Case("so do sells that come after in the batch",   "A 100 100 100; B 100 100 100",          "0 A+8, 1 B+5, 1 A-5",    {"max_gross": 0.8},                                      "1o A+8@100, 2o A-5@100, 2o B+5@100", 200, "1000 1000 1000"),
    Case("both limits: weight, then gross",            "A 100 100; B 100 100",                  "0 A+10, 0 B+10",         {"max_weight": 0.5, "max_gross": 0.8},                   "1o A+4@100, 1o B+4@100",      200,  "1000 1000",       refused="trimmed 0 A+5 MAX_WEIGHT, trimmed 0 B+5 MAX_WEIGHT, trimmed 0 A+1 MAX_GROSS, trimmed 0 B+1 MAX_GROSS"),
    Case("what never traded has no weight",            "A - - 80; B 50 50 50",                  "0 A+5, 0 B+5",           {"max_weight": 0.5},                                     "1o B+5@50",                   750,  "1000 1000 1000",  refused="denied 0 A+5 NO_PRICE"),
]

CANCELS = [
    #    name                                          bars                                     asks                             settings            fills                             cash  equity                   refused
    Case("a waiting order is canceled",                "A 100 - 100; B 1 1 1",                  "0 A+5, 1 cancel 0",             {},                 "",                               1000, "1000 1000 1000",        refused="canceled 1 A+5 CANCEL_REQUESTED", waiting="0 1 0"),
    Case("only the one that was named",                "A 100 - 100; B 1 1 1",                  "0 A+5, 0 A+2, 1 cancel 0",      {},                 "2o A+2@100",                     800,  "1000 1000 1000",        refused="canceled 1 A+5 CANCEL_REQUESTED", waiting="0 2 0"),
    Case("all of them",                                "A 100 - 100; B 1 1 1",                  "0 A+5, 0 A+2, 1 cancel all",    {},                 "",                               1000, "1000 1000 1000",        refused="canceled 1 A+5 CANCEL_REQUESTED, canceled 1 A+2 CANCEL_REQUESTED"),
    Case("a canceled order is pending no more",        "A 100 - - 100; B 1 1 1 1",              "0 A~.5, 1 cancel 0, 2 A~.3",    {},                 "3o A+3@100",                     700,  "1000 1000 1000 1000",   refused="canceled 1 A+5 CANCEL_REQUESTED"),
    Case("its room under the limit is free again",     "A 100 - - 100; B 1 1 1 1",              "0 A+5, 1 cancel 0, 2 A+4",      {"max_weight": 0.5}, "3o A+4@100",                    600,  "1000 1000 1000 1000",   refused="canceled 1 A+5 CANCEL_REQUESTED"),
    Case("its room is free at once",                   "A 100 - - 100; B 1 1 1 1",              "0 A+5, 1 cancel 0, 1 A+4",      {"max_weight": 0.5, "max_weight_action": "deny"}, "3o A+4@100", 600, "1000 1000 1000 1000",   refused="canceled 1 A+5 CANCEL_REQUESTED"),
    Case("so it is under max_gross",                   "A 100 - - 100; B 1 1 1 1",              "0 A+5, 1 A~.3",                 {"max_gross": 0.5, "max_gross_action": "deny"}, "3o A+3@100", 700, "1000 1000 1000 1000",     refused="canceled 1 A+5 CANCEL_REQUESTED"),
    Case("a canceled sell may be sold again",          "A 100 100 - - 100; B 1 1 1 1 1",        "0 A+5, 1 A-5, 2 cancel 1, 3 A-2", {},               "1o A+5@100, 4o A-2@100",         700,  "1000 1000 1000 1000 1000", refused="canceled 2 A-5 CANCEL_REQUESTED"),
]

HALTS = [
    #    name                                          bars                                     asks                             settings                            fills                                      cash  equity               refused
    Case("a halt denies entries",                      "A 100 100 100",                         "0 A+5, 1 A+3",                  {"halt_from": 1},                   "1o A+5@100",                              500,  "1000 1000 1000",    refused="denied 1 A+3 TRADING_HALTED"),
    Case("but lets reductions through",                "A 100 100 100",                         "0 A+5, 1 A-2",                  {"halt_from": 1},                   "1o A+5@100, 2o A-2@100",                  700,  "1000 1000 1000"),
    Case("and exits",                                  "A 100 100 80",                          "0 A+5",                         {"halt_from": 1, "stop_loss": 0.1}, "1o A+5@100, 2o A-5@80 stop_loss",         900,  "1000 1000 900"),
    Case("for good",                                   "A 100 100 100 100",                     "0 A+5, 3 A+3",                  {"halt_from": 1},                   "1o A+5@100",                              500,  "1000 1000 1000 1000", refused="denied 3 A+3 TRADING_HALTED"),
]
# fmt: on
