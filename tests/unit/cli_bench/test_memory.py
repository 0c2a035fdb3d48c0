import numpy as np

from tidegate.cli.bench.memory import peak_bytes, reset_peak, resident_bytes

MB = 1_000_000


def test_the_peak_remembers_what_was_held_and_forgets_it_on_reset() -> None:
    reset_peak()
    before = resident_bytes()
    assert before > 10 * MB
    held = np.ones(8 * MB)
    assert resident_bytes() - before > 50 * MB
    del held
    assert peak_bytes() - before > 50 * MB
    assert resident_bytes() - before < 20 * MB
    reset_peak()
    assert peak_bytes() - before < 20 * MB
