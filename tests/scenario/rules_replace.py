# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Orders that are changed while they are open: what they are from then on, who loses its place, what is refused."""

PRICES = """
# a limit that is moved: to where the price comes, or away from it
buy 10 limit 95           | replace 1 limit 96 , 100 101 96 97             | any            | #1 requeued, #1 filled 10 at 96 in bar 1
buy 10 limit 95           | replace 1 limit 94 , 100 101 95 97             | any            | #1 requeued, #1 rests
buy 10 limit 95           | replace 1 limit 94 , 93 94 92 93               | any            | #1 requeued, #1 filled 10 at 93 at open 1
buy 10 limit 95           | replace 1 limit 97 , 97 98 96 97               | any through    | #1 requeued, #1 filled 10 at 97 in bar 1
buy 10 limit 95           | replace 1 limit 97 , 97 98 97 97               | any through    | #1 requeued, #1 rests
buy 10 limit 95           | replace 1 limit 96 , 100 101 96 97             | any next_close | #1 requeued, #1 filled 10 at 96 in bar 1
buy 10 limit 95           | replace 1 limit 96 , 100 101 96 97             | any same_close | #1 requeued, #1 filled 10 at 96 in bar 1
sell 10 limit 105         | replace 1 limit 104 , 100 104 99 103           | any            | #1 requeued, #1 filled 10 at 104 in bar 1
sell 10 limit 105         | replace 1 limit 106 , 100 105 99 103           | any            | #1 requeued, #1 rests
sell 10 limit 105         | replace 1 limit 103 , 104 105 103 104          | any            | #1 requeued, #1 filled 10 at 104 at open 1
# a stop
sell 10 stop 95           | replace 1 stop 97 , 100 101 97 98              | any            | #1 requeued, #1 filled 10 at 97 in bar 1
sell 10 stop 95           | replace 1 stop 93 , 100 101 94 96              | any            | #1 requeued, #1 rests
sell 10 stop 95           | replace 1 stop 97 , 96 97 95 96                | any            | #1 requeued, #1 filled 10 at 96 at open 1
buy 10 stop 105           | replace 1 stop 103 , 100 103 99 101            | any            | #1 requeued, #1 filled 10 at 103 in bar 1
buy 10 stop 105           | replace 1 stop 107 , 100 106 99 101            | any            | #1 requeued, #1 rests
buy 10 stop 105           | replace 1 stop 103 , 104 105 103 104           | any            | #1 requeued, #1 filled 10 at 104 at open 1
# a stop with a limit: either, and both
sell 10 stop 95 limit 94  | replace 1 limit 93 , 93.5 94 92 93             | any            | #1 requeued, #1 filled 10 at 93.5 at open 1
sell 10 stop 95 limit 94  | replace 1 stop 97 , 100 101 96 98              | any            | #1 requeued, #1 filled 10 at 97 in bar 1
sell 10 stop 95 limit 94  | replace 1 stop 97 limit 98 , 100 101 96 99     | any            | #1 requeued, #1 filled 10 at 98 in bar 1
buy 10 stop 105 limit 106 | replace 1 limit 107 , 106.5 108 106 107        | any            | #1 requeued, #1 filled 10 at 106.5 at open 1
buy 10 stop 105 limit 106 | replace 1 stop 103 limit 102 , 100 103 99 101  | any            | #1 requeued, #1 filled 10 at 102 in bar 1
# reached, it is a limit order: only its limit can be moved
sell 10 stop 95 limit 94  | 90 93 89 91 , replace 1 limit 92 , 91 92 90 91 | any            | #1 requeued, #1 filled 10 at 92 in bar 2
sell 10 stop 95 limit 94  | 90 93 89 91 , replace 1 stop 80 , 91 92 90 91  | any            | #1 not replaced CANNOT_REPLACE, #1 rests
sell 10 stop 95 limit 94  | 90 93 89 91 , replace 1 stop 80 , 94           | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 94 at open 2
sell 10 trail 5 limit 1   | 93 93.5 90 92 , replace 1 offset 3 , 92        | any            | #1 requeued, #1 filled 10 at 92 at open 2
sell 10 trail 5 limit 1   | 93 93.5 90 92 , replace 1 trail 9 , 92         | any            | #1 not replaced CANNOT_REPLACE, #1 rests
buy 10 trail 5 limit 1    | 107 109 106.5 108 , replace 1 offset 3 , 108   | any            | #1 requeued, #1 filled 10 at 108 at open 2
# a trailing stop starts anew from the last known price
sell 10 trail 5           | 106 110 105.5 108 , replace 1 trail 3 , 105    | any            | #1 requeued, #1 filled 10 at 105 at open 2
sell 10 trail 5           | 106 110 105.5 108 , replace 1 trail 9 , 105    | any            | #1 requeued, #1 rests
sell 10 trail 5           | 106 110 105.5 108 , replace 1 trail 9 , 99     | any            | #1 requeued, #1 filled 10 at 99 at open 2
sell 10 trail 5           | 106 110 105.5 108 , replace 1 trail 10% , 98   | any            | #1 requeued, #1 rests
sell 10 trail 5           | 106 110 105.5 108 , replace 1 trail 10% , 97   | any            | #1 requeued, #1 filled 10 at 97 at open 2
sell 10 trail 10%         | 106 110 105.5 108 , replace 1 trail 2 , 106    | any            | #1 requeued, #1 filled 10 at 106 at open 2
buy 10 trail 5            | 94 94.5 90 92 , replace 1 trail 3 , 95         | any            | #1 requeued, #1 filled 10 at 95 at open 2
buy 10 trail 5            | 94 94.5 90 92 , replace 1 trail 9 , 100        | any            | #1 requeued, #1 rests
buy 10 trail 5 limit 1    | replace 1 trail 3 offset 2 , 105 106 104 105   | any            | #1 requeued, #1 filled 10 at 105 at open 1
# the same distance again: the level stays where it has trailed to
sell 10 trail 5           | 106 110 105.5 108 , replace 1 trail 5 , 104    | any            | #1 replaced, #1 filled 10 at 104 at open 2
sell 10 trail 5           | 106 110 105.5 108 , replace 1 qty -4 , 104     | any            | #1 replaced, #1 filled 4 at 104 at open 2
sell 10 trail 5 limit 1   | 106 110 105.5 108 , replace 1 offset 2 , 103   | any            | #1 requeued, #1 filled 10 at 103 at open 2
"""

