"""The outbox at work: every parcel is planned, sent and noted, so that each arrives at least once, and once by its key.

Before a parcel is sent, the store has it as `sending`; afterwards as `sent`. A process that is killed in between sends
the parcel again the next time, under the same key, by which the receiver can tell.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from ..core.problems import Problem, Problems
from ..store import failpoints
from ..store.deliveries import Delivery, DeliveryState
from ..workspace.channels import Channel
from .clock import Clock
from .parcels import Parcel, ParcelContent

DELIVERIES = 3
"""After how many deliveries with all their attempts a parcel has failed, though its failures are temporary."""
LONGEST_WAIT_SECONDS = 60.0
"""The longest wait between two attempts."""
OUTBOX_SPAN = dt.timedelta(days=31)
"""How far back the outbox is read: longer than any parcel waits."""
_MINUTE = 60.0
_MOST_ERROR = 300


class DeliveryFailed(Exception):
    """Raised by a sender whose attempt failed.

    Attributes:
        temporary: True if another attempt may succeed.
        channel_down: True if the reason is the channel, so that other parcels would fail too.
        wait: Seconds that the receiver asks to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        temporary: bool = False,
        channel_down: bool = False,
        wait: float | None = None,
    ) -> None:
        self.temporary = temporary
        self.channel_down = channel_down
        self.wait = wait
        super().__init__(message)


class Sender(Protocol):
    """A channel's connection."""

    def send(self, parcel: Parcel, content: ParcelContent) -> str:
        """Send a parcel, and return the receiver's acknowledgement; raise `DeliveryFailed`."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


@runtime_checkable
class Remover(Protocol):
    """A channel's connection that can take back what it has sent."""

    def remove(self, row: Delivery) -> str:
        """Take an action back, and return the receiver's acknowledgement; raise `DeliveryFailed`."""
        ...


@runtime_checkable
class TogetherSender(Protocol):
    """A channel's connection that sends the actions of a day together."""

    def send_together(self, contents: Iterable[ParcelContent], on: dt.date) -> str:
        """Send the actions of a date, and return the acknowledgement; raise `DeliveryFailed`."""
        ...


class OutboxStore(Protocol):
    """The store's part in deliveries."""

    def deliveries(
        self,
        states: Iterable[DeliveryState] = (),
        since: dt.date | None = None,
        channels: Iterable[str] = (),
    ) -> list[Delivery]:
        """Return the deliveries in these states and of these channels."""
        ...

    def deliveries_with_keys(self, keys: Iterable[str]) -> list[Delivery]:
        """Return the deliveries that have these keys."""
        ...

    def plan_deliveries(self, planned: list[Delivery]) -> None:
        """Add those whose keys are new."""
        ...

    def note_delivery(self, delivery: Delivery) -> None:
        """Write what became of a delivery."""
        ...

    def note_deliveries(self, noted: list[Delivery]) -> None:
        """Write what became of deliveries, all or none."""
        ...


@dataclass(slots=True)
class Delivered:
    """The result for the parcels: the row of each, and the channels that were given up."""

    parcels: list[tuple[Parcel, Delivery]] = field(default_factory=list)
    dropped: list[Delivery] = field(default_factory=list)
    missed: list[Delivery] = field(default_factory=list)
    removed: list[Delivery] = field(default_factory=list)
    """Those that were taken back from where they had been sent."""
    unremoved: list[Delivery] = field(default_factory=list)
    """Those that are still to be taken back."""
    left: list[Delivery] = field(default_factory=list)
    """Those that stay where they were sent: they cannot be taken back, and are not tried again."""
    down: dict[str, str] = field(default_factory=dict)
    unusable: dict[str, Sequence[Problem]] = field(default_factory=dict)
    """The problems of channels that cannot be used, as a secret is missing."""
    closed: list[str] = field(default_factory=list)
    """The channels outside their hours."""
    too_early: dict[str, int] = field(default_factory=dict)
    """How many letters wait for the hours of their customers, by channel."""


