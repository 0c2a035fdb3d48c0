# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Positions, cash, slippage and fees of orders with terms."""

SLIPPAGE = """
# a limit bounds what slippage may do
buy 10 limit 95                      | 100 101 94 97       | any slip 1%         | filled 10 at 95 in bar 1
buy 10 limit 95                      | 90 96 89 91         | any slip 1%         | filled 10 at 90.9 at open 1
buy 10 limit 95                      | 94.5 96 94 95       | any slip 1%         | filled 10 at 95 at open 1
buy 10 limit 95 ioc                  | 94.5 96 94 95       | any slip 1%         | filled 10 at 95 at open 1
sell 10 limit 105                    | 100 106 99 103      | any slip 1%         | filled 10 at 105 in bar 1
sell 10 limit 105                    | 110 111 104 109     | any slip 1%         | filled 10 at 108.9 at open 1
sell 10 limit 105                    | 105.5 106 105 105.5 | any slip 1%         | filled 10 at 105 at open 1
# nothing bounds it for a stop
sell 10 stop 95                      | 100 101 94 97       | any slip 1%         | filled 10 at 94.05 in bar 1
sell 10 stop 95                      | 90 96 89 91         | any slip 1%         | filled 10 at 89.1 at open 1
buy 10 stop 105                      | 100 106 99 103      | any slip 1%         | filled 10 at 106.05 in bar 1
buy 10 stop 105                      | 110 111 104 109     | any slip 1%         | filled 10 at 111.1 at open 1
sell 10 trail 5                      | 100 100 95 97       | any slip 1%         | filled 10 at 94.05 in bar 1
sell 10 trail 5                      | 90 96 89 91         | any slip 1%         | filled 10 at 89.1 at open 1
# the limit of a stop limit does
sell 10 stop 95 limit 94             | 100 101 94 97       | any slip 1%         | filled 10 at 94.05 in bar 1
sell 10 stop 95 limit 94.5           | 100 101 94 97       | any slip 1%         | filled 10 at 94.5 in bar 1
sell 10 stop 95 limit 94             | 94.5 95 93 94       | any slip 1%         | filled 10 at 94 at open 1
sell 10 stop 95 limit 94             | 90 95 89 91         | any slip 1%         | filled 10 at 94 in bar 1
buy 10 stop 105 limit 106            | 100 106 99 103      | any slip 1%         | filled 10 at 106 in bar 1
buy 10 stop 105 limit 107            | 100 106 99 103      | any slip 1%         | filled 10 at 106.05 in bar 1
# and that of a trailing stop limit, at its distance from the level
sell 10 trail 5 limit 0.5            | 100 100 95 97       | any slip 1%         | filled 10 at 94.5 in bar 1
sell 10 trail 5 limit 2              | 100 100 95 97       | any slip 1%         | filled 10 at 94.05 in bar 1
sell 10 trail 5 limit 2              | 94 95 92 94         | any slip 1%         | filled 10 at 93.06 at open 1
sell 10 trail 5 limit 2              | 93.5 95 92 94       | any slip 1%         | filled 10 at 93 at open 1
buy 10 trail 5 limit 0.5             | 100 105 100 103     | any slip 1%         | filled 10 at 105.5 in bar 1
# at the open and at the close
buy 10 on_open                       | 100                 | any slip 1%         | filled 10 at 101 at open 1
sell 10 on_open                      | 100                 | any slip 1%         | filled 10 at 99 at open 1
buy 10 on_close                      | 100 106 94 103      | any slip 1%         | filled 10 at 104.03 at close 1
buy 10 limit 95 on_close             | 90 96 89 94.5       | any slip 1%         | filled 10 at 95 at close 1
buy 10 limit 95 on_close             | 90 96 89 90         | any slip 1%         | filled 10 at 90.9 at close 1
sell 10 limit 105 on_close           | 110 111 99 105.5    | any slip 1%         | filled 10 at 105 at close 1
# a doubtful bar is told in prices before slippage
sell 10 trail 5                      | 100 110 94 96       | pessimistic slip 1% | filled 10 at 94.05 in bar 1, ambiguous 95/105 in bar 1
sell 10 limit 105 or sell 10 stop 95 | 100 106 94 100      | optimistic slip 1%  | #1 filled 10 at 105 in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1, ambiguous 95/105 in bar 1
"""

