# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Orders that cancel one another: one of a group goes, and both ways through a bar are judged for the group as one."""

EXITS = """
# a limit above and a stop below
sell 10 limit 105 or sell 10 stop 95                    | 100 104 96 100                  | any                            | #1 rests, #2 rests
sell 10 limit 105 or sell 10 stop 95                    | 100 106 99 104                  | any                            | #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 100 101 94 97                   | any                            | #2 filled 10 at 95 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 110 112 94 100                  | any                            | #1 filled 10 at 110 at open 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 90 106 89 100                   | any                            | #2 filled 10 at 90 at open 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 10 stop 95                    | - , 110                         | any                            | #1 filled 10 at 110 at open 2, #2 canceled 10 ONE_CANCELS_OTHER in bar 2
sell 10 limit 105 or sell 10 stop 95                    | [100 120 80 100] 100 104 96 100 | any                            | #1 rests, #2 rests
sell 10 limit 105 or sell 10 stop 95                    | 100 , 100 106 99 104 , 90       | any                            | #1 filled 10 at 105 in bar 2, #2 canceled 10 ONE_CANCELS_OTHER in bar 2
sell 10 limit 105 or sell 10 stop 95                    | 100 106 99 104                  | any next_close                 | #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 100 106 99 104                  | any same_close                 | #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
# both within one bar
sell 10 limit 105 or sell 10 stop 95                    | 100 106 94 100                  | pessimistic low_first nearest  | #2 filled 10 at 95 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 100 106 94 100                  | optimistic high_first          | #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 stop 95 or sell 10 limit 105                    | 100 106 94 100                  | pessimistic low_first nearest  | #1 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 100 105 90 97                   | nearest                        | #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 100 106 94 106                  | pessimistic low_first          | #2 filled 10 at 95 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 100 106 94 94                   | pessimistic low_first          | #2 filled 10 at 95 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 limit 105 or sell 10 stop 95                    | 100 105 94 100                  | any through                    | #2 filled 10 at 95 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
# what an order alone would do is nothing to the group: neither is ambiguous by itself
sell 5 limit 105; sell 5 stop 95                        | 100 106 94 100                  | any                            | #1 filled 5 at 105 in bar 1, #2 filled 5 at 95 in bar 1
# three of them
sell 10 limit 105 or sell 10 stop 95 or sell 10 trail 3 | 100 106 94 100                  | pessimistic low_first nearest  | #3 filled 10 at 97 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 97/105 in bar 1
sell 10 limit 105 or sell 10 stop 95 or sell 10 trail 3 | 100 106 94 100                  | optimistic high_first          | #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, #3 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 97/105 in bar 1
sell 10 limit 105 or sell 10 stop 95 or sell 10 trail 3 | 100 104 99 100                  | any                            | #3 filled 10 at 101 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
# a stop limit that only one way brings back
sell 10 limit 110 or sell 10 stop 95 limit 97           | 100 101 94 96                   | pessimistic high_first nearest | #1 rests, #2 rests, ambiguous 97/- in bar 1
sell 10 limit 110 or sell 10 stop 95 limit 97           | 100 101 94 96                   | optimistic low_first           | #2 filled 10 at 97 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 97/- in bar 1
sell 10 limit 110 or sell 10 stop 95 limit 97           | 100 101 94 96 , 96 98 95.5 97   | pessimistic high_first nearest | #2 filled 10 at 97 in bar 2, #1 canceled 10 ONE_CANCELS_OTHER in bar 2, ambiguous 97/- in bar 1
"""

