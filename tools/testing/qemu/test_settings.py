# SPDX-License-Identifier: GPL-2.0-only
"""A guest and its bytes on cards that offer less than others."""

import pytest

import bursts
import host
from instrument import Card
from migration import WITHOUT_ACK


@pytest.fixture
def free_card(stage):
    """A card that can be formed; it is as new afterwards, if the guest is not on it."""
    card = Card(host.other(stage.guest.uuid))
    yield card
    card.forget()


def move(stage, migration):
    told = migration.start().complete()
    stage.moved(migration)
    print(f"downtime {told['downtime']} ms, bytes in the FIFOs {migration.wire.in_flight}")


@pytest.mark.parametrize("features", ["stop-copy", "stop-copy p2p"])
def test_moves_from_a_card_without_pre_copy_lose_no_byte(stage, free_card, features):
    bursts.start(stage.guest)
    free_card.form(features=features)
    for _ in range(2):
        move(stage, stage.prepare_move(capabilities=WITHOUT_ACK))
    bursts.end_whole(stage.guest)