POSITIONS = """
# a conditional sell is accepted without a position, and canceled if there is none when it goes
sell 10 stop 95            | 100 101 94 97       | any hold 0             | canceled 10 NO_POSITION in bar 1
sell 10 stop 95            | 90                  | any hold 0             | canceled 10 NO_POSITION in bar 1
sell 10 stop 95            | 100 101 96 97       | any hold 0             | rests
sell 10 stop 95            | 100 101 94 97       | any hold 4             | filled 4 at 95 in bar 1, canceled 6 NO_POSITION in bar 1
sell 10 limit 105          | 100 106 99 103      | any hold 0             | canceled 10 NO_POSITION in bar 1
sell 10 limit 105          | 110                 | any hold 4             | filled 4 at 110 at open 1, canceled 6 NO_POSITION in bar 1
sell 10 stop 95 limit 94   | 100 101 94 97       | any hold 0             | canceled 10 NO_POSITION in bar 1
sell 10 trail 5            | 100 100 95 97       | any hold 0             | canceled 10 NO_POSITION in bar 1
sell 10 trail 5 limit 1    | 94.5                | any hold 0             | canceled 10 NO_POSITION in bar 1
sell 10 day                | 100                 | any hold 0             | rejected SHORT_NOT_ALLOWED
sell 10 fok                | 100                 | any hold 4             | rejected SHORT_NOT_ALLOWED
sell 10 limit 95 ioc       | 100                 | any hold 4             | filled 4 at 100 at open 1, canceled 6 NO_POSITION in bar 1
sell 10 limit 95 fok       | 100                 | any hold 4             | canceled 10 NO_POSITION in bar 1
sell 10 limit 95 fok       | 100                 | any hold 10            | filled 10 at 100 at open 1
sell 10 on_close           | 100                 | any hold 0             | rejected SHORT_NOT_ALLOWED
sell 10 on_close           | [100] 100           | any hold 0 same_close  | rejected SHORT_NOT_ALLOWED
# a plain sell is checked on arrival, against plain sells alone
sell 10                    | 100                 | any hold 0             | rejected SHORT_NOT_ALLOWED
sell 10; sell 10           | 100                 | any hold 10            | #2 rejected SHORT_NOT_ALLOWED, #1 filled 10 at 100 at open 1
sell 10 stop 90; sell 10   | 100                 | any hold 10            | #2 filled 10 at 100 at open 1, #1 rests
sell 10 stop 90; sell 10   | 100 , 100 101 89 95 | any hold 10            | #2 filled 10 at 100 at open 1, #1 canceled 10 NO_POSITION in bar 2
sell 10 limit 105; sell 10 | 100 106 99 105      | any hold 10            | #2 filled 10 at 100 at open 1, #1 canceled 10 NO_POSITION in bar 1
sell 10 limit 105; sell 10 | 100 106 99 105      | any hold 10 next_close | #1 filled 10 at 105 in bar 1, #2 canceled 10 NO_POSITION in bar 1
sell 10 stop 95; sell 5    | 100 101 94 97       | any hold 10            | #2 filled 5 at 100 at open 1, #1 filled 5 at 95 in bar 1, #1 canceled 5 NO_POSITION in bar 1
"""

CASH = """
# what cash cuts is canceled
buy 10 limit 95                  | 100 101 94 97   | any cash 950            | filled 10 at 95 in bar 1
buy 10 limit 95                  | 100 101 94 97   | any cash 500            | filled 5 at 95 in bar 1, canceled 5 CASH_SHORTAGE in bar 1
buy 10 limit 95                  | 100 101 94 97   | any rank cash 500       | filled 5 at 95 in bar 1, canceled 5 CASH_SHORTAGE in bar 1
buy 10 limit 95                  | 100 101 94 97   | any reject cash 500     | canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 95                  | 100 101 94 97   | any cash 90             | canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 95                  | 100 101 94 97   | any fractional cash 475 | filled 5 at 95 in bar 1, canceled 5 CASH_SHORTAGE in bar 1
buy 10 stop 105                  | 110             | any cash 1050           | filled 9 at 110 at open 1, canceled 1 CASH_SHORTAGE in bar 1
buy 10 trail 5                   | 100 105 100 103 | any cash 525            | filled 5 at 105 in bar 1, canceled 5 CASH_SHORTAGE in bar 1
buy 10 on_close                  | 100 106 94 103  | any cash 515            | filled 5 at 103 at close 1, canceled 5 CASH_SHORTAGE in bar 1
buy 10 ioc                       | 100             | any cash 500            | filled 5 at 100 at open 1, canceled 5 CASH_SHORTAGE in bar 1
buy 10 limit 95                  | 100 101 94 97   | any slip 1% cash 950    | filled 10 at 95 in bar 1
buy 10 limit 95                  | 100 101 94 97   | any fee 1 cash 950      | filled 9 at 95 in bar 1, canceled 1 CASH_SHORTAGE in bar 1
buy 10 limit 95                  | 100 101 94 97   | any fee 1 cash 951      | filled 10 at 95 in bar 1
sell 10 stop 95                  | 100 101 94 97   | any fee 1000 cash 0     | canceled 10 CASH_SHORTAGE in bar 1
# a sum is shared by what goes at one point, each at its own price
buy 10 limit 96; buy 10 limit 95 | 100 101 94 97   | any cash 955            | #1 filled 5 at 96 in bar 1, #2 filled 5 at 95 in bar 1, #1 canceled 5 CASH_SHORTAGE in bar 1, #2 canceled 5 CASH_SHORTAGE in bar 1
buy 10 limit 96; buy 10 limit 95 | 100 101 94 97   | any rank cash 955       | #1 filled 9 at 96 in bar 1, #1 canceled 1 CASH_SHORTAGE in bar 1, #2 canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 96; buy 10 limit 95 | 100 101 94 97   | any reject cash 955     | #2 filled 10 at 95 in bar 1, #1 canceled 10 CASH_SHORTAGE in bar 1
buy 5; buy 10 limit 95           | 100 101 94 97   | any cash 975            | #1 filled 5 at 100 at open 1, #2 filled 5 at 95 in bar 1, #2 canceled 5 CASH_SHORTAGE in bar 1
buy 10; buy 10 limit 100         | 100             | any cash 1000           | #1 filled 5 at 100 at open 1, #2 filled 5 at 100 at open 1, #1 canceled 5 CASH_SHORTAGE in bar 1, #2 canceled 5 CASH_SHORTAGE in bar 1
# an order that rests holds no cash
buy 10 limit 95; buy 10          | 100 101 96 97   | any cash 1000           | #2 filled 10 at 100 at open 1, #1 rests
"""

