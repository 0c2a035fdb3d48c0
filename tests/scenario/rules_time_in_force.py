# ruff: noqa: E501  (one case to a row, as wide as it is)
"""How long an order lives, for each time at which orders fill. Expiry is the last thing at the end of a bar's fills."""

ONE_BAR = """
# DAY: one bar
buy 10 limit 95 day           | 100 101 94 97                      | any            | filled 10 at 95 in bar 1
buy 10 limit 95 day           | 90 96 89 91                        | any            | filled 10 at 90 at open 1
buy 10 limit 95 day           | 100 101 96 97 , 90                 | any            | expired in bar 1
buy 10 limit 95 day           | - , 90                             | any            | expired in bar 1
buy 10 limit 95 day           | [100 101 90 94] 100 101 96 97 , 90 | any            | expired in bar 1
buy 10 limit 95 day           | 100 101 96 97 , 90                 | any next_close | expired in bar 1
buy 10 limit 95 day           | [94] 100 101 96 97 , 90            | any same_close | expired in bar 1
buy 10 limit 95 day           | [94] 100 101 95 97 , 90            | any same_close | filled 10 at 95 in bar 1
sell 10 limit 105 day         | 100 104 99 103 , 110               | any            | expired in bar 1
sell 10 limit 105 day         | 100 106 99 103 , 110               | any            | filled 10 at 105 in bar 1
sell 10 stop 95 day           | 100 101 96 97 , 90                 | any            | expired in bar 1
sell 10 stop 95 day           | 100 101 94 97 , 90                 | any            | filled 10 at 95 in bar 1
sell 10 stop 95 day           | - , 90                             | any            | expired in bar 1
buy 10 stop 105 day           | 100 104 99 103 , 110               | any            | expired in bar 1
sell 10 stop 95 limit 94 day  | 90 93 89 91 , 100                  | any            | expired in bar 1
sell 10 stop 95 limit 94 day  | 90 94 89 91 , 100                  | any            | filled 10 at 94 in bar 1
sell 10 trail 5 day           | 106 110 105.5 108 , 104            | any            | expired in bar 1
sell 10 trail 5 day           | 100 100 95 97                      | any            | filled 10 at 95 in bar 1
sell 10 trail 5 limit 1 day   | 93 93.5 90 92 , 96                 | any            | expired in bar 1
buy 10 stop 105 limit 106 day | 110 111 107 109 , 100              | any            | expired in bar 1
buy 10 stop 105 limit 106 day | 110 111 106 109 , 100              | any            | filled 10 at 106 in bar 1
buy 10 trail 5 day            | 94 94.5 90 92 , 96                 | any            | expired in bar 1
buy 10 trail 5 limit 1 day    | 107 110 106.5 108 , 104            | any            | expired in bar 1
buy 10 day                    | 105 106 104 105                    | any            | filled 10 at 105 at open 1
buy 10 day                    | - , 105                            | any            | expired in bar 1
buy 10 day                    | 100 101 99 100.5                   | any next_close | filled 10 at 100.5 at close 1
buy 10 day                    | - , 100                            | any next_close | expired in bar 1
buy 10 day                    | [100 105 95 102] 103               | any same_close | filled 10 at 102 at close 0
buy 10 day                    | [100, -] 105                       | any same_close | expired in bar 1
sell 10 day                   | 105 106 104 105                    | any            | filled 10 at 105 at open 1
# without bars nothing expires
buy 10 limit 95 day           | [100 101 90 94]                    | any            | rests
"""

