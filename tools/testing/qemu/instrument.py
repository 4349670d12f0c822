# SPDX-License-Identifier: GPL-2.0-only
"""What the host tells a card to be and to do, by attributes in the card's sysfs directory."""

import shlex

import host
from narration import say

MIB = 1 << 20
# A new card, in an order in which they can be written: precopy_size is at most state_size.
NEW = {"features": "stop-copy p2p pre-copy", "precopy_size": "0", "state_size": "0",
       "dirty_rate": "0", "bandwidth": "0"}


class Card:
    """A card of the host."""

    def __init__(self, uuid):
        self.directory = host.DEVICES / uuid
        self.name = f"$CARD{host.UUIDS.index(uuid) + 1}"

    def tell(self, attribute, text):
        say(f"host# echo {shlex.quote(text)} > {self.name}/{attribute}")
        (self.directory / attribute).write_text(text)

    def form(self, **settings):
        """Settings that only a card has that nobody uses; all others are as new."""
        self.forget()
        for name, text in settings.items():
            self.tell(f"migration/{name}", text)

    def show_faults(self):
        faults = (self.directory / "faults").read_text()
        say(f"host# cat {self.name}/faults\n{faults.rstrip()}")
        return faults

    def _settings(self):
        return {name: (self.directory / "migration" / name).read_text().strip()
                for name in NEW}

    def is_new(self):
        """Apart from rules for faults, which can be cleared at any time."""
        return self._settings() == NEW

    def forget(self):
        """Make it a new card."""
        (self.directory / "faults").write_text("clear")
        for name, text in self._settings().items():
            if text != NEW[name]:
                (self.directory / "migration" / name).write_text(NEW[name])
