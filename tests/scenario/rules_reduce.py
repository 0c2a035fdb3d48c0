# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Orders that may only reduce a position, and the exits of entries whose position something else has closed."""

SELLS = """
# whole where so much is held, of every kind and at every point of a bar
sell 10 reduce                              | 100                  | any hold 10            | filled 10 at 100 at open 1
sell 10 reduce                              | 100 101 99 100.5     | any hold 10 next_close | filled 10 at 100.5 at close 1
sell 10 reduce                              | [100 105 95 102] 103 | any hold 10 same_close | filled 10 at 102 at close 0
sell 10 limit 105 reduce                    | 100 105 99 103       | any hold 10            | filled 10 at 105 in bar 1
sell 10 limit 105 reduce                    | 106                  | any hold 10            | filled 10 at 106 at open 1
sell 10 stop 95 reduce                      | 100 101 95 97        | any hold 10            | filled 10 at 95 in bar 1
sell 10 stop 95 limit 94 reduce             | 94.5 96 94 95        | any hold 10            | filled 10 at 94.5 at open 1
sell 10 trail 5 reduce                      | 100 100 95 97        | any hold 10            | filled 10 at 95 in bar 1
sell 10 trail 5% limit 1 reduce             | 100 100 95 97        | any hold 10            | filled 10 at 95 in bar 1
sell 10 limit 99 on_close reduce            | 100 101 99 100.5     | any hold 10            | filled 10 at 100.5 at close 1
# cut to what is held
sell 10 reduce                              | 100                  | any hold 4             | filled 4 at 100 at open 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 day reduce                          | 100                  | any hold 4             | filled 4 at 100 at open 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 ioc reduce                          | 100                  | any hold 4             | filled 4 at 100 at open 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 on_open reduce                      | 100                  | any hold 4             | filled 4 at 100 at open 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 on_close reduce                     | 100 101 99 100.5     | any hold 4             | filled 4 at 100.5 at close 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 limit 105 reduce                    | 100 106 99 103       | any hold 4             | filled 4 at 105 in bar 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 limit 105 gtd 2 reduce              | 100 , 106            | any hold 4             | filled 4 at 106 at open 2, canceled 6 REDUCE_ONLY in bar 2
sell 10 stop 95 reduce                      | 94                   | any hold 4             | filled 4 at 94 at open 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 stop 95 day reduce                  | 100 101 94 97        | any hold 4             | filled 4 at 95 in bar 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 stop 95 limit 94 reduce             | 100 101 94 97        | any hold 4             | filled 4 at 95 in bar 1, canceled 6 REDUCE_ONLY in bar 1
sell 10 trail 5 reduce                      | 94                   | any hold 4             | filled 4 at 94 at open 1, canceled 6 REDUCE_ONLY in bar 1
# whole or not at all
sell 10 fok reduce                          | 100                  | any hold 10            | filled 10 at 100 at open 1
sell 10 fok reduce                          | 100                  | any hold 4             | canceled 10 REDUCE_ONLY in bar 1
sell 10 limit 95 fok reduce                 | 100                  | any hold 4             | canceled 10 REDUCE_ONLY in bar 1
# nothing to reduce when it goes
sell 10 reduce                              | 100                  | any hold 0             | canceled 10 REDUCE_ONLY in bar 1
sell 10 reduce                              | 100                  | any hold 0 next_close  | canceled 10 REDUCE_ONLY in bar 1
sell 10 limit 105 reduce                    | 106                  | any hold 0             | canceled 10 REDUCE_ONLY in bar 1
sell 10 limit 105 reduce                    | 100 105 99 103       | any hold 0             | canceled 10 REDUCE_ONLY in bar 1
sell 10 stop 95 reduce                      | 100 101 94 97        | any hold 0             | canceled 10 REDUCE_ONLY in bar 1
sell 10 stop 95 reduce                      | 94                   | any hold 0             | canceled 10 REDUCE_ONLY in bar 1
sell 10 trail 5 reduce                      | 100 100 95 97        | any hold 0             | canceled 10 REDUCE_ONLY in bar 1
# it waits for its price as others do, whatever is held meanwhile
sell 10 limit 105 reduce                    | 100                  | any hold 0             | rests
sell 10 limit 105 day reduce                | 100                  | any hold 0             | expired in bar 1
sell 10 limit 105 reduce; buy 10            | 100 101 99 100 , 106 | any hold 0             | #2 filled 10 at 100 at open 1, #1 filled 10 at 106 at open 2
sell 10 stop 95 reduce; buy 4               | 100 101 99 100 , 94  | any hold 0             | #2 filled 4 at 100 at open 1, #1 filled 4 at 94 at open 2, #1 canceled 6 REDUCE_ONLY in bar 2
# it reserves nothing: another sell is accepted beside it, and the first place takes the position
sell 10 reduce; sell 10                     | 100                  | any hold 10            | #1 filled 10 at 100 at open 1, #2 canceled 10 NO_POSITION in bar 1
sell 10; sell 10 reduce                     | 100                  | any hold 10            | #1 filled 10 at 100 at open 1, #2 canceled 10 REDUCE_ONLY in bar 1
sell 6 reduce; sell 6 reduce                | 100                  | any hold 10            | #1 filled 6 at 100 at open 1, #2 filled 4 at 100 at open 1, #2 canceled 2 REDUCE_ONLY in bar 1
sell 20 reduce                              | -                    | any hold 10            | rests
# of a group that is canceled whole, the others stay
sell 10 limit 105 reduce or buy 5 stop 110  | 106                  | any hold 0             | #1 canceled 10 REDUCE_ONLY in bar 1, #2 rests
sell 10 limit 105 reduce or sell 10 stop 95 | 106                  | any hold 4             | #1 filled 4 at 106 at open 1, #1 canceled 6 REDUCE_ONLY in bar 1, #2 canceled 10 ONE_CANCELS_OTHER in bar 1
"""

