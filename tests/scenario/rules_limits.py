# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Limit orders: open if better, else the limit; `through` asks the price to pass the limit."""

BUY = """
# not reached, touched, reached, closed beyond
buy 10 limit 95  | 100 101 96 97                  | any | rests
buy 10 limit 95  | 100 101 95.01 97               | any | rests
buy 10 limit 95  | 100 101 95 97                  | any | filled 10 at 95 in bar 1
buy 10 limit 95  | 100 101 95 95                  | any | filled 10 at 95 in bar 1
buy 10 limit 95  | 100 101 94 97                  | any | filled 10 at 95 in bar 1
buy 10 limit 95  | 100 120 80 97                  | any | filled 10 at 95 in bar 1
buy 10 limit 95  | 100 101 94 94                  | any | filled 10 at 95 in bar 1
# the open decides first
buy 10 limit 95  | 95 96 94 95                    | any | filled 10 at 95 at open 1
buy 10 limit 95  | 94.99 96 94 95                 | any | filled 10 at 94.99 at open 1
buy 10 limit 95  | 90 96 89 91                    | any | filled 10 at 90 at open 1
buy 10 limit 95  | 90                             | any | filled 10 at 90 at open 1
buy 10 limit 95  | 95.01 96 95.01 95.5            | any | rests
# a limit above the market is a market order with a bound
buy 10 limit 120 | 100 101 99 100                 | any | filled 10 at 100 at open 1
buy 10 limit 120 | 120 121 119 121                | any | filled 10 at 120 at open 1
buy 10 limit 120 | 125 126 119 121                | any | filled 10 at 120 in bar 1
buy 10 limit 120 | 125 126 121 126                | any | rests
# it waits
buy 10 limit 95  | 100 101 96 97 , 97 98 94 98    | any | filled 10 at 95 in bar 2
buy 10 limit 95  | 100 101 96 97 , 93 94 90 91    | any | filled 10 at 93 at open 2
buy 10 limit 95  | 100 , 99 , 98 , 97 , 96 , 95   | any | filled 10 at 95 at open 6
buy 10 limit 95  | - , 100 101 94 97              | any | filled 10 at 95 in bar 2
buy 10 limit 95  | - , 90 91 89 90                | any | filled 10 at 90 at open 2
buy 10 limit 95  | 100 , - , - , 90               | any | filled 10 at 90 at open 4
buy 10 limit 95  | - , -                          | any | rests
buy 10 limit 95  | [-] 94                         | any | filled 10 at 94 at open 1
# the bar at which it is accepted is over
buy 10 limit 95  | [100 101 90 100] 100 101 96 97 | any | rests
buy 10 limit 95  | [100 101 90 94] 96 97 95.5 96  | any | rests
buy 10 limit 95  | [90] 100 101 96 100            | any | rests
buy 10 limit 95  | [100 101 90 100] 100 101 94 97 | any | filled 10 at 95 in bar 1
buy 10 limit 95  | [90] 94 94 93 93               | any | filled 10 at 94 at open 1
buy 10 limit 95  | [100 101 90 100]               | any | rests
"""

SELL = """
# not reached, touched, reached, closed beyond
sell 10 limit 105 | 100 104 99 103                     | any | rests
sell 10 limit 105 | 100 104.99 99 103                  | any | rests
sell 10 limit 105 | 100 105 99 103                     | any | filled 10 at 105 in bar 1
sell 10 limit 105 | 100 105 99 105                     | any | filled 10 at 105 in bar 1
sell 10 limit 105 | 100 106 99 103                     | any | filled 10 at 105 in bar 1
sell 10 limit 105 | 100 120 80 103                     | any | filled 10 at 105 in bar 1
sell 10 limit 105 | 100 106 99 106                     | any | filled 10 at 105 in bar 1
# the open decides first
sell 10 limit 105 | 105 106 104 105                    | any | filled 10 at 105 at open 1
sell 10 limit 105 | 105.01 106 104 105                 | any | filled 10 at 105.01 at open 1
sell 10 limit 105 | 110 111 104 109                    | any | filled 10 at 110 at open 1
sell 10 limit 105 | 110                                | any | filled 10 at 110 at open 1
sell 10 limit 105 | 104.99 104.99 104 104.5            | any | rests
# a limit below the market is a market order with a bound
sell 10 limit 80  | 100 101 99 100                     | any | filled 10 at 100 at open 1
sell 10 limit 80  | 80 81 79 79                        | any | filled 10 at 80 at open 1
sell 10 limit 80  | 75 81 74 79                        | any | filled 10 at 80 in bar 1
sell 10 limit 80  | 75 79 74 74                        | any | rests
# it waits
sell 10 limit 105 | 100 104 99 103 , 103 106 102 102   | any | filled 10 at 105 in bar 2
sell 10 limit 105 | 100 104 99 103 , 107 110 106 109   | any | filled 10 at 107 at open 2
sell 10 limit 105 | 100 , 101 , 102 , 103 , 104 , 105  | any | filled 10 at 105 at open 6
sell 10 limit 105 | - , 100 106 99 103                 | any | filled 10 at 105 in bar 2
sell 10 limit 105 | - , 110 111 109 110                | any | filled 10 at 110 at open 2
sell 10 limit 105 | - , -                              | any | rests
# the bar at which it is accepted is over
sell 10 limit 105 | [100 110 99 100] 100 104 99 103    | any | rests
sell 10 limit 105 | [100 110 99 106] 104 104.5 103 104 | any | rests
sell 10 limit 105 | [110] 100 104 99 100               | any | rests
sell 10 limit 105 | [100 110 99 100] 100 106 99 103    | any | filled 10 at 105 in bar 1
sell 10 limit 105 | [110] 106 107 106 107              | any | filled 10 at 106 at open 1
"""

