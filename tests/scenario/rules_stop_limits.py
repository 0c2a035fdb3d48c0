# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Stop-limit orders: a limit order from the moment at which the stop is reached."""

SELL = """
# the way down passes the stop while the limit still allows it: at the stop
sell 10 stop 95 limit 94 | 100 101 96 97                             | any            | rests
sell 10 stop 95 limit 94 | 100 101 95 97                             | any            | filled 10 at 95 in bar 1
sell 10 stop 95 limit 94 | 100 101 94.5 97                           | any            | filled 10 at 95 in bar 1
sell 10 stop 95 limit 94 | 100 101 90 91                             | any            | filled 10 at 95 in bar 1
sell 10 stop 95 limit 95 | 100 101 95 97                             | any            | filled 10 at 95 in bar 1
sell 10 stop 95 limit 95 | 100 101 94 97                             | any            | filled 10 at 95 in bar 1
sell 10 stop 95 limit 94 | 100 101 95 97                             | any through    | filled 10 at 95 in bar 1
# gaps: the open if the limit allows it
sell 10 stop 95 limit 94 | 95 96 94 95                               | any            | filled 10 at 95 at open 1
sell 10 stop 95 limit 94 | 94.5 96 94 95                             | any            | filled 10 at 94.5 at open 1
sell 10 stop 95 limit 94 | 94 95 93 94                               | any            | filled 10 at 94 at open 1
sell 10 stop 95 limit 94 | 94 94 93 93.5                             | any through    | rests
sell 10 stop 95 limit 94 | 94 96 93 95                               | any through    | filled 10 at 94 in bar 1
# gaps beyond the limit: it waits for the price to come back
sell 10 stop 95 limit 94 | 90 93 89 91                               | any            | rests
sell 10 stop 95 limit 94 | 90 94 89 91                               | any            | filled 10 at 94 in bar 1
sell 10 stop 95 limit 94 | 90 94 89 91                               | any through    | rests
sell 10 stop 95 limit 94 | 90 96 89 91                               | any            | filled 10 at 94 in bar 1
sell 10 stop 95 limit 95 | 90 96 89 91                               | any            | filled 10 at 95 in bar 1
sell 10 stop 95 limit 94 | 90                                        | any            | rests
# once triggered it is a limit order, whatever the stop says
sell 10 stop 95 limit 94 | 90 93 89 91 , 92 93.9 91 93               | any            | rests
sell 10 stop 95 limit 94 | 90 93 89 91 , 92 95 91 93                 | any            | filled 10 at 94 in bar 2
sell 10 stop 95 limit 94 | 90 93 89 91 , 96 97 95.5 96               | any            | filled 10 at 96 at open 2
sell 10 stop 95 limit 94 | 90 93 89 91 , - , 94 95 93 94             | any            | filled 10 at 94 at open 3
sell 10 stop 95 limit 94 | 96 97 95.5 96 , 94 95 93 94               | any            | filled 10 at 94 at open 2
sell 10 stop 95 limit 94 | 96 97 95.5 96 , 90 93 89 91 , 93 95 92 95 | any            | filled 10 at 94 in bar 3
# missing bars, and the bar at which it is accepted
sell 10 stop 95 limit 94 | - , 94.5 96 94 95                         | any            | filled 10 at 94.5 at open 2
sell 10 stop 95 limit 94 | [100 101 90 100] 100 101 96 97            | any            | rests
sell 10 stop 95 limit 94 | [90 93 89 91] 96 97 95.5 96               | any            | rests
sell 10 stop 95 limit 94 | [100 101 94 100] 98 99 96 97              | any same_close | rests
sell 10 stop 95 limit 94 | 100 101 90 91                             | any next_close | filled 10 at 95 in bar 1
"""