UNTIL = """
# GTD: through the last bar that ends by then
buy 10 limit 95 gtd 2           | 100 101 96 97 , 100 101 94 97 , 90  | any            | filled 10 at 95 in bar 2
buy 10 limit 95 gtd 2           | 100 101 96 97 , 100 101 96 97 , 90  | any            | expired in bar 2
buy 10 limit 95 gtd 2           | - , - , 90                          | any            | expired in bar 2
buy 10 limit 95 gtd 2           | 100 , 94 , 90                       | any            | filled 10 at 94 at open 2
buy 10 limit 95 gtd 5           | 100 , 100                           | any            | rests
buy 10 limit 95 gtd 1           | 100 , 90                            | any            | expired in bar 1
buy 10 limit 95 gtd 1           | 100 101 94 97                       | any            | filled 10 at 95 in bar 1
# a moment between two bars: the later one is none of its own
buy 10 limit 95 gtd 1.5         | 100 , 94 , 90                       | any            | expired in bar 2
buy 10 limit 95 gtd 1.5         | 100 , 100 , 90                      | any            | expired in bar 2
# a moment that is over already: none
buy 10 limit 95 gtd 0           | 90 96 89 91                         | any            | expired in bar 1
buy 10 limit 95 gtd 0           | 100 , 90                            | any            | expired in bar 1
sell 10 limit 105 gtd 2         | 100 , 100 , 110                     | any            | expired in bar 2
sell 10 stop 95 gtd 2           | 100 , 100 101 94 97                 | any            | filled 10 at 95 in bar 2
sell 10 stop 95 gtd 2           | 100 , 100 , 90                      | any            | expired in bar 2
sell 10 stop 95 limit 94 gtd 2  | 90 93 89 91 , 94 95 93 94           | any            | filled 10 at 94 at open 2
sell 10 stop 95 limit 94 gtd 2  | 90 93 89 91 , 92 93 91 92 , 100     | any            | expired in bar 2
sell 10 trail 5 gtd 2           | 106 110 105.5 108 , 104             | any            | filled 10 at 104 at open 2
sell 10 trail 5 gtd 1           | 106 110 105.5 108 , 104             | any            | expired in bar 1
buy 10 stop 105 gtd 2           | 100 , 100 106 99 103                | any            | filled 10 at 105 in bar 2
buy 10 stop 105 gtd 1           | 100 , 110                           | any            | expired in bar 1
buy 10 stop 105 limit 106 gtd 2 | 110 111 107 109 , 106 107 105 106   | any            | filled 10 at 106 at open 2
buy 10 stop 105 limit 106 gtd 1 | 110 111 107 109 , 106 107 105 106   | any            | expired in bar 1
buy 10 trail 5 gtd 2            | 94 94.5 90 92 , 96                  | any            | filled 10 at 96 at open 2
buy 10 trail 5 gtd 1            | 94 94.5 90 92 , 96                  | any            | expired in bar 1
buy 10 trail 5 limit 1 gtd 2    | 107 110 106.5 108 , 104 105 103 104 | any            | filled 10 at 104 at open 2
buy 10 trail 5 limit 1 gtd 1    | 107 110 106.5 108 , 104 105 103 104 | any            | expired in bar 1
sell 10 trail 5 limit 1 gtd 2   | 93 93.5 90 92 , 96 97 95 96         | any            | filled 10 at 96 at open 2
sell 10 trail 5 limit 1 gtd 1   | 93 93.5 90 92 , 96 97 95 96         | any            | expired in bar 1
sell 10 gtd 2                   | - , 105                             | any            | filled 10 at 105 at open 2
sell 10 gtd 1                   | - , 105                             | any            | expired in bar 1
buy 10 gtd 2                    | - , 105                             | any            | filled 10 at 105 at open 2
buy 10 gtd 2                    | - , - , 105                         | any            | expired in bar 2
buy 10 gtd 2                    | - , 105 106 104 105.5               | any next_close | filled 10 at 105.5 at close 2
buy 10 gtd 2                    | - , - , 105                         | any next_close | expired in bar 2
buy 10 gtd 2                    | [100, -] - , - , 105                | any same_close | expired in bar 2
buy 10 gtd 2                    | [100, -] 105 106 104 105.5          | any same_close | filled 10 at 105.5 at close 1
# GTC: for ever
buy 10                          | - , - , 105                         | any            | filled 10 at 105 at open 3
buy 10                          | - , - , 105 106 104 105.5           | any next_close | filled 10 at 105.5 at close 3
buy 10                          | [100, -] - , 105 106 104 105.5      | any same_close | filled 10 at 105.5 at close 2
buy 10 gtc                      | 105                                 | any            | filled 10 at 105 at open 1
buy 10 limit 95 gtc             | 100 , 100 , 100 , 95                | any            | filled 10 at 95 at open 4
"""

