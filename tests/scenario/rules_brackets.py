# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Orders that sleep until another fills: the exits of an entry are not alive before it."""

ENTRY = """
# filled at the open: alive for the rest of that bar
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 100 104 96 100                  | any                           | #1 filled 10 at 100 at open 1, #2 rests, #3 rests
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 100 106 99 104                  | any                           | #1 filled 10 at 100 at open 1, #2 filled 10 at 105 in bar 1, #3 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 100 101 94 97                   | any                           | #1 filled 10 at 100 at open 1, #3 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 100 106 94 100                  | pessimistic low_first nearest | #1 filled 10 at 100 at open 1, #3 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 100 106 94 100                  | optimistic high_first         | #1 filled 10 at 100 at open 1, #2 filled 10 at 105 in bar 1, #3 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 100 , 110                       | any                           | #1 filled 10 at 100 at open 1, #2 filled 10 at 110 at open 2, #3 canceled 10 ONE_CANCELS_OTHER in bar 2
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | - , 100 106 99 104              | any                           | #1 filled 10 at 100 at open 2, #2 filled 10 at 105 in bar 2, #3 canceled 10 ONE_CANCELS_OTHER in bar 2
# where the entry's open is beyond a level already, at once at that price
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 110 111 109 110                 | any                           | #1 filled 10 at 110 at open 1, #2 filled 10 at 110 in bar 1, #3 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 90 91 89 90                     | any                           | #1 filled 10 at 90 at open 1, #3 filled 10 at 90 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 limit 95; sell 10 limit 100 after 1                   | 90 101 89 95                    | any                           | #1 filled 10 at 90 at open 1, #2 filled 10 at 100 in bar 1
sell 10 limit 105; buy 10 limit 100 after 1                  | 106 107 99 103                  | any                           | #1 filled 10 at 106 at open 1, #2 filled 10 at 100 in bar 1
# filled within the bar or at its close: alive from the next bar on
buy 10 limit 98; sell 10 stop 95 after 1                     | 100 101 94 97 , 100             | any                           | #1 filled 10 at 98 in bar 1, #2 rests
buy 10 limit 98; sell 10 stop 95 after 1                     | 100 101 94 97 , 94              | any                           | #1 filled 10 at 98 in bar 1, #2 filled 10 at 94 at open 2
buy 10 limit 95; sell 10 limit 105 after 1                   | 100 106 99 104 , 104 106 94 100 | any                           | #1 filled 10 at 95 in bar 2, #2 rests
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 100 106 94 100 , 100 101 94 97  | any next_close                | #1 filled 10 at 100 at close 1, #3 filled 10 at 95 in bar 2, #2 canceled 10 ONE_CANCELS_OTHER in bar 2
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | 100 106 94 100 , 110            | any next_close                | #1 filled 10 at 100 at close 1, #2 filled 10 at 110 at open 2, #3 canceled 10 ONE_CANCELS_OTHER in bar 2
buy 10; sell 10 limit 105 after 1 or sell 10 stop 95 after 1 | [100 120 80 100] 100 106 99 104 | any same_close                | #1 filled 10 at 100 at close 0, #2 filled 10 at 105 in bar 1, #3 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 on_close; sell 10 stop 95 after 1                     | 100 101 94 97 , 94              | any                           | #1 filled 10 at 97 at close 1, #2 filled 10 at 94 at open 2
# for as much as the entry filled
buy 10; sell 10 stop 95 after 1                              | 100 101 94 97                   | any cash 500                  | #1 filled 5 at 100 at open 1, #1 canceled 5 CASH_SHORTAGE in bar 1, #2 trimmed 5 PARENT_ENDED in bar 1, #2 filled 5 at 95 in bar 1
buy 10; sell 4 stop 95 after 1                               | 100 101 94 97                   | any                           | #1 filled 10 at 100 at open 1, #2 filled 4 at 95 in bar 1
buy 10; sell 20 stop 95 after 1                              | 100 101 94 97                   | any                           | #1 filled 10 at 100 at open 1, #2 trimmed 10 PARENT_ENDED in bar 1, #2 filled 10 at 95 in bar 1
# a third that waits for the second
buy 10; sell 10 limit 105 after 1; buy 10 limit 100 after 2  | 100 106 99 104 , 104 105 99 100 | any                           | #1 filled 10 at 100 at open 1, #2 filled 10 at 105 in bar 1, #3 filled 10 at 100 in bar 2
"""