SELL_ABOVE = """
# the limit lies above the stop: after the fall the price must come back up to it
sell 10 stop 95 limit 97 | 100 101 96 98                 | any                                      | rests
sell 10 stop 95 limit 97 | 100 101 94 98                 | any                                      | filled 10 at 97 in bar 1
sell 10 stop 95 limit 97 | 100 101 94 97                 | any                                      | filled 10 at 97 in bar 1
sell 10 stop 95 limit 97 | 96 96 94 96                   | any                                      | rests
sell 10 stop 95 limit 97 | 96 96.5 95 95                 | any                                      | rests
# whether it comes back is a matter of the path where the close is below the limit
sell 10 stop 95 limit 97 | 100 101 94 96                 | low_first                                | filled 10 at 97 in bar 1, ambiguous 97/- in bar 1
sell 10 stop 95 limit 97 | 100 101 94 96                 | high_first                               | rests, ambiguous 97/- in bar 1
sell 10 stop 95 limit 97 | 100 101 94 96                 | pessimistic                              | rests, ambiguous 97/- in bar 1
sell 10 stop 95 limit 97 | 100 101 94 96                 | optimistic                               | filled 10 at 97 in bar 1, ambiguous 97/- in bar 1
sell 10 stop 95 limit 97 | 100 101 94 96                 | nearest                                  | rests, ambiguous 97/- in bar 1
sell 10 stop 95 limit 97 | 100 110 94 96                 | nearest                                  | filled 10 at 97 in bar 1, ambiguous 97/- in bar 1
sell 10 stop 95 limit 97 | 100 106 94 96                 | nearest                                  | filled 10 at 97 in bar 1, ambiguous 97/- in bar 1
# a close on the limit, which `through` refuses: filled is worth as much as not, so the price falls first
sell 10 stop 95 limit 97 | 100 101 94 97                 | pessimistic optimistic low_first through | filled 10 at 97 in bar 1, ambiguous 97/- in bar 1
sell 10 stop 95 limit 97 | 100 101 94 97                 | high_first nearest through               | rests, ambiguous 97/- in bar 1
# on whichever path, it is triggered: a limit order from then on
sell 10 stop 95 limit 97 | 100 101 94 96 , 96 97 95.5 96 | pessimistic high_first nearest           | filled 10 at 97 in bar 2, ambiguous 97/- in bar 1
sell 10 stop 95 limit 97 | 96 96 94 96 , 96 99 96 98     | any                                      | filled 10 at 97 in bar 2
sell 10 stop 95 limit 97 | 96 96 94 96 , 98 99 97.5 98   | any                                      | filled 10 at 98 at open 2
# gaps
sell 10 stop 95 limit 97 | 95 96 94 95                   | any                                      | rests
sell 10 stop 95 limit 97 | 90 96 89 91                   | any                                      | rests
sell 10 stop 95 limit 97 | 90 98 89 91                   | any                                      | filled 10 at 97 in bar 1
sell 10 stop 95 limit 97 | 90 96 89 91 , 98 99 97.5 98   | any                                      | filled 10 at 98 at open 2
# a limit on the stop under `through`: the price must come back above it
sell 10 stop 95 limit 95 | 100 101 94 97                 | any through                              | filled 10 at 95 in bar 1
sell 10 stop 95 limit 95 | 100 100 94 95 , 95 96 94 95   | low_first optimistic pessimistic through | filled 10 at 95 in bar 1, ambiguous 95/- in bar 1
sell 10 stop 95 limit 95 | 100 100 94 95 , 95 96 94 95   | high_first nearest through               | filled 10 at 95 in bar 2, ambiguous 95/- in bar 1
sell 10 stop 95 limit 95 | 100 101 94 94.5               | low_first optimistic through             | filled 10 at 95 in bar 1, ambiguous 95/- in bar 1
sell 10 stop 95 limit 95 | 100 101 94 94.5               | high_first pessimistic nearest through   | rests, ambiguous 95/- in bar 1
"""

BUY = """
# the way up passes the stop while the limit still allows it: at the stop
buy 10 stop 105 limit 106 | 100 104 99 103                        | any            | rests
buy 10 stop 105 limit 106 | 100 105 99 103                        | any            | filled 10 at 105 in bar 1
buy 10 stop 105 limit 106 | 100 105.5 99 103                      | any            | filled 10 at 105 in bar 1
buy 10 stop 105 limit 106 | 100 110 99 109                        | any            | filled 10 at 105 in bar 1
buy 10 stop 105 limit 105 | 100 105 99 103                        | any            | filled 10 at 105 in bar 1
buy 10 stop 105 limit 106 | 100 105 99 103                        | any through    | filled 10 at 105 in bar 1
# gaps: the open if the limit allows it
buy 10 stop 105 limit 106 | 105 106 104 105                       | any            | filled 10 at 105 at open 1
buy 10 stop 105 limit 106 | 105.5 106 104 105                     | any            | filled 10 at 105.5 at open 1
buy 10 stop 105 limit 106 | 106 107 105 106                       | any            | filled 10 at 106 at open 1
buy 10 stop 105 limit 106 | 106 107 106 106.5                     | any through    | rests
buy 10 stop 105 limit 106 | 106 107 104 105                       | any through    | filled 10 at 106 in bar 1
# gaps beyond the limit: it waits for the price to come back
buy 10 stop 105 limit 106 | 110 111 107 109                       | any            | rests
buy 10 stop 105 limit 106 | 110 111 106 109                       | any            | filled 10 at 106 in bar 1
buy 10 stop 105 limit 106 | 110 111 106 109                       | any through    | rests
buy 10 stop 105 limit 106 | 110 111 104 109                       | any            | filled 10 at 106 in bar 1
# once triggered it is a limit order, whatever the stop says
buy 10 stop 105 limit 106 | 110 111 107 109 , 108 109 106.1 107   | any            | rests
buy 10 stop 105 limit 106 | 110 111 107 109 , 108 109 105 107     | any            | filled 10 at 106 in bar 2
buy 10 stop 105 limit 106 | 110 111 107 109 , 104 104.5 103 104   | any            | filled 10 at 104 at open 2
buy 10 stop 105 limit 106 | 110 111 107 109 , - , 106 107 105 106 | any            | filled 10 at 106 at open 3
# missing bars, and the bar at which it is accepted
buy 10 stop 105 limit 106 | - , 105.5 106 104 105                 | any            | filled 10 at 105.5 at open 2
buy 10 stop 105 limit 106 | [100 110 99 100] 100 104 99 103       | any            | rests
buy 10 stop 105 limit 106 | [110 111 107 109] 104 104.5 103 104   | any            | rests
# it knows no fill timing
buy 10 stop 105 limit 106 | 100 110 99 109                        | any next_close | filled 10 at 105 in bar 1
buy 10 stop 105 limit 106 | 106 107 105 106                       | any next_close | filled 10 at 106 at open 1
buy 10 stop 105 limit 106 | 106 107 105 106                       | any same_close | filled 10 at 106 at open 1
buy 10 stop 105 limit 106 | [100 110 99 106] 102 104 101 103      | any same_close | rests
"""

