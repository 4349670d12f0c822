# SPDX-License-Identifier: GPL-2.0-only
"""Every byte that goes into a port comes back, whatever the size of the burst."""

import pytest

import bursts


# The sizes around the FIFO's; single bytes cost an interrupt each.
@pytest.mark.parametrize("burst, total", [
    (1, 128), (8, 1024), (15, 1500), (16, 4096), (17, 1700), (64, 8192), (4096, 65536),
])
def test_bursts_on_both_ports_come_back_whole(guest, burst, total):
    text = bursts.run(guest, burst, total)
    print(text)
    assert bursts.complaints(text, total) == []
