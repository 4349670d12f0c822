# SPDX-License-Identifier: GPL-2.0-only
"""A guest that moves to another QEMU and back loses nothing of what is on its way."""

import bursts

EACH_WAY = 256


def test_moves_lose_no_byte_in_flight(stage, pytestconfig):
    moves = pytestconfig.getoption("moves")
    bursts.start(stage.guest)
    in_flight = 0
    for move in range(1, moves + 1):
        bursts.wait_progress(stage.guest, move * EACH_WAY)
        migration = stage.start_move()
        told = migration.complete()
        stage.moved(migration)
        in_flight += sum(migration.wire.in_flight)
        print(f"move {move}: downtime {told['downtime']} ms, in all {told['total-time']} ms, "
              f"bytes in the FIFOs {migration.wire.in_flight}")
    bursts.end_whole(stage.guest)
    assert in_flight > 0, "no move found a byte in a FIFO"