QUANTITIES = """
# what is open from then on, of every kind
buy 10 limit 95           | replace 1 qty 4 , 100 101 94 97          | any            | #1 replaced, #1 filled 4 at 95 in bar 1
buy 10 limit 95           | replace 1 qty 14 , 100 101 94 97         | any            | #1 requeued, #1 filled 14 at 95 in bar 1
buy 10 limit 95           | replace 1 qty 10 , 100 101 94 97         | any            | #1 replaced, #1 filled 10 at 95 in bar 1
buy 10 limit 95           | replace 1 qty 4 limit 96 , 100 101 96 97 | any            | #1 requeued, #1 filled 4 at 96 in bar 1
buy 10 limit 95           | replace 1 qty 4 limit 95 , 100 101 94 97 | any            | #1 replaced, #1 filled 4 at 95 in bar 1
sell 10 limit 105         | replace 1 qty -4 , 100 106 99 103        | any            | #1 replaced, #1 filled 4 at 105 in bar 1
sell 10 limit 105         | replace 1 qty -14 , 100 106 99 103       | any hold 20    | #1 requeued, #1 filled 14 at 105 in bar 1
sell 10 stop 95           | replace 1 qty -14 , 100 101 94 97        | any            | #1 requeued, #1 filled 10 at 95 in bar 1, #1 canceled 4 NO_POSITION in bar 1
sell 10 stop 95           | replace 1 qty -4 , 100 101 94 97         | any            | #1 replaced, #1 filled 4 at 95 in bar 1
buy 10 stop 105           | replace 1 qty 4 , 100 106 99 103         | any            | #1 replaced, #1 filled 4 at 105 in bar 1
buy 10 stop 105 limit 106 | replace 1 qty 14 , 100 106 99 103        | any            | #1 requeued, #1 filled 14 at 105 in bar 1
sell 10 trail 5           | replace 1 qty -4 , 100 100 95 97         | any            | #1 replaced, #1 filled 4 at 95 in bar 1
# at the market: it waits for a bar, or for its price point
buy 10                    | - , replace 1 qty 4 , 100                | any            | #1 replaced, #1 filled 4 at 100 at open 2
buy 10                    | - , replace 1 qty 14 , 100               | any            | #1 requeued, #1 filled 14 at 100 at open 2
buy 10                    | replace 1 qty 4 , 100                    | any            | #1 replaced, #1 filled 4 at 100 at open 1
buy 10                    | replace 1 qty 4 , 100 101 99 100.5       | any next_close | #1 replaced, #1 filled 4 at 100.5 at close 1
buy 10                    | [100 105 95 102] replace 1 qty 4 , 103   | any same_close | #1 replaced, #1 filled 4 at 102 at close 0
buy 10 on_close           | replace 1 qty 14 , 100 101 99 100.5      | any            | #1 requeued, #1 filled 14 at 100.5 at close 1
buy 10 fok                | replace 1 qty 5 , 100                    | any cash 500   | #1 replaced, #1 filled 5 at 100 at open 1
buy 4 fok                 | replace 1 qty 10 , 100                   | any cash 500   | #1 requeued, #1 canceled 10 CASH_SHORTAGE in bar 1
sell 10                   | - , replace 1 qty -4 , 100               | any            | #1 replaced, #1 filled 4 at 100 at open 2
sell 4                    | - , replace 1 qty -10 , 100              | any hold 10    | #1 requeued, #1 filled 10 at 100 at open 2
sell 4                    | - , replace 1 qty -11 , 100              | any hold 10    | #1 not replaced SHORT_NOT_ALLOWED, #1 filled 4 at 100 at open 2
sell 4; sell 4            | - , replace 1 qty -7 , 100               | any hold 10    | #1 not replaced SHORT_NOT_ALLOWED, #1 filled 4 at 100 at open 2, #2 filled 4 at 100 at open 2
sell 4; sell 4            | - , replace 1 qty -6 , 100               | any hold 10    | #1 requeued, #2 filled 4 at 100 at open 2, #1 filled 6 at 100 at open 2
sell 4 on_close           | replace 1 qty -11 , 100                  | any hold 10    | #1 not replaced SHORT_NOT_ALLOWED, #1 filled 4 at 100 at close 1
"""

