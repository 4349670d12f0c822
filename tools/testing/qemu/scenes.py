# SPDX-License-Identifier: GPL-2.0-only
"""Scenes with a card that fails, is slow, is large, or offers less than others: what the
host tells the card, and what QEMU says then. demo-faults shows them, test_instrument.py
tests them. A scene can begin with the guest on either card, and leaves no settings behind
that change the next one."""

import asyncio
import contextlib
import json
import time

from qemu.qmp import ExecuteError

from instrument import MIB, Card
from migration import CAPABILITIES, WITHOUT_ACK, set_parameters, wait_end
from narration import require, say
from nested import PATIENCE, Guest

# What query-migrate says that matters here
TOLD = ("status", "error-desc", "downtime", "total-time", "vfio")
# How QEMU marks a guest that it had to stop. Spelled apart, because tests run again if they
# fail with this status: the emulation's own failures have it, too.
STOPPED = "-".join(["internal", "error"])
DELAY = 2000
# Bytes of state, and bytes a second. So little can be transferred in QEMU's downtime limit of
# 300 ms that it does not take long to exceed it.
SIZE, BANDWIDTH = 16 * MIB, 8 * MIB
FULL_DOWNTIME = 1000 * SIZE // BANDWIDTH


class Ear:
    """What a QEMU prints from now on."""

    def __init__(self, who, guest):
        self.who = who
        self.log = guest.log
        self.start = len(self._read())

    def _read(self):
        return self.log.read_text(errors="replace")

    def show(self):
        said = self._read()[self.start:]
        for line in said.splitlines():
            say(f"{self.who}: {line}")
        return said


def require_words(said, *words):
    for word in words:
        require(word in said, repr(word), said)


def show_told(told):
    say(f"source, query-migrate: {json.dumps({key: told[key] for key in TOLD if key in told})}")


def prepare(stage, capabilities=CAPABILITIES):
    """A migration that also ends if the state does not fit into QEMU's downtime limit."""
    migration = stage.prepare_move(capabilities=capabilities)
    set_parameters(stage.guest, avail_switchover_bandwidth=8 * BANDWIDTH)
    return migration


def settle(stage, **settings):
    """Move the guest to a card that is formed like this, because a card can be formed only
    while nobody uses it. The other card is as new then, and so are both without settings."""
    here = Card(stage.guest.uuid)
    if settings or not here.is_new():
        Card(stage.free_uuid).form(**settings)
        move(stage, prepare(stage, WITHOUT_ACK))
        say("(the guest moves to this card)")
    else:
        here.forget()
    Card(stage.free_uuid).forget()


def move(stage, migration):
    told = migration.start().complete()
    stage.moved(migration)
    return told


def show_move(stage, migration):
    told = move(stage, migration)
    show_told(told)
    return told


def fail(migration):
    """Require that the guest goes on at the source after a migration that fails; returns
    what QEMU says about it at the source, and at the destination."""
    ears = Ear("source", migration.source), Ear("destination", migration.destination)
    told = wait_end(migration.start().source, "failed")
    require(migration.destination.wait_exit() != 0, "the destination fails")
    show_told(told)
    source, destination = (ear.show() for ear in ears)
    show_running(migration.source)
    return f"{told.get('error-desc')}\n{source}", destination


def show_running(guest):
    status = guest.qmp("query-status")
    say(f"source, query-status: {json.dumps(status)}")
    require(status["running"], "the guest runs at the source", status)
    say(f"guest# uptime\n{guest.run('uptime').strip()}")


def tell_source(guest, **parameters):
    told = set_parameters(guest, **parameters)
    say(f"source, migrate-set-parameters: {json.dumps(told)}")


def wait_told(guest, holds):
    """Wait until query-migrate says something; returns all it says."""
    end = time.monotonic() + PATIENCE
    while not holds(told := guest.qmp("query-migrate")):
        if time.monotonic() > end or told["status"] in ("completed", "failed"):
            raise AssertionError(f"seen {told}\n{guest.messages()}")
        time.sleep(0.1)
    return told


def device_bytes(told):
    return told.get("vfio", {}).get("transferred", 0)


def stop_copy_fails_once(stage):
    """The source's card fails STOP_COPY once"""
    settle(stage)
    card = Card(stage.guest.uuid)
    card.tell("faults", "PRE_COPY_P2P->STOP_COPY error=EIO")
    said, _ = fail(stage.prepare_move())
    require_words(said, "Failed setting device state to STOP_COPY", "Resetting device")
    require_words(card.show_faults(), "hits=1")
    say("=> The migration fails, and QEMU resets the card: the guest goes on, but its driver "
        "has to set up the ports again.\n")

    show_move(stage, stage.prepare_move())
    say("=> The second try completes.")


