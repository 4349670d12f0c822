# SPDX-License-Identifier: GPL-2.0-only
"""Every byte sent to a port comes back, whatever the size of the burst."""

import os

import pytest

import bursts
from nested import Guest


# Sizes around the FIFO's; fewer single bytes, because each costs an interrupt.
@pytest.mark.parametrize("burst, total", [
    (1, 64), (8, 512), (15, 750), (16, 1024), (17, 850), (64, 2048), (4096, 4096),
])
def test_bursts_on_both_ports_come_back_whole(guest, burst, total):
    text = bursts.run(guest, burst, total)
    print(text)
    assert bursts.complaints(text, total) == []


@pytest.fixture
def kvm_guest(stage):
    if not os.path.exists("/dev/kvm"):
        pytest.skip("the host has no KVM")
    guest = Guest(stage.free_uuid, "-trace", "vfio_intx_enable_kvm", **{"x-no-kvm-intx": "off"})
    guest.wait_ready()
    yield guest
    guest.quit()


# KVM uses the eventfds then: the trigger raises the guest's line, and the guest's end of
# interrupt lowers it and signals the unmask eventfd.
def test_bursts_come_back_whole_when_kvm_handles_the_interrupt(kvm_guest):
    text = bursts.run(kvm_guest, 64, 2048)
    print(text)
    assert bursts.complaints(text, 2048) == []
    assert "KVM INTx accel enabled" in kvm_guest.messages()
