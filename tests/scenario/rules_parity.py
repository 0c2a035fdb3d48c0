# ruff: noqa: E501  (one case to a row, as wide as it is)
"""What other engines do with orders that have a level, as far as these rules can say it: engine, figure, rows."""

VECTORBT = """
# trailing stop of 10 %, high 120: 108 on a following bar
sell 10 trail 10%                 | 119 120 118 119 , 115 116 105 106 | any                      | filled 10 at 108 in bar 2
# a stop goes at its level, or at the open on a gap
sell 10 stop 90                   | 100 101 85 95                     | any                      | filled 10 at 90 in bar 1
sell 10 stop 90                   | 80 81 79 80                       | any                      | filled 10 at 80 at open 1
sell 10 limit 120                 | 100 125 99 118                    | any                      | filled 10 at 120 in bar 1
sell 10 limit 120                 | 130 131 129 130                   | any                      | filled 10 at 130 at open 1
# stops are checked from the bar after the entry on, whatever the entry's bar did
buy 10; sell 10 stop 90           | [100 130 70 100] 100 101 91 100   | any same_close hold 0    | #1 filled 10 at 100 at close 0, #2 rests
# a row-t order fills at row-t close
buy 10                            | [100 105 95 102] 110              | any same_close           | filled 10 at 102 at close 0
# what is too big is cut to the cash; without partial fills it is ignored
buy 10                            | [100] 110                         | any same_close cash 500  | filled 5 at 100 at close 0, canceled 5 CASH_SHORTAGE in bar 0
buy 10 fok                        | [100] 110                         | any same_close cash 500  | canceled 10 CASH_SHORTAGE in bar 0
# slippage multiplies: p (1 + s) and p (1 - s)
buy 10                            | [100] 110                         | any same_close slip 1%   | filled 10 at 101 at close 0
sell 10                           | [100] 110                         | any same_close slip 1%   | filled 10 at 99 at close 0
# a missing price ignores the order
buy 10 ioc                        | [100, -] 110                      | any same_close           | expired in bar 1
# an order that is rejected does not stop the rest
buy 20 fok; buy 10                | [100] 110                         | any same_close cash 1000 | #2 filled 10 at 100 at close 0, #1 canceled 20 CASH_SHORTAGE in bar 0
# stops are checked before the signals of their bar
sell 10 stop 90; sell 10          | 100 101 89 95                     | any next_close hold 10   | #1 filled 10 at 90 in bar 1, #2 canceled 10 NO_POSITION in bar 1
# the mark of a trailing stop begins with what was paid, not with the high of the bar whose close that was
buy 10; sell 10 trail 10% after 1 | [100 130 90 100] 100 101 91 95    | any same_close hold 0    | #1 filled 10 at 100 at close 0, #2 rests
"""

