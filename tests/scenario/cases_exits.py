# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Stop-loss, take-profit and trailing stop. Figures are worked out by hand; cash is 1000 where a row does not say."""

from tests.scenario.tape import Case

STOP, TAKE, TRAIL = {"stop_loss": 0.1}, {"take_profit": 0.2}, {"trailing_stop": 0.1}
BOTH = STOP | TAKE
SLIP = {"slippage_bps": 100}
NEXT_CLOSE, SAME_CLOSE = {"fill": "next_close"}, {"fill": "same_close"}

# fmt: off
LEVELS = [
    #    name                                          bars                                    asks     settings        fills                                         cash     equity
    Case("stop gapped over: out at the open",          "A 100 100 80",                         "0 A+5", STOP,           "1o A+5@100, 2o A-5@80 stop_loss",            900,     "1000 1000 900",  trades="A5 pnl -100"),
    Case("open right on the stop",                     "A 100 100 90",                         "0 A+5", STOP,           "1o A+5@100, 2o A-5@90 stop_loss",            950,     "1000 1000 950"),
    Case("stop inside the bar: at the stop",           "A 100 100 98/99/85/95",                "0 A+5", STOP,           "1o A+5@100, 2b A-5@90 stop_loss",            950,     "1000 1000 950"),
    Case("a low right on the stop hits it",            "A 100 100 98/99/90/95",                "0 A+5", STOP,           "1o A+5@100, 2b A-5@90 stop_loss",            950,     "1000 1000 950"),
    Case("a low above it does not",                    "A 100 100 98/99/90.01/95",             "0 A+5", STOP,           "1o A+5@100",                                 500,     "1000 1000 975"),
    Case("take gapped over: out at the open",          "A 100 100 125/126/110/112",            "0 A+5", TAKE,           "1o A+5@100, 2o A-5@125 take_profit",         1125,    "1000 1000 1125"),
    Case("open right on the take",                     "A 100 100 120",                        "0 A+5", TAKE,           "1o A+5@100, 2o A-5@120 take_profit",         1100,    "1000 1000 1100"),
    Case("take inside the bar: at the level",          "A 100 100 100/125/99/118",             "0 A+5", TAKE,           "1o A+5@100, 2b A-5@120 take_profit",         1100,    "1000 1000 1100"),
    Case("a high right on the take hits it",           "A 100 100 100/120/99/118",             "0 A+5", TAKE,           "1o A+5@100, 2b A-5@120 take_profit",         1100,    "1000 1000 1100"),
    Case("a high below it does not",                   "A 100 100 100/119.99/99/118",          "0 A+5", TAKE,           "1o A+5@100",                                 500,     "1000 1000 1090"),
    Case("both inside one bar: the stop, and counted", "A 100 100 100/125/85/100",             "0 A+5", BOTH,           "1o A+5@100, 2b A-5@90 stop_loss",            950,     "1000 1000 950",  ambiguous=1),
    Case("a gap over one of them is not ambiguous",    "A 100 100 85/125/80/100",              "0 A+5", BOTH,           "1o A+5@100, 2o A-5@85 stop_loss",            925,     "1000 1000 925"),
    Case("a gap up over the take, then a crash",       "A 100 100 125/125/80/85",              "0 A+5", BOTH,           "1o A+5@100, 2o A-5@125 take_profit",         1125,    "1000 1000 1125"),
    Case("stops slip: entry 101, stop 90.9",           "A 100 100 98/99/85/95",                "0 A+5", STOP | SLIP,    "1o A+5@101, 2b A-5@89.991 stop_loss",        944.955, "1000 995 944.955", slippage=9.545),
    Case("a gapped stop slips from the open",          "A 100 100 80",                         "0 A+5", STOP | SLIP,    "1o A+5@101, 2o A-5@79.2 stop_loss",          891,     "1000 995 891",   slippage=9),
    Case("takes do not slip: level 121.2",             "A 100 100 100/125/99/118",             "0 A+5", TAKE | SLIP,    "1o A+5@101, 2b A-5@121.2 take_profit",       1101,    "1000 995 1101",  slippage=5),
    Case("nor do they in a gap",                       "A 100 100 130",                        "0 A+5", TAKE | SLIP,    "1o A+5@101, 2o A-5@130 take_profit",         1145,    "1000 995 1145",  slippage=5),
    Case("an exit pays its commission",                "A 100 100 80",                         "0 A+5", STOP | {"minimum": 1}, "1o A+5@100, 2o A-5@80 stop_loss",     898,     "1000 999 898",   commission=2, trades="A5 pnl -102"),
    Case("an exit that cannot pay stays, and tries again", "A 10 10 5 6 20",                     "0 A+1", STOP | {"cash": 20, "minimum": 10}, "1o A+1@10",                         0,       "20 10 5 6 20",   refused="canceled 2 A-1 CASH_SHORTAGE, canceled 3 A-1 CASH_SHORTAGE"),
    Case("no bar, no exit",                            "A 100 100 - 85; B 1 1 1 1",            "0 A+5", STOP,           "1o A+5@100, 3o A-5@85 stop_loss",            925,     "1000 1000 1000 925", stale="0 0 1 0"),
    Case("exits go in the order of the names",         "A 10 10 8; B 10 10 8; C 10 10 8",      "0 C+1, 0 B+1, 0 A+1", STOP, "1o C+1@10, 1o B+1@10, 1o A+1@10, 2o A-1@8 stop_loss, 2o B-1@8 stop_loss, 2o C-1@8 stop_loss", 994, "1000 1000 994"),
    Case("gaps go before what is inside the bar",      "A 10 10 10/10/8/8; B 10 10 8",         "0 A+1, 0 B+1", STOP,    "1o A+1@10, 1o B+1@10, 2o B-1@8 stop_loss, 2b A-1@9 stop_loss", 997, "1000 1000 997"),
]