FIRST_PRICE = """
# IOC and FOK limits meet the open alone
buy 10 limit 95 ioc   | 90 96 89 91          | any            | filled 10 at 90 at open 1
buy 10 limit 95 ioc   | 95 96 94 95          | any            | filled 10 at 95 at open 1
buy 10 limit 95 ioc   | 95 96 94 95          | any through    | expired in bar 1
buy 10 limit 95 ioc   | 100 101 94 97        | any            | expired in bar 1
buy 10 limit 95 ioc   | 100 101 94 94        | any next_close | expired in bar 1
buy 10 limit 95 ioc   | 94 95 93 94          | any next_close | filled 10 at 94 at open 1
buy 10 limit 95 ioc   | [94] 94 95 93 94     | any same_close | filled 10 at 94 at open 1
buy 10 limit 95 ioc   | [94] 100 101 94 94   | any same_close | expired in bar 1
buy 10 limit 95 ioc   | - , 90               | any            | expired in bar 1
sell 10 limit 105 ioc | 110 111 104 109      | any            | filled 10 at 110 at open 1
sell 10 limit 105 ioc | 100 106 99 103       | any            | expired in bar 1
buy 10 limit 95 fok   | 90 96 89 91          | any            | filled 10 at 90 at open 1
buy 10 limit 95 fok   | 100 101 94 97        | any            | expired in bar 1
buy 10 limit 95 fok   | - , 90               | any            | expired in bar 1
buy 10 limit 95 fok   | [94] 94 95 93 94     | any same_close | filled 10 at 94 at open 1
buy 10 limit 95 fok   | 100 101 94 94        | any next_close | expired in bar 1
sell 10 limit 105 fok | 110 111 104 109      | any            | filled 10 at 110 at open 1
sell 10 limit 105 fok | 100 106 99 103       | any            | expired in bar 1
# at the market they meet the first price of the fill timing
buy 10 ioc            | 105 106 104 105      | any            | filled 10 at 105 at open 1
buy 10 ioc            | 105 106 104 105.5    | any next_close | filled 10 at 105.5 at close 1
buy 10 ioc            | [100 105 95 102] 105 | any same_close | filled 10 at 102 at close 0
buy 10 ioc            | - , 105              | any            | expired in bar 1
buy 10 ioc            | - , 105              | any next_close | expired in bar 1
buy 10 ioc            | [100, -] 105         | any same_close | expired in bar 1
sell 10 ioc           | 105 106 104 105      | any            | filled 10 at 105 at open 1
buy 10 fok            | 105 106 104 105      | any            | filled 10 at 105 at open 1
buy 10 fok            | 105 106 104 105.5    | any next_close | filled 10 at 105.5 at close 1
buy 10 fok            | [100 105 95 102] 105 | any same_close | filled 10 at 102 at close 0
buy 10 fok            | - , 105              | any            | expired in bar 1
sell 10 fok           | [100 105 95 102] 105 | any same_close | filled 10 at 102 at close 0
"""

ON_OPEN = """
# the next open, whatever the fill timing
buy 10 on_open            | 105 106 104 105.5                  | any            | filled 10 at 105 at open 1
buy 10 on_open            | 105 106 104 105.5                  | any next_close | filled 10 at 105 at open 1
buy 10 on_open            | [100 105 95 102] 105 106 104 105.5 | any same_close | filled 10 at 105 at open 1
sell 10 on_open           | 105 106 104 105.5                  | any            | filled 10 at 105 at open 1
sell 10 on_open           | 105 106 104 105.5                  | any next_close | filled 10 at 105 at open 1
sell 10 on_open           | [100 105 95 102] 105 106 104 105.5 | any same_close | filled 10 at 105 at open 1
buy 10 on_open            | - , 105                            | any            | expired in bar 1
buy 10 on_open            | - , 105                            | any next_close | expired in bar 1
buy 10 on_open            | [100, -] - , 105                   | any same_close | expired in bar 1
buy 10 on_open; buy 1     | [100 105 95 102] 105 106 104 105.5 | any same_close | #2 filled 1 at 102 at close 0, #1 filled 10 at 105 at open 1
buy 10 on_open; buy 1     | 105 106 104 105.5                  | any next_close | #1 filled 10 at 105 at open 1, #2 filled 1 at 105.5 at close 1
buy 10 on_open; buy 1     | [100, -] - , 105                   | any same_close | #1 expired in bar 1, #2 filled 1 at 105 at close 2
# with a limit
buy 10 limit 95 on_open   | 90 96 89 91                        | any            | filled 10 at 90 at open 1
buy 10 limit 95 on_open   | 95 96 94 95                        | any            | filled 10 at 95 at open 1
buy 10 limit 95 on_open   | 95 96 94 95                        | any through    | expired in bar 1
buy 10 limit 95 on_open   | 100 101 94 94                      | any            | expired in bar 1
buy 10 limit 95 on_open   | 90 96 89 91                        | any next_close | filled 10 at 90 at open 1
buy 10 limit 95 on_open   | [94] 90 96 89 91                   | any same_close | filled 10 at 90 at open 1
buy 10 limit 95 on_open   | [94] 100 101 94 94                 | any same_close | expired in bar 1
sell 10 limit 105 on_open | 110 111 104 109                    | any            | filled 10 at 110 at open 1
sell 10 limit 105 on_open | 100 106 99 106                     | any            | expired in bar 1
"""

