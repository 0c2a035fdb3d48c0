# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Rules of orders whose bars have finer bars behind them: rows as in `rules`, with the finer bars in braces.

`100 106 94 101 {100 106 99 100 , 98 98 94 101}`: a bar and the finer bars that it came of, `-` where the asset has none.
What happens in a finer bar is told with its number, from 1: `#1 filled 10 at 95 in bar 1 @2`.
"""

DECIDED = """
# The bar alone is ambiguous; its finer bars are not
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100                                     | pessimistic  | #1 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {100 101 94 98, 98 106 98 100}       | any          | #1 filled 10 at 95 in bar 1 @1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {100 106 99 104, 104 104 94 100}     | any          | #2 filled 10 at 105 in bar 1 @1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {100 101 99 100, 100 106 100 104, 104 104 94 100} | any | #2 filled 10 at 105 in bar 1 @2, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
# One finer bar is ambiguous itself: the policy decides that one
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {100 101 99 100, 100 106 94 100}     | pessimistic low_first  | #1 filled 10 at 95 in bar 1 @2, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1 @2
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {100 101 99 100, 100 106 94 100}     | optimistic high_first  | #2 filled 10 at 105 in bar 1 @2, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1 @2
# What came before an ambiguous finer bar does not count
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {100 105 99 100, 100 106 94 100}     | any          | #2 filled 10 at 105 in bar 1 @1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 stop 105 or buy 10 limit 95   | 100 106 94 100 {100 101 94 98, 98 106 98 100}       | any          | #2 filled 10 at 95 in bar 1 @1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
buy 10 stop 105 or buy 10 limit 95   | 100 106 94 100 {100 106 99 104, 104 104 94 100}     | any          | #1 filled 10 at 105 in bar 1 @1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
# Orders by themselves go in the order of time, and not of ids
buy 10 limit 95 ; buy 10 limit 97    | 100 101 94 100 {100 101 96 98, 98 100 94 100}       | any          | #2 filled 10 at 97 in bar 1 @1, #1 filled 10 at 95 in bar 1 @2
# The open and the close stay those of the bar
buy 10                               | 100 106 94 101 {101 106 94 102}                     | any          | #1 filled 10 at 100 at open 1
buy 10 on_close                      | 100 106 94 101 {101 106 94 102}                     | any          | #1 filled 10 at 101 at close 1
buy 10 limit 95                      | 94 106 94 101 {96 106 94 102}                       | any          | #1 filled 10 at 94 at open 1
sell 10 limit 101 on_close           | 100 106 94 101 {100 106 94 100}                     | any          | #1 filled 10 at 101 at close 1
"""

GAPS = """
# Between two finer bars, or between the open and the first of them
sell 10 stop 95            | 100 100 90 92 {100 100 98 98, 93 93 90 92}     | any | #1 filled 10 at 93 in bar 1 @2
sell 10 stop 95            | 100 100 90 92 {94 94 90 92}                    | any | #1 filled 10 at 94 in bar 1 @1
sell 10 stop 95            | 100 100 90 92 {100 100 98 98, 96 96 90 92}     | any | #1 filled 10 at 95 in bar 1 @2
buy 10 stop 105            | 100 110 99 109 {100 101 99 101, 107 110 107 109} | any | #1 filled 10 at 107 in bar 1 @2
buy 10 limit 95            | 100 100 90 92 {100 100 98 98, 93 93 90 92}     | any | #1 filled 10 at 93 in bar 1 @2
sell 10 limit 105          | 100 110 99 109 {100 101 99 101, 107 110 107 109} | any | #1 filled 10 at 107 in bar 1 @2
buy 10 limit 95            | 100 100 90 92 {95 95 94 95}                    | any through | #1 filled 10 at 95 in bar 1 @1
buy 10 limit 95            | 100 100 90 92 {95 96 95 95}                    | any through | rests
sell 10 stop 95 limit 94   | 100 100 90 92 {100 100 98 98, 93 93 90 92}     | any | rests
sell 10 stop 95 limit 94   | 100 100 90 96 {100 100 98 98, 93 93 90 92, 92 96 92 96} | any | #1 filled 10 at 94 in bar 1 @3
sell 10 stop 95 limit 94   | 100 100 90 96 {100 100 98 98, 93 93 90 92}, 95 95 95 95 | any | #1 filled 10 at 95 at open 2
# A level that a gap passes goes before what the rest of that finer bar reaches
sell 10 stop 95 or sell 10 limit 105 | 100 106 90 100 {100 100 98 98, 94 106 90 100} | any | #1 filled 10 at 94 in bar 1 @2, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
"""

MISSING = """
# Minutes without a trade
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {100 101 99 100, -, 100 106 100 104, -, 104 104 94 100} | any | #2 filled 10 at 105 in bar 1 @3, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
# None at all: the bar decides, as ever
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {-}                                  | pessimistic  | #1 filled 10 at 95 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
sell 10 stop 95 or sell 10 limit 105 | 100 106 94 100 {}                                   | optimistic   | #2 filled 10 at 105 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
# Nor any bar: finer bars of an asset without one do not come this far; an order waits
sell 10 stop 95                      | - {}, 100 100 94 95 {100 100 94 95}                 | any          | #1 filled 10 at 95 in bar 2 @1
# What the finer bars leave out did not happen
sell 10 stop 95                      | 100 106 94 100 {100 106 98 100}                     | any          | rests
"""

TRAILING = """
# They follow every finer bar, its open too
sell 10 trail 5    | 100 110 100 104 {100 104 100 104, 104 108 104 107, 107 110 106 109, 109 109 104 104} | any | #1 filled 10 at 105 in bar 1 @4
sell 10 trail 5    | 100 110 99 104 {100 103 99 103, 110 110 104 104}                      | low_first | #1 filled 10 at 105 in bar 1 @2
sell 10 trail 5    | 100 110 100 108 {100 104 100 104, 104 108 104 107, 107 110 106 108}, 108 108 104 104 {108 108 104 104} | any | #1 filled 10 at 105 in bar 2 @1
sell 10 trail 5    | 100 104 96 100 {100 104 99.5 100, 100 100 96 100}                     | any | #1 filled 10 at 99 in bar 1 @2
sell 10 trail 5    | 100 103 97 100                                                       | high_first | #1 filled 10 at 98 in bar 1, ambiguous -/98 in bar 1
sell 10 trail 5    | 100 103 97 100 {100 100 97 98, 98 100 98 100, 100 103 99 100}         | any | rests
sell 10 trail 10%  | 100 120 100 104 {100 108 100 108, 108 116 108 116, 116 120 112 120, 120 120 104 104} | any | #1 filled 10 at 108 in bar 1 @4
buy 10 trail 5     | 100 100 90 96 {100 100 97 97, 92 93 90 92, 92 96 92 96}                | any | #1 filled 10 at 95 in bar 1 @3
sell 10 trail 5 limit 1 | 100 110 100 104 {100 104 100 104, 104 108 104 107, 107 110 106 110, 110 110 103 103, 103 104.5 102 104} | any | #1 filled 10 at 105 in bar 1 @4
sell 10 trail 5 limit 1 | 100 110 100 104 {100 104 100 104, 104 108 104 107, 107 110 106 110, 103 104.5 102 104} | any | #1 filled 10 at 104 in bar 1 @4
# A finer bar that raises the level is ambiguous when it then could reach it
sell 10 trail 5    | 100 110 100 104 {100 104 100 104, 104 110 104 109}                    | high_first | #1 filled 10 at 105 in bar 1 @2, ambiguous -/105 in bar 1 @2
"""

BRACKETS = """
# A child lives from the next finer bar on: filled and stopped on the same day
buy 10 limit 98 ; sell 10 stop 95 after 1  | 100 101 90 100 {100 101 97 99, 99 99 94 96, 96 100 90 100} | any | #1 filled 10 at 98 in bar 1 @1, #2 filled 10 at 95 in bar 1 @2
buy 10 limit 98 ; sell 10 stop 95 after 1 or sell 10 limit 105 after 1 | 100 106 94 100 {100 101 97 99, 99 106 99 100, 100 100 94 100} | any | #1 filled 10 at 98 in bar 1 @1, #3 filled 10 at 105 in bar 1 @2, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
# not in that one itself, and not by what came before
buy 10 limit 98 ; sell 10 stop 95 after 1  | 100 101 90 100 {100 101 90 99, 99 100 96 100}              | any | #1 filled 10 at 98 in bar 1 @1, #2 rests
buy 10 stop 102 ; sell 10 stop 95 after 1  | 100 103 94 102 {100 101 94 99, 99 103 99 102, 102 102 98 102} | any | #1 filled 10 at 102 in bar 1 @2, #2 rests
# After the last finer bar it waits for the next bar, as after a bar by itself; so a day order lives another day
buy 10 limit 98 ; sell 10 stop 95 after 1  | 100 101 94 100 {100 101 97 99, 99 100 97 100}, 94 96 93 95 {94 96 93 95} | any | #1 filled 10 at 98 in bar 1 @1, #2 filled 10 at 94 at open 2
buy 10 limit 98 ; sell 10 stop 95 day after 1 | 100 101 97 100 {100 101 97 99, 99 100 99 100}, 100, 94  | any | #1 filled 10 at 98 in bar 1 @1, #2 expired in bar 1
buy 10 limit 98 ; sell 10 stop 95 day after 1 | 100 101 97 100 {100 101 99 100, 100 100 97 100}, 100, 94 | any | #1 filled 10 at 98 in bar 1 @2, #2 expired in bar 2
buy 10 ; sell 10 stop 95 after 1           | 100 101 94 100 {100 101 99 100, 100 100 94 100}            | any | #1 filled 10 at 100 at open 1, #2 filled 10 at 95 in bar 1 @2
# Trailing children start from what the parent paid; a gap after it counts
buy 10 limit 98 ; sell 10 trail 3 after 1  | 100 104 97 100 {100 101 97 99, 104 104 100 100}            | low_first | #1 filled 10 at 98 in bar 1 @1, #2 filled 10 at 101 in bar 1 @2
buy 10 limit 98 ; sell 10 limit 100 ioc after 1 | 100 104 97 100 {100 101 97 99, 99 104 99 100}         | any | #1 filled 10 at 98 in bar 1 @1, #2 expired in bar 1
# Chains within one day
buy 10 limit 98 ; sell 10 stop 95 after 1 ; buy 5 limit 90 after 2 | 100 101 88 92 {100 101 97 99, 99 99 94 94, 94 94 88 92} | any | #1 filled 10 at 98 in bar 1 @1, #2 filled 10 at 95 in bar 1 @2, #3 filled 5 at 90 in bar 1 @3
"""

CASH = """
# Fills at different moments share no shortage: the first gets all, a sell brings cash for what comes later
buy 10 limit 95 ; buy 10 limit 90          | 100 100 89 95 {100 100 94 94, 94 95 89 95}       | any cash 950 | #1 filled 10 at 95 in bar 1 @1, #2 canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 95 ; buy 10 limit 90          | 100 100 89 95 {100 100 89 95}                    | any cash 950 | #1 filled 5 at 95 in bar 1 @1, #2 filled 5 at 90 in bar 1 @1, #1 canceled 5 CASH_SHORTAGE in bar 1, #2 canceled 5 CASH_SHORTAGE in bar 1
sell 10 limit 105 ; buy 10 limit 95        | 100 106 94 100 {100 106 99 100, 100 100 94 100}  | any cash 0 | #1 filled 10 at 105 in bar 1 @1, #2 filled 10 at 95 in bar 1 @2
sell 10 limit 105 ; buy 10 limit 95        | 100 106 94 100 {100 100 94 100, 100 106 99 100}  | any cash 0 | #2 canceled 10 CASH_SHORTAGE in bar 1, #1 filled 10 at 105 in bar 1 @2
# What one exit sold, the other finds gone
sell 10 stop 95 ; sell 10 limit 105        | 100 106 94 100 {100 100 94 98, 98 106 98 100}    | any hold 10 | #1 filled 10 at 95 in bar 1 @1, #2 canceled 10 NO_POSITION in bar 1
# Of a group, who is canceled whole leaves the field to the other, later on the same day
buy 10 limit 95 or buy 1 limit 90          | 100 100 89 95 {100 100 94 94, 94 95 89 95}       | any reject cash 94 | #1 canceled 10 CASH_SHORTAGE in bar 1, #2 filled 1 at 90 in bar 1 @2
"""
