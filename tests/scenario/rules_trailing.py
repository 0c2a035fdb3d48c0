# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Trailing stops: a level that follows the price in the order's favor only, and what may be tested against it when.

Accepted at a close of 100: `sell 10 trail 5` starts at 95, `buy 10 trail 5` at 105.
"""

SELL = """
# the level of the start
sell 10 trail 5 | 100 101 96.5 97                                           | any                            | rests
sell 10 trail 5 | 100 100 95.01 97                                          | any                            | rests
sell 10 trail 5 | 100 100 95 97                                             | any                            | filled 10 at 95 in bar 1
sell 10 trail 5 | 100 100 90 90                                             | any                            | filled 10 at 95 in bar 1
sell 10 trail 5 | 95 96 94 95                                               | any                            | filled 10 at 95 at open 1
sell 10 trail 5 | 90 96 89 91                                               | any                            | filled 10 at 90 at open 1
sell 10 trail 5 | 90 120 89 119                                             | any                            | filled 10 at 90 at open 1
# it comes from the close of the bar at which it is accepted, not from that bar's high
sell 10 trail 5 | [100 120 80 100] 100 100 95.5 97                          | any                            | rests
sell 10 trail 5 | [100 120 80 100] 100 100 94 97                            | any                            | filled 10 at 95 in bar 1
sell 10 trail 5 | [110] 106 107 104 106                                     | any                            | filled 10 at 105 in bar 1
sell 10 trail 5 | [100 120 80 110] 104 105 103 104                          | any                            | filled 10 at 104 at open 1
sell 10 trail 5 | [100 120 80 100] 100 100 95.5 97                          | any same_close                 | rests
# raised by the high, then reached on the way down
sell 10 trail 5 | 100 110 96 104                                            | any                            | filled 10 at 105 in bar 1
sell 10 trail 5 | 100 101 95.5 97                                           | high_first pessimistic nearest | filled 10 at 96 in bar 1, ambiguous -/96 in bar 1
sell 10 trail 5 | 100 101 95.5 97                                           | low_first optimistic           | rests, ambiguous -/96 in bar 1
sell 10 trail 5 | 100 110 94 96                                             | low_first pessimistic nearest  | filled 10 at 95 in bar 1, ambiguous 95/105 in bar 1
sell 10 trail 5 | 100 110 94 96                                             | high_first optimistic          | filled 10 at 105 in bar 1, ambiguous 95/105 in bar 1
sell 10 trail 5 | 100 110 96 106                                            | high_first pessimistic         | filled 10 at 105 in bar 1, ambiguous -/105 in bar 1
sell 10 trail 5 | 100 110 96 106                                            | low_first optimistic nearest   | rests, ambiguous -/105 in bar 1
sell 10 trail 5 | 100 110 96 105                                            | any                            | filled 10 at 105 in bar 1
# a level raised by a bar's high is never tested against that bar's open
sell 10 trail 5 | 100 110 100 110                                           | high_first pessimistic         | filled 10 at 105 in bar 1, ambiguous -/105 in bar 1
sell 10 trail 5 | 100 110 100 110                                           | low_first optimistic nearest   | rests, ambiguous -/105 in bar 1
sell 10 trail 5 | 106 110 105.5 108                                         | any                            | rests
sell 10 trail 5 | 106 110 105.5 108 , 104 106 103 105                       | any                            | filled 10 at 104 at open 2
sell 10 trail 5 | 106 110 105.5 108 , 106 107 104 105                       | any                            | filled 10 at 105 in bar 2
sell 10 trail 5 | 106 110 105.5 108 , 105                                   | any                            | filled 10 at 105 at open 2
# the open raises it too, after the test at the open
sell 10 trail 5 | 110 110 106 107                                           | any                            | rests
sell 10 trail 5 | 110 110 105 107                                           | any                            | filled 10 at 105 in bar 1
sell 10 trail 5 | 110 111 104 105                                           | low_first pessimistic          | filled 10 at 105 in bar 1, ambiguous 105/106 in bar 1
sell 10 trail 5 | 110 111 104 105                                           | high_first optimistic nearest  | filled 10 at 106 in bar 1, ambiguous 105/106 in bar 1
# it never falls
sell 10 trail 5 | 106 108 104 107 , 104 104 103.5 104 , 103.5 103.5 102 102 | any                            | filled 10 at 103 in bar 3
sell 10 trail 5 | 106 108 104 107 , 104 104 103.5 104 , 102                 | any                            | filled 10 at 102 at open 3
sell 10 trail 5 | 98 98 96 97 , 96 96 95 95                                 | any                            | filled 10 at 95 in bar 2
# a missing bar leaves it
sell 10 trail 5 | - , 94 95 93 94                                           | any                            | filled 10 at 94 at open 2
sell 10 trail 5 | 106 108 104 107 , - , 103                                 | any                            | filled 10 at 103 at open 3
sell 10 trail 5 | 106 108 104 107 , - , 103.5 104 103.5 104                 | any                            | rests
sell 10 trail 5 | [100, -] 100 100 95 97                                    | any                            | filled 10 at 95 in bar 1
# it knows no fill timing, and `through` is about limits
sell 10 trail 5 | 100 110 96 104                                            | any next_close                 | filled 10 at 105 in bar 1
sell 10 trail 5 | 90 96 89 91                                               | any next_close                 | filled 10 at 90 at open 1
sell 10 trail 5 | 90 96 89 91                                               | any same_close                 | filled 10 at 90 at open 1
sell 10 trail 5 | 100 100 95 97                                             | any through                    | filled 10 at 95 in bar 1
"""

SELL_PERCENT = """
sell 10 trail 10% | 100 100 90.01 95                  | any                           | rests
sell 10 trail 10% | 100 100 90 95                     | any                           | filled 10 at 90 in bar 1
sell 10 trail 10% | 90 91 89 90                       | any                           | filled 10 at 90 at open 1
sell 10 trail 10% | 80                                | any                           | filled 10 at 80 at open 1
sell 10 trail 10% | 100 101 90 95                     | low_first pessimistic         | filled 10 at 90 in bar 1, ambiguous 90/90.9 in bar 1
sell 10 trail 10% | 100 101 90 95                     | high_first optimistic nearest | filled 10 at 90.9 in bar 1, ambiguous 90/90.9 in bar 1
sell 10 trail 10% | 119 120 118 119 , 115 116 105 106 | any                           | filled 10 at 108 in bar 2
sell 10 trail 10% | 119 120 118 119 , 100             | any                           | filled 10 at 100 at open 2
sell 10 trail 10% | 120 150 110 130                   | any                           | filled 10 at 135 in bar 1
sell 10 trail 10% | 120 150 100 140                   | low_first pessimistic nearest | filled 10 at 108 in bar 1, ambiguous 108/135 in bar 1
sell 10 trail 10% | 120 150 100 140                   | high_first optimistic         | filled 10 at 135 in bar 1, ambiguous 108/135 in bar 1
sell 10 trail 10% | [200] 180                         | any                           | filled 10 at 180 at open 1
sell 10 trail 10% | [200] 190 190 180 185             | any                           | filled 10 at 180 in bar 1
"""

BUY = """
# the level of the start
buy 10 trail 5   | 100 103.5 99 103                              | any                            | rests
buy 10 trail 5   | 100 104.99 100 103                            | any                            | rests
buy 10 trail 5   | 100 105 100 103                               | any                            | filled 10 at 105 in bar 1
buy 10 trail 5   | 105 106 104 105                               | any                            | filled 10 at 105 at open 1
buy 10 trail 5   | 110 111 104 109                               | any                            | filled 10 at 110 at open 1
# it comes from the close of the bar at which it is accepted, not from that bar's low
buy 10 trail 5   | [100 120 80 100] 100 103 99 102               | any                            | rests
buy 10 trail 5   | [100 120 80 90] 96 97 95 96                   | any                            | filled 10 at 96 at open 1
# lowered by the low, then reached on the way up
buy 10 trail 5   | 100 104 90 96                                 | any                            | filled 10 at 95 in bar 1
buy 10 trail 5   | 100 104.5 99 103                              | low_first pessimistic nearest  | filled 10 at 104 in bar 1, ambiguous 104/- in bar 1
buy 10 trail 5   | 100 104.5 99 103                              | high_first optimistic          | rests, ambiguous 104/- in bar 1
buy 10 trail 5   | 100 106 90 104                                | high_first pessimistic nearest | filled 10 at 105 in bar 1, ambiguous 95/105 in bar 1
buy 10 trail 5   | 100 106 90 104                                | low_first optimistic           | filled 10 at 95 in bar 1, ambiguous 95/105 in bar 1
buy 10 trail 5   | 100 104 90 94                                 | low_first pessimistic          | filled 10 at 95 in bar 1, ambiguous 95/- in bar 1
buy 10 trail 5   | 100 104 90 94                                 | high_first optimistic nearest  | rests, ambiguous 95/- in bar 1
buy 10 trail 5   | 100 104 90 95                                 | any                            | filled 10 at 95 in bar 1
# a level lowered by a bar's low is never tested against that bar's open
buy 10 trail 5   | 100 100 90 90                                 | low_first pessimistic          | filled 10 at 95 in bar 1, ambiguous 95/- in bar 1
buy 10 trail 5   | 100 100 90 90                                 | high_first optimistic nearest  | rests, ambiguous 95/- in bar 1
buy 10 trail 5   | 94 94.5 90 92                                 | any                            | rests
buy 10 trail 5   | 94 94.5 90 92 , 96 97 94 95                   | any                            | filled 10 at 96 at open 2
buy 10 trail 5   | 94 94.5 90 92 , 94 96 93 95                   | any                            | filled 10 at 95 in bar 2
# the open lowers it too, after the test at the open
buy 10 trail 5   | 90 94 90 93                                   | any                            | rests
buy 10 trail 5   | 90 95 90 93                                   | any                            | filled 10 at 95 in bar 1
# it never rises
buy 10 trail 5   | 94 96 92 93 , 96 96.5 96 96 , 96.5 98 96.5 98 | any                            | filled 10 at 97 in bar 3
# a missing bar leaves it
buy 10 trail 5   | - , 106 107 105 106                           | any                            | filled 10 at 106 at open 2
buy 10 trail 5   | 94 94.5 90 92 , - , 96                        | any                            | filled 10 at 96 at open 3
# a share of the price
buy 10 trail 10% | 100 110 100 105                               | any                            | filled 10 at 110 in bar 1
buy 10 trail 10% | 100 110 99 105                                | high_first pessimistic         | filled 10 at 110 in bar 1, ambiguous 108.9/110 in bar 1
buy 10 trail 10% | 100 110 99 105                                | low_first optimistic nearest   | filled 10 at 108.9 in bar 1, ambiguous 108.9/110 in bar 1
buy 10 trail 10% | 81 82 80 81 , 90                              | any                            | filled 10 at 90 at open 2
buy 10 trail 10% | 81 82 80 81 , 85 89 84 86                     | any                            | filled 10 at 88 in bar 2
# it knows no fill timing
buy 10 trail 5   | 106 107 104 105                               | any next_close                 | filled 10 at 106 at open 1
buy 10 trail 5   | 100 105 100 103                               | any same_close                 | filled 10 at 105 in bar 1
buy 10 trail 5   | [100 120 80 100] 100                          | any same_close                 | rests
"""

NO_PRICE = """
# no last close, no level
buy 10 trail 5                    | [-] 100                     | any            | rejected NO_PRICE
buy 10 trail 10%                  | [-] 100                     | any            | rejected NO_PRICE
sell 10 trail 5                   | [-] 100                     | any hold 0     | rejected NO_PRICE
buy 10 trail 5 limit 1            | [-] 100                     | any            | rejected NO_PRICE
buy 10 trail 10% limit 1          | [-] 100                     | any same_close | rejected NO_PRICE
buy 10 trail 5 day                | [-, -] 100                  | any            | rejected NO_PRICE
buy 10 trail 5; buy 5 limit 95    | [-] 94                      | any            | #1 rejected NO_PRICE, #2 filled 5 at 94 at open 1
buy 5 stop 105; buy 10 trail 5    | [-] 94                      | any            | #2 rejected NO_PRICE, #1 rests
buy 10 trail 5 or buy 10 limit 95 | [-] 94                      | any            | #1 rejected NO_PRICE, #2 filled 10 at 94 at open 1
# an asset that traded before has one
buy 10 trail 5                    | [100, -] 106 107 104 105    | any            | filled 10 at 106 at open 1
buy 10 trail 5                    | [100, -, -] 100 105 100 103 | any            | filled 10 at 105 in bar 1
"""

LIMITED = """
# at the level, for the limit lies beyond it
sell 10 trail 5 limit 1   | 100 100 95.01 97                                        | any                                    | rests
sell 10 trail 5 limit 1   | 100 100 95 97                                           | any                                    | filled 10 at 95 in bar 1
sell 10 trail 5 limit 1   | 100 100 80 81                                           | any                                    | filled 10 at 95 in bar 1
sell 10 trail 5 limit 1   | 100 110 96 104                                          | any                                    | filled 10 at 105 in bar 1
sell 10 trail 5 limit 1   | 100 110 94 96                                           | low_first pessimistic nearest          | filled 10 at 95 in bar 1, ambiguous 95/105 in bar 1
sell 10 trail 5 limit 1   | 100 110 94 96                                           | high_first optimistic                  | filled 10 at 105 in bar 1, ambiguous 95/105 in bar 1
sell 10 trail 10% limit 2 | 100 100 90 95                                           | any                                    | filled 10 at 90 in bar 1
buy 10 trail 5 limit 1    | 100 105 100 103                                         | any                                    | filled 10 at 105 in bar 1
buy 10 trail 5 limit 1    | 100 104 90 96                                           | any                                    | filled 10 at 95 in bar 1
# gaps within the limit: the open
sell 10 trail 5 limit 1   | 94.5 95 94 95                                           | any                                    | filled 10 at 94.5 at open 1
sell 10 trail 5 limit 1   | 94 95 93 94                                             | any                                    | filled 10 at 94 at open 1
sell 10 trail 10% limit 2 | 89 90 85 88                                             | any                                    | filled 10 at 89 at open 1
buy 10 trail 5 limit 1    | 105.5 106 105 105                                       | any                                    | filled 10 at 105.5 at open 1
buy 10 trail 5 limit 1    | 106 107 105 106                                         | any                                    | filled 10 at 106 at open 1
# gaps beyond it: it waits, as a limit order at that level's limit
sell 10 trail 5 limit 1   | 93 93.5 90 92                                           | any                                    | rests
sell 10 trail 5 limit 1   | 93 94 90 92                                             | any                                    | filled 10 at 94 in bar 1
sell 10 trail 5 limit 1   | 93 94 90 92                                             | any through                            | rests
sell 10 trail 5 limit 1   | 93 93.5 90 92 , 96 97 95 96                             | any                                    | filled 10 at 96 at open 2
sell 10 trail 5 limit 1   | 93 93.5 90 92 , 93 94 92 93                             | any                                    | filled 10 at 94 in bar 2
sell 10 trail 5 limit 1   | 93 93.5 90 92 , 80 81 79 80 , 90 94 89 90               | any                                    | filled 10 at 94 in bar 3
sell 10 trail 10% limit 2 | 85 87 84 86                                             | any                                    | rests
sell 10 trail 10% limit 2 | 85 88 84 86                                             | any                                    | filled 10 at 88 in bar 1
sell 10 trail 5 limit 1   | 106 110 105.5 108 , 103 103.5 102 103 , 102 104 101 103 | any                                    | filled 10 at 104 in bar 3
buy 10 trail 5 limit 1    | 107 110 106.5 108                                       | any                                    | rests
buy 10 trail 5 limit 1    | 107 110 106 108                                         | any                                    | filled 10 at 106 in bar 1
buy 10 trail 5 limit 1    | 107 110 106.5 108 , 104 105 103 104                     | any                                    | filled 10 at 104 at open 2
# the limit on the level under `through`: the price must come back above it
sell 10 trail 5 limit 0   | 100 100 95 97                                           | any                                    | filled 10 at 95 in bar 1
sell 10 trail 5 limit 0   | 100 100 94 96                                           | any through                            | filled 10 at 95 in bar 1
sell 10 trail 5 limit 0   | 100 100 94 94.5                                         | low_first optimistic through           | filled 10 at 95 in bar 1, ambiguous 95/- in bar 1
sell 10 trail 5 limit 0   | 100 100 94 94.5                                         | high_first pessimistic nearest through | rests, ambiguous 95/- in bar 1
sell 10 trail 5 limit 0   | 100 100 94 94.5 , 94 96 93 95                           | high_first pessimistic nearest through | filled 10 at 95 in bar 2, ambiguous 95/- in bar 1
# the path that the policy chose says which level triggered
sell 10 trail 5 limit 0   | 100 110 94 94.5 , 100 104 99 100                        | high_first pessimistic through         | rests, ambiguous 95/- in bar 1
sell 10 trail 5 limit 0   | 100 110 94 94.5 , 100 106 99 100                        | high_first pessimistic through         | filled 10 at 105 in bar 2, ambiguous 95/- in bar 1
sell 10 trail 5 limit 0   | 100 110 94 94.5                                         | low_first optimistic nearest through   | filled 10 at 95 in bar 1, ambiguous 95/- in bar 1
# they know no fill timing
sell 10 trail 5 limit 1   | 94.5 95 94 95                                           | any next_close                         | filled 10 at 94.5 at open 1
sell 10 trail 5 limit 1   | 100 100 95 97                                           | any same_close                         | filled 10 at 95 in bar 1
sell 10 trail 5 limit 1   | [100 120 80 100] 100                                    | any same_close                         | rests
buy 10 trail 5 limit 1    | 105.5 106 105 105                                       | any next_close                         | filled 10 at 105.5 at open 1
buy 10 trail 5 limit 1    | 105.5 106 105 105                                       | any same_close                         | filled 10 at 105.5 at open 1
"""