THROUGH = """
# a touch is not enough
buy 10 limit 95   | 100 101 95 97             | any through | rests
buy 10 limit 95   | 100 101 94.99 97          | any through | filled 10 at 95 in bar 1
buy 10 limit 95   | 100 101 94.99 94.99       | any through | filled 10 at 95 in bar 1
sell 10 limit 105 | 100 105 99 103            | any through | rests
sell 10 limit 105 | 100 105.01 99 103         | any through | filled 10 at 105 in bar 1
# an open on the limit is a touch too; once the price moves beyond, it goes at the limit
buy 10 limit 95   | 95                        | any through | rests
buy 10 limit 95   | 95 96 95 96               | any through | rests
buy 10 limit 95   | 95 96 94 95               | any through | filled 10 at 95 in bar 1
buy 10 limit 95   | 95 97 95 97 , 97 98 94 95 | any through | filled 10 at 95 in bar 2
sell 10 limit 105 | 105                       | any through | rests
sell 10 limit 105 | 105 105 104 104           | any through | rests
sell 10 limit 105 | 105 106 104 105           | any through | filled 10 at 105 in bar 1
# an open beyond it is better
buy 10 limit 95   | 94.99 96 94.99 95         | any through | filled 10 at 94.99 at open 1
buy 10 limit 95   | 90 96 89 91               | any through | filled 10 at 90 at open 1
sell 10 limit 105 | 105.01 105.01 104 105     | any through | filled 10 at 105.01 at open 1
sell 10 limit 105 | 110 111 104 109           | any through | filled 10 at 110 at open 1
"""

TIMING = """
# a limit knows no fill timing
buy 10 limit 95   | 90 96 89 91                     | any next_close | filled 10 at 90 at open 1
buy 10 limit 95   | 100 101 94 97                   | any next_close | filled 10 at 95 in bar 1
buy 10 limit 95   | 100 101 96 97                   | any next_close | rests
buy 10 limit 95   | 90 96 89 91                     | any same_close | filled 10 at 90 at open 1
buy 10 limit 95   | 100 101 94 97                   | any same_close | filled 10 at 95 in bar 1
sell 10 limit 105 | 110 111 104 109                 | any next_close | filled 10 at 110 at open 1
sell 10 limit 105 | 100 106 99 103                  | any next_close | filled 10 at 105 in bar 1
sell 10 limit 105 | 110 111 104 109                 | any same_close | filled 10 at 110 at open 1
sell 10 limit 105 | 100 106 99 103                  | any same_close | filled 10 at 105 in bar 1
# nor does it meet the close of the bar at which it is accepted
buy 10 limit 95   | [100 101 90 94] 100 101 96 97   | any same_close | rests
buy 10 limit 95   | [94] 100 101 96 97              | any same_close | rests
sell 10 limit 105 | [100 110 99 106] 100 104 99 103 | any same_close | rests
"""

TOGETHER = """
# what goes within the bar is filled together: sells first, then buys, each by id
buy 10 limit 95; buy 5 limit 94     | 100 101 93 97        | any                   | #1 filled 10 at 95 in bar 1, #2 filled 5 at 94 in bar 1
buy 5 limit 94; buy 10 limit 95     | 100 101 93 97        | any                   | #1 filled 5 at 94 in bar 1, #2 filled 10 at 95 in bar 1
buy 10 limit 95; buy 5 limit 90     | 100 101 93 97        | any                   | #1 filled 10 at 95 in bar 1, #2 rests
buy 10 limit 95; sell 10 limit 105  | 100 106 94 100       | any                   | #2 filled 10 at 105 in bar 1, #1 filled 10 at 95 in bar 1
buy 10 limit 95; sell 10 limit 105  | 100 106 94 100       | any cash 0            | #2 filled 10 at 105 in bar 1, #1 filled 10 at 95 in bar 1
buy 10 limit 95; sell 10 limit 105  | 110 111 94 100       | any                   | #2 filled 10 at 110 at open 1, #1 filled 10 at 95 in bar 1
# with the market orders that are due at that price
buy 4; buy 10 limit 105             | 100 101 99 100       | any                   | #1 filled 4 at 100 at open 1, #2 filled 10 at 100 at open 1
buy 10 limit 105; buy 4             | 100 101 99 100       | any                   | #1 filled 10 at 100 at open 1, #2 filled 4 at 100 at open 1
sell 4; sell 6 limit 95             | 100 101 99 100       | any                   | #1 filled 4 at 100 at open 1, #2 filled 6 at 100 at open 1
buy 4; sell 10 limit 95             | 100 101 99 100       | any                   | #2 filled 10 at 100 at open 1, #1 filled 4 at 100 at open 1
# what an entry at the open bought may leave within the same bar
buy 10; sell 10 limit 105           | 100 106 99 105       | any hold 0            | #1 filled 10 at 100 at open 1, #2 filled 10 at 105 in bar 1
buy 10 limit 100; sell 10 limit 105 | 99 106 98 105        | any hold 0            | #1 filled 10 at 99 at open 1, #2 filled 10 at 105 in bar 1
buy 10; sell 10 limit 105           | 100 106 99 105       | any hold 0 next_close | #2 canceled 10 NO_POSITION in bar 1, #1 filled 10 at 105 at close 1
buy 10; sell 10 limit 105           | [100] 100 106 99 105 | any hold 0 same_close | #1 filled 10 at 100 at close 0, #2 filled 10 at 105 in bar 1
"""