WHOLE_OR_NOT = """
# FOK: whole, or not at all
buy 10 limit 100 fok        | 100            | any cash 1000           | filled 10 at 100 at open 1
buy 10 limit 100 fok        | 100            | any cash 999            | canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 100 fok        | 100            | any rank cash 999       | canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 100 fok        | 100            | any reject cash 999     | canceled 10 CASH_SHORTAGE in bar 1
buy 10 fok                  | 100            | any cash 999            | canceled 10 CASH_SHORTAGE in bar 1
buy 10 fok                  | 100 101 99 100 | any next_close cash 999 | canceled 10 CASH_SHORTAGE in bar 1
buy 10 fok                  | [100] 100      | any same_close cash 999 | canceled 10 CASH_SHORTAGE in bar 0
buy 10 fok                  | 100            | any fractional cash 999 | canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 95 fok         | 90             | any fee 1 cash 900      | canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 95 fok         | 90             | any fee 1 cash 901      | filled 10 at 90 at open 1
buy 10 limit 95 fok         | 94.5           | any slip 1% cash 949    | canceled 10 CASH_SHORTAGE in bar 1
buy 10 limit 95 fok         | 94.5           | any slip 1% cash 950    | filled 10 at 95 at open 1
sell 5; buy 10 fok          | 100            | any cash 500            | #1 filled 5 at 100 at open 1, #2 filled 10 at 100 at open 1
# what it does not take is the others'
buy 10 fok; buy 10          | 100            | any cash 1000           | #2 filled 10 at 100 at open 1, #1 canceled 10 CASH_SHORTAGE in bar 1
buy 5 fok; buy 5; buy 5     | 100            | any cash 900            | #2 filled 4 at 100 at open 1, #3 filled 4 at 100 at open 1, #1 canceled 5 CASH_SHORTAGE in bar 1, #2 canceled 1 CASH_SHORTAGE in bar 1, #3 canceled 1 CASH_SHORTAGE in bar 1
buy 20 fok; buy 10          | 100            | any rank cash 1000      | #2 filled 10 at 100 at open 1, #1 canceled 20 CASH_SHORTAGE in bar 1
buy 5 fok; buy 20           | 100            | any rank cash 400       | #2 filled 4 at 100 at open 1, #1 canceled 5 CASH_SHORTAGE in bar 1, #2 canceled 16 CASH_SHORTAGE in bar 1
buy 10 fok; buy 4           | 100            | any reject cash 500     | #2 filled 4 at 100 at open 1, #1 canceled 10 CASH_SHORTAGE in bar 1
buy 20; buy 5 fok           | 100            | any rank cash 1000      | #1 filled 10 at 100 at open 1, #1 canceled 10 CASH_SHORTAGE in bar 1, #2 canceled 5 CASH_SHORTAGE in bar 1
# under scale the one served last is left out first
buy 10 fok; buy 4 fok       | 100            | any cash 1000           | #1 filled 10 at 100 at open 1, #2 canceled 4 CASH_SHORTAGE in bar 1
buy 10 fok; buy 4 fok       | 100            | any rank cash 1000      | #1 filled 10 at 100 at open 1, #2 canceled 4 CASH_SHORTAGE in bar 1
buy 10 fok; buy 4 fok       | 100            | any cash 1400           | #1 filled 10 at 100 at open 1, #2 filled 4 at 100 at open 1
buy 20 fok; buy 4 fok       | 100            | any reject cash 1000    | #2 filled 4 at 100 at open 1, #1 canceled 20 CASH_SHORTAGE in bar 1
# what does not fit takes no cash
buy 8 fok; buy 4 fok; buy 8 | 100            | any rank cash 700       | #2 filled 4 at 100 at open 1, #3 filled 3 at 100 at open 1, #1 canceled 8 CASH_SHORTAGE in bar 1, #3 canceled 5 CASH_SHORTAGE in bar 1
"""