PLACES = """
# equal limits, cash for one of them: who comes first
buy 5 limit 95 fok; buy 5 limit 95 fok       | 94                                         | any reject cash 500           | #1 filled 5 at 94 at open 1, #2 canceled 5 CASH_SHORTAGE in bar 1
buy 5 limit 94 fok; buy 5 limit 95 fok       | replace 1 limit 95 , 94                    | any reject cash 500           | #1 requeued, #2 filled 5 at 94 at open 1, #1 canceled 5 CASH_SHORTAGE in bar 1
buy 4 limit 95 fok; buy 5 limit 95 fok       | replace 1 qty 5 , 94                       | any reject cash 500           | #1 requeued, #2 filled 5 at 94 at open 1, #1 canceled 5 CASH_SHORTAGE in bar 1
buy 6 limit 95 fok; buy 5 limit 95 fok       | replace 1 qty 5 , 94                       | any reject cash 500           | #1 replaced, #1 filled 5 at 94 at open 1, #2 canceled 5 CASH_SHORTAGE in bar 1
buy 4; buy 5                                 | - , replace 1 qty 5 , 94                   | any reject cash 500           | #1 requeued, #2 filled 5 at 94 at open 2, #1 canceled 5 CASH_SHORTAGE in bar 2
buy 6; buy 5                                 | - , replace 1 qty 5 , 94                   | any reject cash 500           | #1 replaced, #1 filled 5 at 94 at open 2, #2 canceled 5 CASH_SHORTAGE in bar 2
# changed twice, and both of them: the last comes last
buy 4; buy 4                                 | - , replace 2 qty 5 , replace 1 qty 5 , 94 | any reject cash 500           | #2 requeued, #1 requeued, #2 filled 5 at 94 at open 2, #1 canceled 5 CASH_SHORTAGE in bar 2
buy 4; buy 4                                 | - , replace 1 qty 5 , replace 2 qty 5 , 94 | any reject cash 500           | #1 requeued, #2 requeued, #1 filled 5 at 94 at open 2, #2 canceled 5 CASH_SHORTAGE in bar 2
buy 4; buy 5                                 | - , replace 1 qty 6 , replace 1 qty 5 , 94 | any reject cash 500           | #1 requeued, #1 requeued, #2 filled 5 at 94 at open 2, #1 canceled 5 CASH_SHORTAGE in bar 2
# one that loses its place stands before what is issued after that
buy 4                                        | - , replace 1 qty 5 , order buy 5 , 94     | any reject cash 500           | #1 requeued, #1 filled 5 at 94 at open 2, #3 canceled 5 CASH_SHORTAGE in bar 2
buy 4                                        | - , order buy 5 , replace 1 qty 5 , 94     | any reject cash 500           | #1 requeued, #2 filled 5 at 94 at open 2, #1 canceled 5 CASH_SHORTAGE in bar 2
# sells, one position for two
sell 10 limit 105; sell 10 stop 110          | replace 1 limit 104 , 106                  | any hold 10                   | #1 requeued, #2 filled 10 at 106 at open 1, #1 canceled 10 NO_POSITION in bar 1
sell 10 limit 105; sell 10 stop 110          | 106                                        | any hold 10                   | #1 filled 10 at 106 at open 1, #2 canceled 10 NO_POSITION in bar 1
sell 12 limit 105; sell 10 stop 110          | replace 1 qty -10 , 106                    | any hold 10                   | #1 replaced, #1 filled 10 at 106 at open 1, #2 canceled 10 NO_POSITION in bar 1
# of a group that could go at one moment, the first place
sell 10 limit 95 or sell 10 stop 105         | replace 1 limit 96 , 100                   | any                           | #1 requeued, #2 filled 10 at 100 at open 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 95 or sell 10 stop 105         | replace 1 qty -4 , 100                     | any                           | #1 replaced, #1 filled 4 at 100 at open 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 stop 95 or sell 5 stop 95            | replace 1 qty -9 , 100 101 94 97           | any                           | #1 replaced, #1 filled 9 at 95 in bar 1, #2 canceled 5 ONE_CANCELS_OTHER in bar 1
sell 9 stop 95 or sell 5 stop 95             | replace 1 qty -10 , 100 101 94 97          | any hold 10                   | #1 requeued, #2 filled 5 at 95 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 5 on_close or sell 10 limit 99 on_close | replace 1 qty -6 , 100 101 99 100          | any next_close hold 10        | #1 requeued, #2 filled 10 at 100 at close 1, #1 canceled 6 ONE_CANCELS_OTHER in bar 1
# to be changed cancels nobody of the group
sell 10 limit 105 or sell 10 stop 95         | replace 1 limit 104 , 100 103 96 100       | any                           | #1 requeued, #1 rests, #2 rests
sell 10 limit 105 or sell 10 stop 95         | replace 1 limit 104 , 100 104 96 103       | any                           | #1 requeued, #1 filled 10 at 104 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
sell 10 limit 105 or sell 10 stop 95         | replace 2 stop 97 , 100 106 96 100         | pessimistic low_first nearest | #2 requeued, #2 filled 10 at 97 in bar 1, #1 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 97/105 in bar 1
sell 10 limit 105 or sell 10 stop 95         | replace 2 stop 97 , 100 106 96 100         | optimistic high_first         | #2 requeued, #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 97/105 in bar 1
"""