class Outbox:
    """One delivery: parcels of several channels, sent in order."""

    def __init__(
        self,
        store: OutboxStore,
        clock: Clock,
        on: dt.date,
        connect: Callable[[Channel], Sender],
    ) -> None:
        self._store = store
        self._clock = clock
        self._on = on
        self._connect = connect
        self._senders: dict[str, Sender] = {}
        self._sent_at: dict[str, list[float]] = {}
        self._written: dict[str, list[Parcel]] = {}
        """The parcels that the day's file of tasks has already, by channel."""
        self.result = Delivered()

    def settle(
        self,
        wanted: Mapping[str, Parcel],
        removable: Collection[str],
        taken_back: Callable[[Delivery], bool],
    ) -> None:
        """End what was planned before and is not wanted now: taken back, or too late for its day.

        Args:
            wanted: The parcels that are wanted, by key.
            removable: The keys of what may have been sent and can be taken out again, by `remove_all`.
            taken_back: Returns whether a delivery's action is not open any more.
        """
        for delivery in self._store.deliveries(("planned", "sending")):
            if delivery.key in wanted or delivery.key in removable:
                continue
            late = delivery.item == "letter" and not taken_back(delivery)
            state: DeliveryState = "failed" if late else "dropped"
            error = "it was not sent on its contact day" if late else delivery.error
            ended = delivery._replace(state=state, error=error, ended_on=self._on.isoformat())
            self._store.note_delivery(ended)
            (self.result.missed if late else self.result.dropped).append(ended)

    def plan(self, parcels: Iterable[Parcel], retry: bool) -> list[Parcel]:
        """Write the parcels into the outbox, and return those that are to be sent now.

        Args:
            parcels: The parcels.
            retry: Send again the parcels that have failed.
        """
        parcels = list(parcels)
        self._store.plan_deliveries([parcel.delivery for parcel in parcels])
        keys = [parcel.key for parcel in parcels]
        rows = {row.key: row for row in self._store.deliveries_with_keys(keys)}
        ready = []
        again = ("dropped", "failed") if retry else ("dropped",)
        for parcel in parcels:
            row = rows[parcel.key]
            # On an earlier date, an action may be open that was taken back since.
            if row.state in again and (row.ended_on or "") <= self._on.isoformat():
                row = parcel.delivery
                self._store.note_delivery(row)
            if row.state in ("planned", "sending"):
                ready.append(_with(parcel, row))
            elif parcel.channel.has_task_file and row.ended_on == self._on.isoformat():
                self._written.setdefault(parcel.channel.id, []).append(parcel)
        return ready

    def remove_all(self, taken_back: Iterable[tuple[Channel, Delivery]]) -> None:
        """Take back what was sent, or may have been, and is not open any more.

        Its row is dropped afterwards, so that it is sent again if its action is reopened. A process that is killed in
        between takes it back again.
        """
        for channel, row in taken_back:
            ended = self._remove(channel, row)
            if ended.state != "dropped":
                self.result.unremoved.append(ended)
            elif ended.error is not None:
                self.result.left.append(ended)
            else:
                self.result.removed.append(ended)

    def send_all(self, parcels: Iterable[Parcel]) -> None:
        """Send the parcels, each of its channel's at most so often a minute."""
        together: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            if parcel.channel.has_task_file:
                together.setdefault(parcel.channel.id, []).append(parcel)
            else:
                self.result.parcels.append((parcel, self._deliver(parcel)))
        for group in together.values():
            ended = self._deliver_together(group)
            self.result.parcels += zip(group, ended, strict=True)

    def close(self) -> None:
        """End the connections."""
        for sender in self._senders.values():
            sender.close()

    def _remove(self, channel: Channel, row: Delivery) -> Delivery:
        if not self._is_open(channel):
            return row
        sender = self._sender(channel)
        if sender is None:
            return row
        if not isinstance(sender, Remover):
            raise TypeError("only a calendar takes back")
        self._wait_for_room(channel)
        try:
            failpoints.failpoint("before removing")
            acknowledgement = sender.remove(row)
            failpoints.failpoint("after removing")
        except DeliveryFailed as error:
            if error.channel_down:
                self.result.down[channel.id] = str(error)[:_MOST_ERROR]
            ended = row._replace(error=f"not taken back: {error}"[:_MOST_ERROR])
            if not (error.temporary or error.channel_down):
                ended = ended._replace(state="dropped", ended_on=self._on.isoformat())
        else:
            ended = row._replace(
                state="dropped",
                error=None,
                acknowledgement=acknowledgement[:_MOST_ERROR],
                ended_on=self._on.isoformat(),
            )
        self._store.note_delivery(ended)
        return ended

    def _is_open(self, channel: Channel) -> bool:
        """Return whether the channel is within its hours and was not given up."""
        if channel.id in self.result.down or channel.id in self.result.unusable:
            return False
        if _within_hours(channel, self._clock.now()):
            return True
        if channel.id not in self.result.closed:
            self.result.closed.append(channel.id)
        return False

    def _deliver(self, parcel: Parcel) -> Delivery:
        channel, row = parcel.channel, parcel.delivery
        if parcel.problem is not None:
            return self._end(row, parcel.problem)
        if not self._is_open(channel):
            return row
        if parcel.is_open is not None and not parcel.is_open(self._clock.now()):
            self.result.too_early[channel.id] = self.result.too_early.get(channel.id, 0) + 1
            return row
        content = parcel.build()
        sender = self._sender(channel)
        if sender is None:
            return row
        for attempt in range(1, channel.attempts + 1):
            self._wait_for_room(channel)
            row = row._replace(state="sending", attempts=row.attempts + 1)
            self._store.note_delivery(row)
            try:
                failpoints.failpoint("before sending")
                acknowledgement = sender.send(parcel, content)
                failpoints.failpoint("after sending")
            except DeliveryFailed as error:
                message = str(error)[:_MOST_ERROR]
                if not error.temporary or attempt == channel.attempts:
                    return self._end(row, message, error, channel.attempts)
                row = row._replace(state="planned", error=message)
                self._store.note_delivery(row)
                self._clock.sleep(error.wait or wait_before(row.key, attempt))
            else:
                ended = row._replace(
                    state="sent",
                    error=None,
                    acknowledgement=acknowledgement[:_MOST_ERROR],
                    ended_on=self._on.isoformat(),
                )
                self._store.note_delivery(ended)
                return ended
        return row

    def _deliver_together(self, parcels: list[Parcel]) -> list[Delivery]:
        """Send the parcels of a channel's file of tasks, with those that the file has already."""
        channel = parcels[0].channel
        rows = [parcel.delivery for parcel in parcels]
        if not self._is_open(channel):
            return rows
        self._wait_for_room(channel)
        contents = [each.build() for each in (*self._written.get(channel.id, ()), *parcels)]
        sender = self._sender(channel)
        if sender is None:
            return [parcel.delivery for parcel in parcels]
        if not isinstance(sender, TogetherSender):
            raise TypeError("only a file of tasks is sent together")
        rows = [row._replace(state="sending", attempts=row.attempts + 1) for row in rows]
        self._store.note_deliveries(rows)
        try:
            failpoints.failpoint("before sending")
            acknowledgement = sender.send_together(contents, self._on)
            failpoints.failpoint("after sending")
        except DeliveryFailed as error:
            message = str(error)[:_MOST_ERROR]
            return [self._end(row, message, error, channel.attempts) for row in rows]
        ended_on = self._on.isoformat()
        rows = [
            row._replace(
                state="sent", error=None, acknowledgement=acknowledgement, ended_on=ended_on
            )
            for row in rows
        ]
        self._store.note_deliveries(rows)
        return rows

    def _end(
        self,
        row: Delivery,
        message: str,
        error: DeliveryFailed | None = None,
        most_attempts: int = 0,
    ) -> Delivery:
        """Note a failure. A temporary one, or one of the channel's, waits for the next delivery, but not for ever."""
        state: DeliveryState = "failed"
        if error is not None and error.channel_down:
            self.result.down[row.channel] = message
        if error is not None and (error.temporary or error.channel_down):
            state = "planned" if row.attempts < DELIVERIES * most_attempts else "failed"
        ended_on = None if state == "planned" else self._on.isoformat()
        ended = row._replace(state=state, error=message, ended_on=ended_on)
        self._store.note_delivery(ended)
        return ended

    def _sender(self, channel: Channel) -> Sender | None:
        """Return the channel's connection; None where its settings allow none, and the others go on."""
        if channel.id not in self._senders:
            try:
                self._senders[channel.id] = self._connect(channel)
            except Problems as raised:
                self.result.unusable[channel.id] = raised.problems
                return None
        return self._senders[channel.id]

    def _wait_for_room(self, channel: Channel) -> None:
        """Wait until the channel has sent less than it may within the last minute."""
        times = self._sent_at.setdefault(channel.id, [])
        now = self._clock.seconds()
        times[:] = [each for each in times if now - each < _MINUTE]
        if len(times) >= channel.per_minute:
            self._clock.sleep(_MINUTE - (now - times[0]))
            now = self._clock.seconds()
            del times[0]
        times.append(now)


def wait_before(key: str, attempt: int) -> float:
    """Return the seconds to wait after an attempt: twice as long each time, with jitter that the key decides."""
    digest = hashlib.sha256(f"{key}/{attempt}".encode()).digest()
    jitter = int.from_bytes(digest[:4]) / (1 << 32)
    return float(min(LONGEST_WAIT_SECONDS, 2.0 ** (attempt - 1)) * (0.5 + jitter))


def _within_hours(channel: Channel, now: dt.datetime) -> bool:
    if channel.hours is None or channel.hours_of_customer:
        return True
    first, last = channel.hours
    return first <= now.time() < last


def _with(parcel: Parcel, row: Delivery) -> Parcel:
    return replace(parcel, delivery=row)