BUY_BELOW = """
# the limit lies below the stop: after the rise the price must come back down to it
buy 10 stop 105 limit 103 | 100 104 99 102                     | any                                       | rests
buy 10 stop 105 limit 103 | 100 106 99 102                     | any                                       | filled 10 at 103 in bar 1
buy 10 stop 105 limit 103 | 100 106 99 103                     | any                                       | filled 10 at 103 in bar 1
buy 10 stop 105 limit 103 | 104 106 104 104                    | any                                       | rests
# whether it comes back is a matter of the path where the close is above the limit
buy 10 stop 105 limit 103 | 100 106 99 104                     | high_first                                | filled 10 at 103 in bar 1, ambiguous -/103 in bar 1
buy 10 stop 105 limit 103 | 100 106 99 104                     | low_first                                 | rests, ambiguous -/103 in bar 1
buy 10 stop 105 limit 103 | 100 106 99 104                     | pessimistic                               | rests, ambiguous -/103 in bar 1
buy 10 stop 105 limit 103 | 100 106 99 104                     | optimistic                                | filled 10 at 103 in bar 1, ambiguous -/103 in bar 1
buy 10 stop 105 limit 103 | 100 106 99 104                     | nearest                                   | rests, ambiguous -/103 in bar 1
buy 10 stop 105 limit 103 | 100 106 90 104                     | nearest                                   | filled 10 at 103 in bar 1, ambiguous -/103 in bar 1
# a close on the limit, which `through` refuses: filled is worth as much as not, so the price rises first
buy 10 stop 105 limit 103 | 100 106 99 103                     | pessimistic optimistic high_first through | filled 10 at 103 in bar 1, ambiguous -/103 in bar 1
buy 10 stop 105 limit 103 | 100 106 99 103                     | low_first nearest through                 | rests, ambiguous -/103 in bar 1
# on whichever path, it is triggered: a limit order from then on
buy 10 stop 105 limit 103 | 100 106 99 104 , 104 104.5 103 104 | pessimistic low_first nearest             | filled 10 at 103 in bar 2, ambiguous -/103 in bar 1
buy 10 stop 105 limit 103 | 104 106 104 104 , 104 104 101 102  | any                                       | filled 10 at 103 in bar 2
buy 10 stop 105 limit 103 | 104 106 104 104 , 102 103 101 102  | any                                       | filled 10 at 102 at open 2
# gaps
buy 10 stop 105 limit 103 | 110 111 104 109                    | any                                       | rests
buy 10 stop 105 limit 103 | 110 111 102 109                    | any                                       | filled 10 at 103 in bar 1
buy 10 stop 105 limit 103 | 110 111 104 109 , 102 103 101 102  | any                                       | filled 10 at 102 at open 2
# a limit on the stop under `through`: the price must come back below it
buy 10 stop 105 limit 105 | 100 106 99 103                     | any through                               | filled 10 at 105 in bar 1
buy 10 stop 105 limit 105 | 100 106 99 105.5                   | high_first optimistic through             | filled 10 at 105 in bar 1, ambiguous -/105 in bar 1
buy 10 stop 105 limit 105 | 100 106 99 105.5                   | low_first pessimistic nearest through     | rests, ambiguous -/105 in bar 1
"""
