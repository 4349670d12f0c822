# SPDX-License-Identifier: GPL-2.0-only
"""A guest that moves to another QEMU and back loses none of the bytes in flight."""

import bursts
import host
import vfio
from wire import PRE_COPY

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


def test_cancelled_move_leaves_the_guest_whole_and_the_next_one_completes(stage):
    bursts.start(stage.guest)
    bursts.wait_progress(stage.guest, EACH_WAY)
    migration = stage.start_move(hold=PRE_COPY)
    migration.wait_held()
    migration.cancel()
    assert set(host.users()) == {stage.guest.process.pid}
    assert vfio.differences_from_new(stage.free_uuid) == []
    bursts.wait_progress(stage.guest, 2 * EACH_WAY)

    migration = stage.start_move()
    migration.complete()
    stage.moved(migration)
    bursts.wait_progress(stage.guest, 3 * EACH_WAY)
    bursts.end_whole(stage.guest)