def stream_is_corrupt(stage):
    """One bit of the card's state changes on the way"""
    settle(stage, state_size="8M", precopy_size="4M")
    card = Card(stage.guest.uuid)
    card.tell("faults", "read offset=1M corrupt")
    _, said = fail(stage.prepare_move())
    require_words(said, "load of migration failed: Invalid argument")
    require_words(card.show_faults(), "hits=1")
    say("=> The destination's card refuses the state when it arrives. The guest goes on at "
        "the source.")


def stop_copy_takes_long(stage):
    """STOP_COPY takes two seconds"""
    settle(stage)
    say("Without any delay:")
    show_move(stage, stage.prepare_move())
    Card(stage.guest.uuid).tell("faults", f"PRE_COPY_P2P->STOP_COPY delay={DELAY}")
    told = show_move(stage, stage.prepare_move())
    require(told["downtime"] >= DELAY, f"a downtime of at least {DELAY} ms", told["downtime"])
    say("=> The guest stands still for as long as the card takes: QEMU has no limit for it.")


def limit_downtime(guest):
    """What QEMU thinks possible must not depend on how fast this machine is now."""
    tell_source(guest, downtime_limit=300, avail_switchover_bandwidth=BANDWIDTH)


def state_gets_dirty(stage):
    """A state that becomes dirty faster than it can be sent, and then slower"""
    settle(stage, state_size=f"{SIZE // MIB}M", precopy_size=f"{SIZE // MIB}M",
           bandwidth=f"{BANDWIDTH // MIB}M")
    card = Card(stage.guest.uuid)
    card.tell("migration/dirty_rate", f"{4 * BANDWIDTH // MIB}M")
    migration = prepare(stage)
    limit_downtime(stage.guest)
    migration.start()
    show_told(wait_told(stage.guest, lambda told: device_bytes(told) >= 3 * SIZE))
    say("=> PRE_COPY has sent the whole state three times, and QEMU still does not stop the "
        "guest: what is left would take longer than the downtime limit.\n")

    card.tell("migration/dirty_rate", f"{BANDWIDTH // MIB // 8}M")
    told = migration.complete()
    stage.moved(migration)
    show_told(told)
    say("=> Less becomes dirty than is sent: the migration converges.")


def pre_copy_is_not_offered(stage):
    """A card without PRE_COPY, and a state that is too large for the downtime limit"""
    settle(stage, features="stop-copy p2p", state_size=f"{SIZE // MIB}M",
           bandwidth=f"{BANDWIDTH // MIB}M")
    migration = prepare(stage, WITHOUT_ACK)
    limit_downtime(stage.guest)
    migration.start()
    told = wait_told(stage.guest, lambda told: told.get("ram", {}).get("dirty-sync-count", 0) > 9)
    show_told(told)
    require(device_bytes(told) == 0, "no byte of the card before the guest stops", told)
    say(f"=> QEMU has gone through the memory {told['ram']['dirty-sync-count']} times, and "
        "would go on forever.\n")

    tell_source(stage.guest, downtime_limit=2 * FULL_DOWNTIME)
    told = migration.complete()
    stage.moved(migration)
    show_told(told)
    require(told["downtime"] >= 0.9 * FULL_DOWNTIME,
            f"a downtime of about {FULL_DOWNTIME} ms or more", told["downtime"])
    say("=> The whole state is transferred while the guest stands still.")


def migration_is_not_offered(stage):
    """A card that cannot migrate"""
    stage.end()
    card = Card(stage.free_uuid)
    card.form(features="none")
    guest = Guest(stage.free_uuid, qemu=stage.qemu, **{"enable-migration": "auto"})
    try:
        guest.monitor.cmd("migrate", uri="exec:cat >/dev/null")
        refusal = None
    except ExecuteError as error:
        refusal = str(error)
    guest.kill()
    card.forget()
    say(f"QEMU, migrate: {refusal}")
    require_words(str(refusal), "migration is not supported in kernel")
    say("=> The card starts without a complaint, and blocks every migration of its guest.")


def wait_stop(guest):
    """Not Guest.wait_event(), which takes a guest that stops like this for a lost one."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(asyncio.TimeoutError):
            if guest.monitor.pull_event(wait=1.0)["event"] == "STOP":
                return
    raise TimeoutError(guest.messages())


def device_reports_an_error(stage):
    """The card reports an error that cannot be recovered from"""
    guest, ear = stage.guest, Ear("QEMU", stage.guest)
    guest.forget_events()
    Card(guest.uuid).tell("trigger", "err")
    wait_stop(guest)
    say("QEMU, event: STOP")
    require_words(ear.show(), "Unrecoverable error detected")
    status = guest.monitor.cmd("query-status")
    say(f"QEMU, query-status: {json.dumps(status)}")
    require(status["status"] == STOPPED and not status["running"], "a guest that QEMU stopped",
            status)
    stage.end()
    say("=> The guest stands still for good.")


ALL = (stop_copy_fails_once, stream_is_corrupt, stop_copy_takes_long, state_gets_dirty,
       pre_copy_is_not_offered, device_reports_an_error, migration_is_not_offered)