ENTRY_BAR = [
    #    name                                          bars                                            asks                  settings            fills                                         cash   equity
    Case("bought at the open, stopped in that bar",    "A 100 100/101/85/95",                          "0 A+5",              STOP,               "1o A+5@100, 1b A-5@90 stop_loss",            950,   "1000 950"),
    Case("bought at the open, taken in that bar",      "A 100 100/125/99/118",                         "0 A+5",              TAKE,               "1o A+5@100, 1b A-5@120 take_profit",         1100,  "1000 1100"),
    Case("ambiguous in its first bar",                 "A 100 100/125/85/118",                         "0 A+5",              BOTH,               "1o A+5@100, 1b A-5@90 stop_loss",            950,   "1000 950",            ambiguous=1),
    Case("trailed from the fill price in that bar",    "A 100 100/130/90/95",                          "0 A+5",              TRAIL,              "1o A+5@100, 1b A-5@90 trailing_stop",        950,   "1000 950"),
    Case("next_close is not exposed to its bar",       "A 100 100/130/70/100 100",                     "0 A+5",              BOTH | NEXT_CLOSE,  "1c A+5@100",                                 500,   "1000 1000 1000"),
    Case("but to the next",                            "A 100 100/130/70/100 100/100/85/95",           "0 A+5",              BOTH | NEXT_CLOSE,  "1c A+5@100, 2b A-5@90 stop_loss",            950,   "1000 1000 950"),
    Case("same_close is not exposed to its bar",       "A 100/130/70/100 100",                         "0 A+5",              BOTH | SAME_CLOSE,  "0c A+5@100",                                 500,   "1000 1000"),
    Case("but to the very next",                       "A 100/130/70/100 100/100/85/95",               "0 A+5",              BOTH | SAME_CLOSE,  "0c A+5@100, 1b A-5@90 stop_loss",            950,   "1000 950"),
    Case("and to its gap",                             "A 100 80",                                     "0 A+5",              STOP | SAME_CLOSE,  "0c A+5@100, 1o A-5@80 stop_loss",            900,   "1000 900"),
    Case("an entry the gap exit pays for",             "A 100 100 80; B 100 100 100",                  "0 A+5, 1 B+4",       STOP | {"cash": 500}, "1o A+5@100, 2o A-5@80 stop_loss, 2o B+4@100", 0,  "500 500 400"),
    Case("an exit inside the bar comes too late",      "A 100 100 100/100/85/95; B 100 100 100",       "0 A+5, 1 B+4",       STOP | {"cash": 500}, "1o A+5@100, 2b A-5@90 stop_loss",          450,   "500 500 450",         refused="canceled 2 B+4 CASH_SHORTAGE"),
    Case("but in time for the close",                  "A 100 100 100/100/85/95; B 100 100 100",       "0 A+5, 1 B+4",       STOP | NEXT_CLOSE | {"cash": 500}, "1c A+5@100, 2b A-5@90 stop_loss, 2c B+4@100", 50, "500 500 450"),
    Case("the strategy's sell finds nothing left",     "A 100 100 80",                                 "0 A+5, 1 A-5",       STOP,               "1o A+5@100, 2o A-5@80 stop_loss",            900,   "1000 1000 900",       refused="canceled 2 A-5 NO_POSITION"),
    Case("at the close it finds nothing either",       "A 100 100 100/100/85/95",                      "0 A+5, 1 A-5",       STOP | NEXT_CLOSE,  "1c A+5@100, 2b A-5@90 stop_loss",            950,   "1000 1000 950",       refused="canceled 2 A-5 NO_POSITION"),
    Case("sold in part at the open, the rest stopped", "A 100 100 95/96/85/90",                        "0 A+5, 1 A-2",       STOP,               "1o A+5@100, 2o A-2@95, 2b A-3@90 stop_loss", 960,   "1000 1000 960",       trades="A2 pnl -10, A3 pnl -30"),
    Case("stopped and bought again at one open",       "A 100 100 80 80",                              "0 A+5, 1 A+3",       STOP,               "1o A+5@100, 2o A-5@80 stop_loss, 2o A+3@80", 660,   "1000 1000 900 900"),
    Case("the new position has its own level, 72",     "A 100 100 80/80/70/75",                        "0 A+5, 1 A+3",       STOP,               "1o A+5@100, 2o A-5@80 stop_loss, 2o A+3@80, 2b A-3@72 stop_loss", 876, "1000 1000 876"),
    Case("stopped in the bar, bought at its close",    "A 100 100 100/100/85/95 95/95/87/90",          "0 A+5, 1 A+3",       STOP | NEXT_CLOSE,  "1c A+5@100, 2b A-5@90 stop_loss, 2c A+3@95", 665,   "1000 1000 950 935"),
]