KINDS = """
# a trailing level starts from what the entry paid
buy 10; sell 10 trail 5 after 1                | 110 110.5 106 107 , 105             | any            | #1 filled 10 at 110 at open 1, #2 filled 10 at 105 at open 2
buy 10; sell 10 trail 5 after 1                | 110 110 105 107                     | any            | #1 filled 10 at 110 at open 1, #2 filled 10 at 105 in bar 1
buy 10; sell 10 trail 5 after 1                | 100 100 95.5 97                     | any slip 1%    | #1 filled 10 at 101 at open 1, #2 filled 10 at 95.04 in bar 1
buy 10; sell 10 trail 10% after 1              | 110 110 99 105                      | any            | #1 filled 10 at 110 at open 1, #2 filled 10 at 99 in bar 1
buy 10; sell 10 trail 5 limit 1 after 1        | 110 110 105 107                     | any            | #1 filled 10 at 110 at open 1, #2 filled 10 at 105 in bar 1
buy 10 limit 90; sell 10 trail 5 after 1       | 100 120 88 110 , 110 110 106 106    | any            | #1 filled 10 at 90 in bar 1, #2 rests
buy 10 limit 90; sell 10 trail 5 after 1       | 100 120 88 110 , 86 88 85 85 , 84   | any            | #1 filled 10 at 90 in bar 1, #2 filled 10 at 85 in bar 2
# and so needs no price before
buy 10; sell 10 trail 5 after 1                | [-] 100 100 95 97                   | any            | #1 filled 10 at 100 at open 1, #2 filled 10 at 95 in bar 1
buy 10; sell 10 stop 95 limit 94 after 1       | 100 101 90 91                       | any            | #1 filled 10 at 100 at open 1, #2 filled 10 at 95 in bar 1
buy 10; sell 10 limit 90 on_close after 1      | 100 101 99 100.5                    | any            | #1 filled 10 at 100 at open 1, #2 filled 10 at 100.5 at close 1
buy 10; sell 10 limit 90 on_close after 1      | 100 , 100 101 99 100.5              | any next_close | #1 filled 10 at 100 at close 1, #2 filled 10 at 100.5 at close 2
# its time runs from the entry's fill
buy 10 limit 95; sell 10 limit 105 day after 1 | 100 , 100 , 95 96 94 95 , 110       | any            | #1 filled 10 at 95 at open 3, #2 expired in bar 3
buy 10 limit 95; sell 10 limit 105 day after 1 | 100 , 100 , 96 97 94 95 , 100 , 110 | any            | #1 filled 10 at 95 in bar 3, #2 expired in bar 4
buy 10 limit 95; sell 10 stop 90 gtd 1 after 1 | 100 , 100 , 95 , 80                 | any            | #2 expired in bar 2, #1 filled 10 at 95 at open 3
buy 10; sell 10 limit 99 ioc after 1           | 100 101 98 100 , 110                | any            | #1 filled 10 at 100 at open 1, #2 expired in bar 1
buy 10 limit 98; sell 10 limit 99 ioc after 1  | 100 101 97 97 , 99                  | any            | #1 filled 10 at 98 in bar 1, #2 filled 10 at 99 at open 2
"""

ENDED = """
# an entry that ended unfilled takes them along
buy 10 fok; sell 10 stop 95 after 1                                                  | 100                | any cash 500            | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 canceled 10 PARENT_ENDED in bar 1
buy 10 fok; sell 10 stop 95 after 1                                                  | [100] 100          | any same_close cash 500 | #1 canceled 10 CASH_SHORTAGE in bar 0, #2 canceled 10 PARENT_ENDED in bar 0
buy 10 limit 95 day; sell 10 stop 90 after 1                                         | 100                | any                     | #1 expired in bar 1, #2 canceled 10 PARENT_ENDED in bar 1
buy 10 limit 95 day; sell 10 limit 105 after 1 or sell 10 stop 90 after 1            | 100                | any                     | #1 expired in bar 1, #2 canceled 10 PARENT_ENDED in bar 1, #3 canceled 10 PARENT_ENDED in bar 1
buy 10 limit 95 day; sell 10 limit 105 after 1; buy 10 limit 100 after 2             | 100                | any                     | #1 expired in bar 1, #2 canceled 10 PARENT_ENDED in bar 1, #3 canceled 10 PARENT_ENDED in bar 1
buy 10 limit 95 or buy 10 stop 105; sell 10 stop 90 after 1; sell 10 stop 99 after 2 | 100 106 99 104     | any                     | #2 filled 10 at 105 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, #3 canceled 10 PARENT_ENDED in bar 1, #4 rests
# so does one that was never accepted, or is not known
sell 10; buy 10 stop 105 after 1                                                     | 100                | any hold 0              | #1 rejected SHORT_NOT_ALLOWED, #2 rejected PARENT_ENDED
buy 10 trail 5; sell 10 stop 95 after 1                                              | [-] 100            | any                     | #1 rejected NO_PRICE, #2 rejected PARENT_ENDED
buy 10; sell 10 stop 95 after 9                                                      | 100                | any                     | #2 rejected PARENT_ENDED, #1 filled 10 at 100 at open 1
# asleep, they end with the data, and nothing meets them
buy 10 limit 95; sell 10 stop 90 after 1                                             | 100                | any                     | #1 rests, #2 rests
buy 10 limit 80; sell 10 stop 90 after 1                                             | 100 101 85 86 , 86 | any hold 10             | #1 rests, #2 rests
buy 10 limit 80; sell 10 limit 105 after 1; sell 10 limit 110                        | 100 120 99 115     | any hold 10             | #3 filled 10 at 110 in bar 1, #1 rests, #2 rests
"""
