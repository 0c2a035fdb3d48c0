# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Stop orders: at the stop, or at the open where that is beyond it."""

SELL = """
# not reached, touched, reached, closed beyond
sell 10 stop 95  | 100 101 96 97                  | any            | rests
sell 10 stop 95  | 100 101 95.01 97               | any            | rests
sell 10 stop 95  | 100 101 95 97                  | any            | filled 10 at 95 in bar 1
sell 10 stop 95  | 100 101 94 97                  | any            | filled 10 at 95 in bar 1
sell 10 stop 95  | 100 120 80 97                  | any            | filled 10 at 95 in bar 1
sell 10 stop 95  | 100 101 90 90                  | any            | filled 10 at 95 in bar 1
# gaps
sell 10 stop 95  | 95 96 94 95                    | any            | filled 10 at 95 at open 1
sell 10 stop 95  | 95 99 95 98                    | any            | filled 10 at 95 at open 1
sell 10 stop 95  | 90 96 89 91                    | any            | filled 10 at 90 at open 1
sell 10 stop 95  | 90 120 89 119                  | any            | filled 10 at 90 at open 1
sell 10 stop 95  | 90                             | any            | filled 10 at 90 at open 1
# a stop above the market goes at once
sell 10 stop 105 | 100 101 99 100                 | any            | filled 10 at 100 at open 1
sell 10 stop 105 | 106 107 104 106                | any            | filled 10 at 105 in bar 1
# it waits
sell 10 stop 95  | 100 , 100 101 94 97            | any            | filled 10 at 95 in bar 2
sell 10 stop 95  | 100 , 80                       | any            | filled 10 at 80 at open 2
sell 10 stop 95  | - , 90 96 89 91                | any            | filled 10 at 90 at open 2
sell 10 stop 95  | - , 100 101 94 97              | any            | filled 10 at 95 in bar 2
sell 10 stop 95  | - , -                          | any            | rests
# the bar at which it is accepted is over
sell 10 stop 95  | [100 101 90 100] 100 101 96 97 | any            | rests
sell 10 stop 95  | [90] 100 101 96 97             | any            | rests
sell 10 stop 95  | [90] 94 96 93 95               | any            | filled 10 at 94 at open 1
sell 10 stop 95  | [100 101 90 100] 100 101 94 97 | any            | filled 10 at 95 in bar 1
sell 10 stop 95  | [100 101 90 94] 96 97 95.5 96  | any same_close | rests
# it knows no fill timing, and `through` is about limits
sell 10 stop 95  | 90 96 89 91                    | any next_close | filled 10 at 90 at open 1
sell 10 stop 95  | 100 101 94 97                  | any next_close | filled 10 at 95 in bar 1
sell 10 stop 95  | 90 96 89 91                    | any same_close | filled 10 at 90 at open 1
sell 10 stop 95  | 100 101 94 97                  | any same_close | filled 10 at 95 in bar 1
sell 10 stop 95  | 100 101 95 97                  | any through    | filled 10 at 95 in bar 1
sell 10 stop 95  | 95 96 95 96                    | any through    | filled 10 at 95 at open 1
"""

