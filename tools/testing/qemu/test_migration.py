# SPDX-License-Identifier: GPL-2.0-only
"""A guest that moves to another QEMU and back loses none of the bytes in flight."""

import bursts
import host
import vfio
from nested import SYSFS
from wire import PRE_COPY

EACH_WAY = 256
# The registers of each port, which the guest's root can access without a driver
BARS = [f"{SYSFS}/resource{bar}" for bar in range(2)]
THR_RBR, FCR, LCR = 0, 2, 3


def test_moves_lose_no_byte_in_flight(stage, pytestconfig):
    moves = pytestconfig.getoption("moves")
    bursts.start(stage.guest)
    for move in range(1, moves + 1):
        bursts.wait_progress(stage.guest, move * EACH_WAY)
        migration = stage.start_move()
        told = migration.complete()
        stage.moved(migration)
        print(f"move {move}: downtime {told['downtime']} ms, in all {told['total-time']} ms, "
              f"bytes in the FIFOs {migration.wire.in_flight}")
    bursts.end_whole(stage.guest)


def write_register(guest, bar, offset, values):
    """Write the bytes one after the other."""
    octal = " ".join(f"{value:o}" for value in values)
    guest.run(f'for value in {octal}; do printf "\\\\$value" | '
              f"dd of={bar} bs=1 seek={offset} conv=notrunc status=none || exit; done")


def read_register(guest, bar, offset, count):
    return guest.run(f"for i in $(seq {count}); do "
                     f"dd if={bar} bs=1 skip={offset} count=1 status=none || exit; done")


def test_bytes_that_nobody_has_read_move_with_the_guest(stage):
    texts = "ten-bytes!", "0123456789abcdef"
    for bar, text in zip(BARS, texts):
        # 8 data bits, and FIFOs
        write_register(stage.guest, bar, LCR, b"\3")
        write_register(stage.guest, bar, FCR, b"\1")
        write_register(stage.guest, bar, THR_RBR, text.encode())
    migration = stage.start_move()
    migration.complete()
    stage.moved(migration)
    assert migration.wire.in_flight == [len(text) for text in texts]
    for bar, text in zip(BARS, texts):
        assert read_register(stage.guest, bar, THR_RBR, len(text)) == text


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