BUYS = """
# a cash account has no shorts: there is nothing for a buy to reduce
buy 10 reduce              | 100           | any          | canceled 10 REDUCE_ONLY in bar 1
buy 10 limit 95 reduce     | 100 101 94 97 | any          | canceled 10 REDUCE_ONLY in bar 1
buy 10 limit 95 reduce     | 94            | any hold 10  | canceled 10 REDUCE_ONLY in bar 1
buy 10 limit 95 reduce     | 100           | any          | rests
buy 10 stop 105 reduce     | 106           | any          | canceled 10 REDUCE_ONLY in bar 1
buy 10 stop 105 day reduce | 100           | any          | expired in bar 1
buy 10 trail 5 reduce      | 106           | any hold 10  | canceled 10 REDUCE_ONLY in bar 1
buy 10 fok reduce          | 100           | any          | canceled 10 REDUCE_ONLY in bar 1
buy 10 on_close reduce     | 100           | any          | canceled 10 REDUCE_ONLY in bar 1
# it takes no cash from others
buy 10 reduce; buy 5       | 100           | any cash 500 | #2 filled 5 at 100 at open 1, #1 canceled 10 REDUCE_ONLY in bar 1
"""

EXITS = """
# exits of an entry whose position something else has closed end at once
buy 10; sell 10 limit 110 after 1 reduce or sell 10 stop 90 after 1 reduce | 100 , order sell 10 , 100                       | any        | #1 filled 10 at 100 at open 1, #4 filled 10 at 100 at open 2, #2 canceled 10 REDUCE_ONLY in bar 2, #3 canceled 10 REDUCE_ONLY in bar 2
buy 10; sell 10 stop 90 after 1 reduce                                     | 100 , order sell 10 on_close , 100 101 99 100.5 | any        | #1 filled 10 at 100 at open 1, #3 filled 10 at 100.5 at close 2, #2 canceled 10 REDUCE_ONLY in bar 2
buy 10; sell 10 stop 90 after 1 reduce                                     | 100 , order sell 10 limit 105 , 100 106 99 104  | any        | #1 filled 10 at 100 at open 1, #3 filled 10 at 105 in bar 2, #2 canceled 10 REDUCE_ONLY in bar 2
buy 10; sell 10 stop 90 after 1 reduce                                     | 100 , order sell 10 , 100 , order buy 5 , 89    | any        | #1 filled 10 at 100 at open 1, #3 filled 10 at 100 at open 2, #2 canceled 10 REDUCE_ONLY in bar 2, #4 filled 5 at 89 at open 3
# they stay while there is anything for them
buy 10; sell 10 stop 90 after 1 reduce                                     | 100 , order sell 4 , 100 , 89                   | any        | #1 filled 10 at 100 at open 1, #3 filled 4 at 100 at open 2, #2 filled 6 at 89 at open 3, #2 canceled 4 REDUCE_ONLY in bar 3
buy 10; sell 10 stop 90 after 1                                            | 100 , order sell 10 , 100 , order buy 5 , 89    | any        | #1 filled 10 at 100 at open 1, #3 filled 10 at 100 at open 2, #4 filled 5 at 89 at open 3, #2 canceled 10 NO_POSITION in bar 3
sell 10 stop 90 reduce; buy 10                                             | 100 , order sell 10 , 100                       | any hold 0 | #2 filled 10 at 100 at open 1, #3 filled 10 at 100 at open 2, #1 rests
# one that fills itself and leaves nothing takes the other exits of the position with it
buy 10; sell 10 stop 90 after 1 reduce; sell 10 limit 110 after 1 reduce   | 100 , 111                                       | any        | #1 filled 10 at 100 at open 1, #3 filled 10 at 111 at open 2, #2 canceled 10 REDUCE_ONLY in bar 2
# what waits for such an exit ends with the bar
buy 10; sell 10 stop 90 after 1 reduce; buy 5 limit 80 after 2             | 100 , order sell 10 , 100                       | any        | #1 filled 10 at 100 at open 1, #4 filled 10 at 100 at open 2, #2 canceled 10 REDUCE_ONLY in bar 2, #3 canceled 5 PARENT_ENDED in bar 2
# asleep, they wait for their entry whatever is held
buy 10 limit 80; sell 10 stop 90 after 1 reduce; sell 5                    | 100                                             | any hold 5 | #3 filled 5 at 100 at open 1, #1 rests, #2 rests
# an entry that reduces, and leaves nothing for its exits
sell 10; buy 10 limit 80 after 1 reduce                                    | 100                                             | any        | #1 filled 10 at 100 at open 1, #2 canceled 10 REDUCE_ONLY in bar 1
"""