BUY = """
# not reached, touched, reached, closed beyond
buy 10 stop 105 | 100 104 99 103                     | any            | rests
buy 10 stop 105 | 100 104.99 99 103                  | any            | rests
buy 10 stop 105 | 100 105 99 103                     | any            | filled 10 at 105 in bar 1
buy 10 stop 105 | 100 106 99 103                     | any            | filled 10 at 105 in bar 1
buy 10 stop 105 | 100 120 80 103                     | any            | filled 10 at 105 in bar 1
buy 10 stop 105 | 100 110 99 110                     | any            | filled 10 at 105 in bar 1
# gaps
buy 10 stop 105 | 105 106 104 105                    | any            | filled 10 at 105 at open 1
buy 10 stop 105 | 105 105 101 102                    | any            | filled 10 at 105 at open 1
buy 10 stop 105 | 110 111 104 109                    | any            | filled 10 at 110 at open 1
buy 10 stop 105 | 110 111 80 81                      | any            | filled 10 at 110 at open 1
buy 10 stop 105 | 110                                | any            | filled 10 at 110 at open 1
# a stop below the market goes at once
buy 10 stop 95  | 100 101 99 100                     | any            | filled 10 at 100 at open 1
buy 10 stop 95  | 94 96 93 94                        | any            | filled 10 at 95 in bar 1
# it waits
buy 10 stop 105 | 100 , 100 106 99 103               | any            | filled 10 at 105 in bar 2
buy 10 stop 105 | 100 , 120                          | any            | filled 10 at 120 at open 2
buy 10 stop 105 | - , 110 111 104 109                | any            | filled 10 at 110 at open 2
buy 10 stop 105 | - , 100 106 99 103                 | any            | filled 10 at 105 in bar 2
# it needs no price of its asset to be accepted
buy 10 stop 105 | [-] 106 107 105 106                | any            | filled 10 at 106 at open 1
buy 10 stop 105 | [-] 100 106 99 103                 | any            | filled 10 at 105 in bar 1
# the bar at which it is accepted is over
buy 10 stop 105 | [100 110 99 100] 100 104 99 103    | any            | rests
buy 10 stop 105 | [110] 100 104 99 103               | any            | rests
buy 10 stop 105 | [110] 106 107 104 105              | any            | filled 10 at 106 at open 1
buy 10 stop 105 | [100 110 99 106] 104 104.5 103 104 | any same_close | rests
# it knows no fill timing, and `through` is about limits
buy 10 stop 105 | 110 111 104 109                    | any next_close | filled 10 at 110 at open 1
buy 10 stop 105 | 100 106 99 103                     | any next_close | filled 10 at 105 in bar 1
buy 10 stop 105 | 110 111 104 109                    | any same_close | filled 10 at 110 at open 1
buy 10 stop 105 | 100 106 99 103                     | any same_close | filled 10 at 105 in bar 1
buy 10 stop 105 | 100 105 99 103                     | any through    | filled 10 at 105 in bar 1
buy 10 stop 105 | 105 105 104 104                    | any through    | filled 10 at 105 at open 1
"""

TOGETHER = """
# what is sold is sold by id, not by the way of the price
sell 10 stop 95; sell 10 stop 94  | 100 101 90 92   | any hold 10 | #1 filled 10 at 95 in bar 1, #2 canceled 10 NO_POSITION in bar 1
sell 10 stop 94; sell 10 stop 95  | 100 101 90 92   | any hold 10 | #1 filled 10 at 94 in bar 1, #2 canceled 10 NO_POSITION in bar 1
sell 4 stop 95; sell 6 stop 94    | 100 101 90 92   | any         | #1 filled 4 at 95 in bar 1, #2 filled 6 at 94 in bar 1
sell 4 stop 95; sell 6 stop 94    | 100 101 94.5 95 | any         | #1 filled 4 at 95 in bar 1, #2 rests
sell 10 stop 95; buy 5 stop 105   | 100 106 94 100  | any         | #1 filled 10 at 95 in bar 1, #2 filled 5 at 105 in bar 1
buy 5 stop 105; sell 10 stop 95   | 100 106 94 100  | any         | #2 filled 10 at 95 in bar 1, #1 filled 5 at 105 in bar 1
# a stop guards what the open bought, but not what is bought within the bar
buy 10; sell 10 stop 95           | 100 101 94 97   | any hold 0  | #1 filled 10 at 100 at open 1, #2 filled 10 at 95 in bar 1
buy 10 limit 100; sell 10 stop 95 | 100 101 94 97   | any hold 0  | #1 filled 10 at 100 at open 1, #2 filled 10 at 95 in bar 1
buy 10 limit 98; sell 10 stop 95  | 100 101 94 97   | any hold 0  | #1 filled 10 at 98 in bar 1, #2 canceled 10 NO_POSITION in bar 1
buy 10; sell 10 stop 105          | 100 106 94 97   | any hold 0  | #1 filled 10 at 100 at open 1, #2 canceled 10 NO_POSITION in bar 1
"""