TIMES = """
# the time in force runs on
buy 10 limit 95 day             | replace 1 limit 96 , 100 101 96 97        | any            | #1 requeued, #1 filled 10 at 96 in bar 1
buy 10 limit 95 day             | replace 1 limit 94 , 100 101 95 97 , 90   | any            | #1 requeued, #1 expired in bar 1
buy 10 limit 95 gtd 2           | 100 , replace 1 limit 94 , 100 , 90       | any            | #1 requeued, #1 expired in bar 2
buy 10 limit 95 gtd 2           | 100 , replace 1 limit 96 , 96             | any            | #1 requeued, #1 filled 10 at 96 at open 2
buy 10 limit 95 ioc             | replace 1 limit 101 , 100                 | any            | #1 requeued, #1 filled 10 at 100 at open 1
buy 10 limit 95 on_close        | replace 1 limit 101 , 100 102 99 100.5    | any            | #1 requeued, #1 filled 10 at 100.5 at close 1
sell 10 limit 105 on_open       | replace 1 limit 99 , 100                  | any            | #1 requeued, #1 filled 10 at 100 at open 1
sell 10 stop 95 day             | replace 1 stop 97 , 100 101 97.5 98 , 96  | any            | #1 requeued, #1 expired in bar 1
# what has ended cannot be changed
buy 10 limit 95 day             | 100 , replace 1 limit 96 , 96             | any            | #1 expired in bar 1, #1 not replaced CANNOT_REPLACE
buy 10 limit 95                 | 94 , replace 1 limit 96 , 96              | any            | #1 filled 10 at 94 at open 1, #1 not replaced CANNOT_REPLACE
buy 10 limit 95                 | cancel 1 , replace 1 limit 96 , 96        | any            | #1 canceled 10 CANCEL_REQUESTED in bar 0, #1 not replaced CANNOT_REPLACE
buy 10 limit 95                 | replace 7 limit 96 , 100                  | any            | #7 not replaced CANNOT_REPLACE, #1 rests
# between the fills of an open and the rest of that bar: less of it meets the rest, anything else waits for the next bar
buy 1; buy 10 limit 95          | 100 101 94 97 & replace 2 qty 4           | any            | #1 filled 1 at 100 at open 1, #2 replaced, #2 filled 4 at 95 in bar 1
buy 1; buy 10 limit 95          | 100 101 94 97 & replace 2 qty 14          | any            | #1 filled 1 at 100 at open 1, #2 requeued, #2 rests
buy 1; buy 10 limit 95          | 100 101 94 97 & replace 2 limit 96        | any            | #1 filled 1 at 100 at open 1, #2 requeued, #2 rests
buy 1; buy 10 limit 95          | 100 101 94 97 & replace 2 limit 96 , 95   | any            | #1 filled 1 at 100 at open 1, #2 requeued, #2 filled 10 at 95 at open 2
buy 1; buy 10 limit 95          | 100 101 94 97 & cancel 2                  | any            | #1 filled 1 at 100 at open 1, #2 canceled 10 CANCEL_REQUESTED in bar 1
buy 1; sell 1 stop 97           | 100 101 96 97 & replace 2 stop 99         | any hold 1     | #1 filled 1 at 100 at open 1, #2 requeued, #2 rests
buy 1; sell 5 trail 5           | 104 106 100 105 & replace 2 trail 1 , 103 | any hold 5     | #1 filled 1 at 104 at open 1, #2 requeued, #2 filled 5 at 103 at open 2
buy 1; buy 10 limit 95 day      | 100 101 94 97 & replace 2 qty 4           | any            | #1 filled 1 at 100 at open 1, #2 replaced, #2 filled 4 at 95 in bar 1
buy 1; buy 10 limit 95 day      | 100 101 94 97 & replace 2 qty 14          | any            | #1 filled 1 at 100 at open 1, #2 not replaced CANNOT_REPLACE, #2 filled 10 at 95 in bar 1
buy 1; buy 10 limit 95 day      | 100 101 96 97 & replace 2 limit 96        | any            | #1 filled 1 at 100 at open 1, #2 not replaced CANNOT_REPLACE, #2 expired in bar 1
buy 1; buy 10 limit 95 gtd 1    | 100 101 96 97 & replace 2 limit 96        | any            | #1 filled 1 at 100 at open 1, #2 not replaced CANNOT_REPLACE, #2 expired in bar 1
buy 1; buy 10 limit 95 gtd 2    | 100 101 96 97 & replace 2 limit 96 , 96   | any            | #1 filled 1 at 100 at open 1, #2 requeued, #2 filled 10 at 96 at open 2
buy 1; buy 10 limit 95 on_close | 100 101 96 97 & replace 2 limit 98        | any            | #1 filled 1 at 100 at open 1, #2 not replaced CANNOT_REPLACE, #2 expired in bar 1
buy 1; buy 10 on_close          | 100 101 96 97 & replace 2 qty 4           | any            | #1 filled 1 at 100 at open 1, #2 replaced, #2 filled 4 at 97 at close 1
buy 1 on_open; buy 10           | 100 101 96 97 & replace 2 qty 4           | any next_close | #1 filled 1 at 100 at open 1, #2 replaced, #2 filled 4 at 97 at close 1
buy 1 on_open; buy 10           | 100 101 96 97 & replace 2 qty 14 , 98     | any next_close | #1 filled 1 at 100 at open 1, #2 requeued, #2 filled 14 at 98 at close 2
"""