ENTRIES = """
# dip or breakout
buy 10 limit 95 or buy 10 stop 105   | 100 104 96 100 | any                                      | #1 rests, #2 rests
buy 10 limit 95 or buy 10 stop 105   | 100 101 94 97  | any                                      | #1 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 limit 95 or buy 10 stop 105   | 100 106 99 104 | any                                      | #2 filled 10 at 105 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 limit 95 or buy 10 stop 105   | 90 106 89 100  | any                                      | #1 filled 10 at 90 at open 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 limit 95 or buy 10 stop 105   | 110 111 94 100 | any                                      | #2 filled 10 at 110 at open 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 limit 95 or buy 10 stop 105   | 100 106 94 100 | pessimistic high_first                   | #2 filled 10 at 105 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
buy 10 limit 95 or buy 10 stop 105   | 100 106 94 100 | optimistic low_first nearest             | #1 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
# one to buy, one to sell, equally good: the side of the one that goes where the price rises first
sell 10 limit 105 or buy 10 limit 95 | 100 106 94 100 | pessimistic optimistic low_first nearest | #2 filled 10 at 95 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 limit 105 or buy 10 limit 95 | 100 106 94 100 | high_first                               | #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 stop 95 or buy 10 stop 105   | 100 106 94 100 | pessimistic optimistic high_first        | #2 filled 10 at 105 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 stop 95 or buy 10 stop 105   | 100 106 94 100 | low_first nearest                        | #1 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
# in units they may differ: values are per unit
sell 1 limit 105 or buy 10 limit 96  | 100 106 94 100 | pessimistic low_first                    | #2 filled 10 at 96 in bar 1, #1 canceled 1 ONE_CANCELS_OTHER in bar 1, ambiguous 96/105 in bar 1
sell 1 limit 105 or buy 10 limit 96  | 100 106 94 100 | optimistic high_first                    | #1 filled 1 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 96/105 in bar 1
"""

FIRST = """
# at the open, the lowest id of those that could
sell 10 limit 95 or sell 10 stop 105         | 100                  | any            | #1 filled 10 at 100 at open 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 stop 105 or sell 10 limit 95         | 100                  | any            | #1 filled 10 at 100 at open 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 or buy 5 limit 95                     | 90                   | any            | #1 filled 10 at 90 at open 1, #2 canceled 5 ONE_CANCELS_OTHER in bar 1
buy 5 limit 95 or buy 10                     | 90                   | any            | #1 filled 5 at 90 at open 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 5 limit 95 or buy 10                     | 100                  | any            | #2 filled 10 at 100 at open 1, #1 canceled 5 ONE_CANCELS_OTHER in bar 1
# within the bar, the first on the way; at one moment the lowest id
sell 10 stop 95 or sell 5 stop 96            | 100 101 94 97        | any            | #2 filled 5 at 96 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 stop 95 or sell 5 stop 95            | 100 101 94 97        | any            | #1 filled 10 at 95 in bar 1, #2 canceled 5 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 5 limit 104        | 100 106 99 103       | any            | #2 filled 5 at 104 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 limit 95 or buy 5 limit 96            | 100 101 94 97        | any            | #2 filled 5 at 96 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 limit 95 or buy 5 limit 96            | 95                   | any            | #1 filled 10 at 95 at open 1, #2 canceled 5 ONE_CANCELS_OTHER in bar 1
# at the close, the lowest id of what is left
sell 10 limit 105 or sell 5 on_close         | 100 101 99 100       | any            | #2 filled 5 at 100 at close 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 5 on_close         | 100 106 99 104       | any            | #1 filled 10 at 105 in bar 1, #2 canceled 5 ONE_CANCELS_OTHER in bar 1
sell 10 limit 99 on_close or sell 5 on_close | 100 101 99 100       | any            | #1 filled 10 at 100 at close 1, #2 canceled 5 ONE_CANCELS_OTHER in bar 1
sell 5 on_close or sell 10 limit 99 on_close | 100 101 99 100       | any next_close | #1 filled 5 at 100 at close 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 5 on_close         | [100 103 99 102] 105 | any same_close | #2 filled 5 at 102 at close 0, #1 canceled 10 ONE_CANCELS_OTHER in bar 0
sell 10 limit 95 on_open or sell 5 on_close  | 94 101 93 100        | any            | #2 filled 5 at 100 at close 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
# what goes out by time takes nobody along
sell 10 limit 105 day or sell 10 stop 95     | 100 101 99 100       | any            | #1 expired in bar 1, #2 rests
sell 10 limit 105 ioc or sell 10 stop 95     | 100 106 99 104       | any            | #1 expired in bar 1, #2 rests
buy 10 limit 95 ioc or buy 10 stop 105       | 100 106 94 104       | any            | #2 filled 10 at 105 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
"""