ON_CLOSE = """
# the next close, whatever the fill timing; that of the bar of acceptance where orders fill there
buy 10 on_close                                  | 100 106 94 103       | any                    | filled 10 at 103 at close 1
buy 10 on_close                                  | 100 106 94 103       | any next_close         | filled 10 at 103 at close 1
buy 10 on_close                                  | [100 105 95 102] 105 | any same_close         | filled 10 at 102 at close 0
sell 10 on_close                                 | 100 106 94 103       | any                    | filled 10 at 103 at close 1
sell 10 on_close                                 | 100 106 94 103       | any next_close         | filled 10 at 103 at close 1
sell 10 on_close                                 | [100 105 95 102] 105 | any same_close         | filled 10 at 102 at close 0
buy 10 on_close                                  | - , 100              | any                    | expired in bar 1
buy 10 on_close                                  | - , 100              | any next_close         | expired in bar 1
buy 10 on_close                                  | [100, -] 105         | any same_close         | expired in bar 1
# with a limit: not at the open, not within the bar
buy 10 limit 95 on_close                         | 90 96 89 94          | any                    | filled 10 at 94 at close 1
buy 10 limit 95 on_close                         | 90 99 89 95          | any                    | filled 10 at 95 at close 1
buy 10 limit 95 on_close                         | 90 99 89 95          | any through            | expired in bar 1
buy 10 limit 95 on_close                         | 90 99 89 96 , 90     | any                    | expired in bar 1
buy 10 limit 95 on_close                         | 90 96 89 94          | any next_close         | filled 10 at 94 at close 1
buy 10 limit 95 on_close                         | 90 99 89 96 , 90     | any next_close         | expired in bar 1
buy 10 limit 95 on_close                         | [100 101 90 94] 90   | any same_close         | filled 10 at 94 at close 0
buy 10 limit 95 on_close                         | [100 101 90 95] 90   | any same_close         | filled 10 at 95 at close 0
buy 10 limit 95 on_close                         | [100 101 90 95] 90   | any same_close through | expired in bar 1
buy 10 limit 95 on_close                         | [100 101 90 96] 90   | any same_close         | expired in bar 1
sell 10 limit 105 on_close                       | 110 111 99 106       | any                    | filled 10 at 106 at close 1
sell 10 limit 105 on_close                       | 110 111 99 104       | any                    | expired in bar 1
sell 10 limit 105 on_close                       | 110 111 99 106       | any next_close         | filled 10 at 106 at close 1
sell 10 limit 105 on_close                       | [110 111 99 106] 110 | any same_close         | filled 10 at 106 at close 0
sell 10 limit 105 on_close                       | [110 111 99 104] 110 | any same_close         | expired in bar 1
sell 10 limit 105 on_close                       | - , 110              | any                    | expired in bar 1
# with market orders due at that close, sells first, then buys by id
buy 4 on_close; buy 3; sell 5 limit 105 on_close | 110 111 99 106       | any next_close         | #3 filled 5 at 106 at close 1, #1 filled 4 at 106 at close 1, #2 filled 3 at 106 at close 1
buy 4 on_close; buy 3; sell 5 limit 105 on_close | 110 111 99 106       | any                    | #2 filled 3 at 110 at open 1, #3 filled 5 at 106 at close 1, #1 filled 4 at 106 at close 1
buy 4 on_close; buy 3 on_open                    | 110 111 99 106       | any next_close         | #2 filled 3 at 110 at open 1, #1 filled 4 at 106 at close 1
"""