REFUSED = """
# what makes no sense changes nothing
buy 10 limit 95 | replace 1 stop 90 , 100 101 94 97          | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
buy 10 limit 95 | replace 1 trail 2 , 100 101 94 97          | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
buy 10 limit 95 | replace 1 limit 0 , 100 101 94 97          | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
buy 10 limit 95 | replace 1 qty -5 , 100 101 94 97           | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
buy 10 limit 95 | replace 1 qty 0 , 100 101 94 97            | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
buy 10 limit 95 | replace 1 qty 2.5 , 100 101 94 97          | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
buy 10 limit 95 | replace 1 qty 2.5 , 100 101 94 97          | any fractional | #1 replaced, #1 filled 2.5 at 95 in bar 1
buy 10          | - , replace 1 limit 95 , 100               | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 100 at open 2
buy 10 on_open  | replace 1 stop 95 , 100                    | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 100 at open 1
sell 10 stop 95 | replace 1 limit 94 , 100 101 94 97         | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
sell 10 stop 95 | replace 1 qty 5 , 100 101 94 97            | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
sell 10 trail 5 | replace 1 stop 95 , 100 100 95 97          | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
sell 10 trail 5 | replace 1 offset 1 , 100 100 95 97         | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
sell 10 trail 5 | replace 1 trail 2 trail 1% , 100 100 95 97 | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
# one of two things that makes no sense takes the other with it
buy 10 limit 95 | replace 1 qty 4 stop 90 , 100 101 94 97    | any            | #1 not replaced CANNOT_REPLACE, #1 filled 10 at 95 in bar 1
"""

