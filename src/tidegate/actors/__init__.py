"""The shells that join what decides to a mailbox: data feed, broker, risk manager, strategy, recorder.

Each holds one object that does the work (a panel, an execution, a risk book, a desk, a tape), hands it what arrives,
and sends what it answers. The sixth standard actor, the Clock, belongs to the runtime.
"""
