"""Actors, and what moves their messages. Knows no orders.

General layout:

    actor          Actor, @handles, @on_phase: what an actor is and declares
    routing        RoutingTable: who gets what, checked and printable
    clock          Clock: from phase to phase, from barrier to barrier
    scheduler      Scheduler: start, outer loop, awaiting, failures, stop
    supersteps     the inner loop: order of delivery, quiescence
    log            DeliveryLog: who is told of all messages, and how
    logged         the inner loop of a run that has one
    snapshots      states of actors between two barriers, told and taken over
    hand           what is being handled right now, and the mailboxes that wait for it
    shuffle        Shuffle: another order of running actors, for tests
    limits         Limits, MailboxOverflow
    watchdog       the thread that ends code which blocks the loop
    stepping       awaiting actor code so that the watchdog can see it
    stacks         where code stands, for errors
    interrupts     SIGINT and SIGTERM end a run at a barrier
    entry          run_anywhere: with and without an event loop
    host_clock     the only reading of the host's clock
"""