CHILDREN = """
# asleep: what it asks for, and its prices; it goes on sleeping
buy 10; sell 10 stop 95 after 1            | replace 2 stop 97 , 100 101 96 98          | any         | #2 requeued, #1 filled 10 at 100 at open 1, #2 filled 10 at 97 in bar 1
buy 10; sell 10 stop 95 after 1            | replace 2 qty -4 , 100 101 94 97           | any         | #2 replaced, #1 filled 10 at 100 at open 1, #2 filled 4 at 95 in bar 1
buy 10; sell 4 stop 95 after 1             | replace 2 qty -10 , 100 101 94 97          | any         | #2 requeued, #1 filled 10 at 100 at open 1, #2 filled 10 at 95 in bar 1
buy 10; sell 4 stop 95 after 1             | replace 2 qty -20 , 100 101 94 97          | any         | #2 requeued, #1 filled 10 at 100 at open 1, #2 trimmed 10 PARENT_ENDED in bar 1, #2 filled 10 at 95 in bar 1
buy 10 limit 95; sell 10 limit 105 after 1 | replace 2 limit 99 , 100 106 96 100        | any hold 10 | #2 requeued, #1 rests, #2 rests
buy 10; sell 10 trail 5 after 1            | replace 2 trail 3 , 110 110 107 108        | any         | #2 requeued, #1 filled 10 at 110 at open 1, #2 filled 10 at 107 in bar 1
buy 10; sell 10 trail 5 after 1            | replace 2 trail 10% , 110 110 105 108      | any         | #2 requeued, #1 filled 10 at 110 at open 1, #2 rests
# awake, as any other
buy 10; sell 10 limit 105 after 1          | 100 , replace 2 limit 103 , 100 103 99 102 | any         | #1 filled 10 at 100 at open 1, #2 requeued, #2 filled 10 at 103 in bar 2
buy 10; sell 10 limit 105 after 1          | 100 , replace 2 qty -4 , 106               | any         | #1 filled 10 at 100 at open 1, #2 replaced, #2 filled 4 at 106 at open 2
# a parent that is changed keeps its children
buy 10 limit 95; sell 10 stop 90 after 1   | replace 1 limit 98 , 98 , 89               | any         | #1 requeued, #1 filled 10 at 98 at open 1, #2 filled 10 at 89 at open 2
buy 10 limit 95; sell 10 stop 90 after 1   | replace 1 qty 6 , 94 , 89                  | any         | #1 replaced, #1 filled 6 at 94 at open 1, #2 trimmed 4 PARENT_ENDED in bar 1, #2 filled 6 at 89 at open 2
"""