BACKTRADER = """
# close 100 -> next open 110
buy 10                                   | 110 115 105 112                       | any                            | filled 10 at 110 at open 1
# an order of the last bar never fills
buy 10                                   | [100]                                 | any                            | rests
# limit: the open if it is better, else the limit
buy 10 limit 95                          | 90 96 89 91                           | any                            | filled 10 at 90 at open 1
buy 10 limit 95                          | 100 101 95 97                         | any                            | filled 10 at 95 in bar 1
sell 10 limit 105                        | 110 111 104 109                       | any                            | filled 10 at 110 at open 1
sell 10 limit 105                        | 100 105 99 103                        | any                            | filled 10 at 105 in bar 1
# stop: the open on a gap, else the trigger
sell 10 stop 95                          | 90 96 89 91                           | any                            | filled 10 at 90 at open 1
sell 10 stop 95                          | 100 101 94 97                         | any                            | filled 10 at 95 in bar 1
buy 10 stop 105                          | 110 111 104 109                       | any                            | filled 10 at 110 at open 1
buy 10 stop 105                          | 100 106 99 103                        | any                            | filled 10 at 105 in bar 1
# stop limit: it goes where the way from open to close says that the price came back, and not where it does not
buy 10 stop 105 limit 103                | 104 106 100 101                       | any                            | filled 10 at 103 in bar 1
buy 10 stop 105 limit 103                | 100 106 99 105.5                      | low_first pessimistic nearest  | rests, ambiguous -/103 in bar 1
sell 10 stop 95 limit 97                 | 96 100 94 99                          | any                            | filled 10 at 97 in bar 1
sell 10 stop 95 limit 97                 | 100 101 94 94.5                       | high_first pessimistic nearest | rests, ambiguous 97/- in bar 1
# an entry at 110 and a stop at 90, made at one close: the stop may go on the bar of the entry
buy 10; sell 10 stop 90                  | 110 112 88 100                        | any hold 0                     | #1 filled 10 at 110 at open 1, #2 filled 10 at 90 in bar 1
# a trailing stop hangs on the last close when it is made
sell 10 trail 5                          | [100 120 80 100] 100 100 95 97        | any                            | filled 10 at 95 in bar 1
sell 10 trail 5                          | [100 120 80 100] 100 100 95.5 97      | any                            | rests
# there it moves on the closes of the bars before; here on the highs: 105 after the first bar, where closes say 104
sell 10 trail 5                          | 106 110 106 109 , 104.5 105 104.5 105 | any                            | filled 10 at 104.5 at open 2
# children of a bracket live a bar later, except that here they meet the rest of a bar whose open filled the parent
buy 10 limit 95; sell 10 stop 90 after 1 | 100 101 89 100 , 100 101 89 95        | any hold 0                     | #1 filled 10 at 95 in bar 1, #2 filled 10 at 90 in bar 2
buy 10; sell 10 stop 95 after 1          | 100 101 94 97                         | any hold 0                     | #1 filled 10 at 100 at open 1, #2 filled 10 at 95 in bar 1
# slippage may lie outside the bar, where it is clipped there
buy 10                                   | 110 110 109 109.5                     | any slip 1%                    | filled 10 at 111.1 at open 1
# cheat on close: the close of the signal's bar, and its date
buy 10                                   | [100 105 95 102] 110                  | any same_close                 | filled 10 at 102 at close 0
# one that cannot be paid takes nothing from the next, where its shadow does there
buy 20 fok; buy 5                        | 100                                   | any rank cash 1000             | #2 filled 5 at 100 at open 1, #1 canceled 20 CASH_SHORTAGE in bar 1
# the check at the open is all or nothing, and pure reductions pass
buy 20 fok                               | 110                                   | any cash 1000                  | canceled 20 CASH_SHORTAGE in bar 1
sell 10                                  | 110                                   | any cash 0                     | filled 10 at 110 at open 1
"""

ZIPLINE = """
# an order fills at the close of the next bar
buy 10                   | 110 115 105 112     | any next_close | filled 10 at 112 at close 1
# a missing bar defers it to the next real one
buy 10                   | - , 110 115 105 112 | any next_close | filled 10 at 112 at close 2
# a missing bar, and one without a trade, fill nothing: the order goes on waiting
buy 10                   | - , - , 112         | any next_close | filled 10 at 112 at close 3
# the close alone triggers stops there, which asks for a limit of that close; a stop is met inside the bar
sell 10 stop 95          | 100 101 94 97       | any next_close | filled 10 at 95 in bar 1
# the close decides whether a limit of that bar goes
buy 10 limit 95 on_close | 100 101 90 94       | any next_close | filled 10 at 94 at close 1
buy 10 limit 95 on_close | 100 101 90 96       | any next_close | expired in bar 1
"""

LEAN = """
# a limit needs strict penetration: a touch is not enough
buy 10 limit 95   | 100 101 95 97       | any through | rests
buy 10 limit 95   | 100 101 94.99 97    | any through | filled 10 at 95 in bar 1
sell 10 limit 105 | 100 105 99 103      | any through | rests
sell 10 limit 105 | 100 105.01 99 103   | any through | filled 10 at 105 in bar 1
# on a favorable gap, the open
buy 10 limit 95   | 90 96 89 91         | any through | filled 10 at 90 at open 1
sell 10 limit 105 | 110 111 104 109     | any through | filled 10 at 110 at open 1
# stop: the open on an adverse gap, else the stop
sell 10 stop 95   | 90 96 89 91         | any through | filled 10 at 90 at open 1
sell 10 stop 95   | 100 101 94 97       | any through | filled 10 at 95 in bar 1
buy 10 stop 105   | 110 111 104 109     | any through | filled 10 at 110 at open 1
# a market order on daily bars is one for the open, deferred where the bar is only carried forward
buy 10            | 110 115 105 112     | any through | filled 10 at 110 at open 1
buy 10 on_open    | 110 115 105 112     | any through | filled 10 at 110 at open 1
buy 10            | - , 110 115 105 112 | any through | filled 10 at 110 at open 2
"""