MOVING = [
    #    name                                          bars                                                        asks             settings                  fills                                          cash   equity
    Case("a high raises the level from the next bar",  "A 100 100 106/120/104/118 118/118/100/105",                "0 A+5",         TRAIL,                    "1o A+5@100, 3b A-5@108 trailing_stop",        1040,  "1000 1000 1090 1040"),
    Case("the bar that raised it cannot hit it",       "A 100 100 106/120/104/118",                                "0 A+5",         TRAIL,                    "1o A+5@100",                                  500,   "1000 1000 1090"),
    Case("a gap below the raised level",               "A 100 100 106/120/104/118 105",                            "0 A+5",         TRAIL,                    "1o A+5@100, 3o A-5@105 trailing_stop",        1025,  "1000 1000 1090 1025"),
    Case("the first bar's high counts for the next",   "A 100 100/120/99/110 110/111/107/109",                     "0 A+5",         TRAIL,                    "1o A+5@100, 2b A-5@108 trailing_stop",        1040,  "1000 1050 1040"),
    Case("not the high of a bar bought at its close",  "A 100 100/150/99/100 100/100/95/98 98/98/89/90",           "0 A+5",         TRAIL | NEXT_CLOSE,       "1c A+5@100, 3b A-5@90 trailing_stop",         950,   "1000 1000 990 950"),
    Case("nor under same_close",                       "A 100/150/99/100 100/100/95/98 98/98/89/90",               "0 A+5",         TRAIL | SAME_CLOSE,       "0c A+5@100, 2b A-5@90 trailing_stop",         950,   "1000 990 950"),
    Case("lower highs do not lower it",                "A 100 100/120/99/110 111/112/109/110 110/110/107/109",     "0 A+5",         TRAIL,                    "1o A+5@100, 3b A-5@108 trailing_stop",        1040,  "1000 1050 1050 1040"),
    Case("a missing bar leaves it where it was",       "A 100 100/120/99/110 - 110/111/107/109; B 1 1 1 1",        "0 A+5",         TRAIL,                    "1o A+5@100, 3b A-5@108 trailing_stop",        1040,  "1000 1050 1050 1040"),
    Case("equal stops: stop_loss has the name",        "A 100 100 98/99/85/95",                                    "0 A+5",         STOP | TRAIL,             "1o A+5@100, 2b A-5@90 stop_loss",             950,   "1000 1000 950"),
    Case("the higher stop acts: trailing",             "A 100 100 98/99/85/95",                                    "0 A+5",         {"stop_loss": 0.2} | TRAIL, "1o A+5@100, 2b A-5@90 trailing_stop",       950,   "1000 1000 950"),
    Case("the higher stop acts: stop_loss",            "A 100 100 98/99/85/95",                                    "0 A+5",         STOP | {"trailing_stop": 0.2}, "1o A+5@100, 2b A-5@90 stop_loss",        950,   "1000 1000 950"),
    Case("adding at 80 lowers the stop at once",       "A 100 100 80/80/70/75 75/75/65/70",                        "0 A+5, 1 A+5",  {"stop_loss": 0.25},      "1o A+5@100, 2o A+5@80, 3b A-10@67.5 stop_loss", 775, "1000 1000 850 775"),
    Case("selling a part moves no level",              "A 100 100 100 98/99/85/95",                                "0 A+5, 1 A-2",  STOP,                     "1o A+5@100, 2o A-2@100, 3b A-3@90 stop_loss", 970,   "1000 1000 1000 970"),
    Case("adding above the best price raises it at once", "A 100 100 130/130/115/120",                              "0 A+3, 1 A+3",  TRAIL,                    "1o A+3@100, 2o A+3@130, 2b A-6@117 trailing_stop", 1012, "1000 1000 1012"),
    Case("bought again, it trails anew",               "A 100 100/120/100/120 120 50 50/50/46/47",                 "0 A+5, 1 A-5, 2 A+5", TRAIL,              "1o A+5@100, 2o A-5@120, 3o A+5@50",           850,   "1000 1100 1100 1100 1085"),
]
# fmt: on