WINNERS = """
# a winner without a position or cash leaves the others where they are
sell 10 limit 105 or sell 10 stop 95                                   | 100 106 99 104                  | any hold 0                                   | #1 canceled 10 NO_POSITION in bar 1, #2 rests
sell 10 limit 105 or sell 10 stop 95                                   | 100 106 99 104 , 100 101 94 97  | any hold 0                                   | #1 canceled 10 NO_POSITION in bar 1, #2 canceled 10 NO_POSITION in bar 2
sell 10 limit 105 or sell 10 stop 95                                   | 110                             | any hold 0                                   | #1 canceled 10 NO_POSITION in bar 1, #2 rests
sell 10 limit 105 or sell 10 stop 95                                   | 100 106 94 100                  | pessimistic low_first nearest hold 0         | #2 canceled 10 NO_POSITION in bar 1, #1 rests
buy 10 limit 95 or buy 10 stop 105                                     | 100 101 94 97                   | any cash 50                                  | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 rests
buy 10 limit 100 fok or buy 1 limit 90                                 | 100 101 95 96 , 89              | any cash 500                                 | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 filled 1 at 89 at open 2
buy 10 limit 95 or buy 10 stop 105                                     | 100 101 94 97                   | any reject cash 500                          | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 rests
# a stop that stays, though the price came by after the winner, is not triggered: it needs to be reached again
sell 10 limit 105 or sell 10 stop 95                                   | 100 106 94 100 , 100            | optimistic high_first hold 0                 | #1 canceled 10 NO_POSITION in bar 1, #2 rests
buy 10 limit 95 or buy 1 stop 105                                      | 100 106 94 100 , 100            | optimistic low_first nearest reject cash 500 | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 rests, ambiguous 95/105 in bar 1
buy 10 limit 95 or buy 1 stop 105                                      | 100 106 94 100 , 100 106 99 100 | optimistic low_first nearest reject cash 500 | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 filled 1 at 105 in bar 2, ambiguous 95/105 in bar 1
buy 10 limit 95 or buy 1 trail 5                                       | 100 106 94 100 , 98 98.5 97 98  | low_first optimistic nearest reject cash 500 | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 rests, ambiguous 95/105 in bar 1
# where the price is beyond the level of one that stays, it goes once the open is over
buy 10 limit 120 or buy 1 stop 105                                     | 110 112 109 111                 | any reject cash 500                          | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 filled 1 at 110 in bar 1
buy 10 limit 120 or buy 1 limit 115                                    | 110 112 109 111                 | any reject cash 500                          | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 filled 1 at 110 in bar 1
sell 10 limit 80 or sell 10 stop 95                                    | 90 93 89 91                     | any hold 0                                   | #1 canceled 10 NO_POSITION in bar 1, #2 canceled 10 NO_POSITION in bar 1
# a part is enough
sell 10 limit 105 or sell 10 stop 95                                   | 100 106 99 104                  | any hold 4                                   | #1 filled 4 at 105 in bar 1, #1 canceled 6 NO_POSITION in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 limit 95 or buy 10 stop 105                                     | 100 101 94 97                   | any cash 500                                 | #1 filled 5 at 95 in bar 1, #1 canceled 5 CASH_SHORTAGE in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
# groups know nothing of one another
sell 5 limit 105 or sell 5 stop 95; sell 5 limit 110 or sell 5 stop 90 | 100 106 94 100                  | pessimistic                                  | #2 filled 5 at 95 in bar 1, #1 canceled 5 ONE_CANCELS_OTHER in bar 1, #3 rests, #4 rests, ambiguous 95/105 in bar 1
sell 5 limit 105 or sell 5 stop 95; sell 5 limit 110 or sell 5 stop 90 | 100 111 89 100                  | pessimistic                                  | #2 filled 5 at 95 in bar 1, #4 filled 5 at 90 in bar 1, #1 canceled 5 ONE_CANCELS_OTHER in bar 1, #3 canceled 5 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1, ambiguous 90/110 in bar 1
sell 5 limit 105 or sell 5 stop 95; sell 5 limit 110 or sell 5 stop 90 | 100 111 89 100                  | optimistic                                   | #1 filled 5 at 105 in bar 1, #3 filled 5 at 110 in bar 1, #2 canceled 5 ONE_CANCELS_OTHER in bar 1, #4 canceled 5 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1, ambiguous 90/110 in bar 1
sell 5 limit 105 or sell 5 stop 95; sell 5 stop 96                     | 100 101 94 97                   | any                                          | #2 filled 5 at 95 in bar 1, #3 filled 5 at 96 in bar 1, #1 canceled 5 ONE_CANCELS_OTHER in bar 1
# an entry and the exits that wait for it
buy 10; sell 10 limit 105 or sell 10 stop 95                           | 100 106 99 104                  | any hold 0                                   | #1 filled 10 at 100 at open 1, #2 filled 10 at 105 in bar 1, #3 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10; sell 10 limit 105 or sell 10 stop 95                           | 100 101 94 97                   | any hold 0                                   | #1 filled 10 at 100 at open 1, #3 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
"""
