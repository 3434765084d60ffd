"""Centrifugo's own Python client, unmodified, against the running binary.

`cargo xtask conform interop` starts the binary and sets the environment.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import sys
import time
import traceback
import uuid

from centrifuge import (
    Client,
    ClientEventHandler,
    DeltaType,
    ReplyError,
    StreamPosition,
    SubscriptionEventHandler,
)

URL = os.environ["WIREHUB_TEST_PUBLIC"].replace("http", "ws", 1) + "/connection/websocket"
SECRET = os.environ["WIREHUB_TEST_SECRET"]
TIMEOUT_S = 10


def token(key=SECRET, **claims):
    """Signs claims as a backend does; an hour is long enough unless they say otherwise."""
    claims = {"exp": int(time.time()) + 3600, **claims}
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    message = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.new(key.encode(), message, hashlib.sha256).digest()
    return (message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def may(pattern):
    """What a token says so that its client may do everything with a family of topics."""
    return {name: [pattern] for name in ("subscribe", "publish", "presence", "history")}


def new_room():
    return f"chat:{uuid.uuid4()}"


class Heard:
    """What a client or a subscription was told, for whoever waits for it."""

    def __init__(self):
        self.unread = []
        self.news = asyncio.Condition()

    async def tell(self, name, context):
        async with self.news:
            self.unread.append((name, context))
            self.news.notify_all()

    async def next(self, name):
        def place():
            return next((at for at, (kind, _) in enumerate(self.unread) if kind == name), None)

        async with self.news:
            wait = self.news.wait_for(lambda: place() is not None)
            await asyncio.wait_for(wait, TIMEOUT_S)
            return self.unread.pop(place())[1]


def handler(base, names):
    """A class that keeps what its library calls."""

    def method(name):
        async def call(self, context):
            await self.heard.tell(name, context)

        return call

    def begin(self):
        self.heard = Heard()

    methods = {f"on_{name}": method(name) for name in names}
    return type("Handler", (base,), {"__init__": begin, **methods})


OfClient = handler(
    ClientEventHandler,
    ("connected", "disconnected", "subscribed", "publication", "error"),
)
OfSubscription = handler(
    SubscriptionEventHandler,
    ("subscribing", "subscribed", "unsubscribed", "publication", "join", "leave", "error"),
)


class Peer:
    """One client with what it heard."""

    def __init__(self, protobuf, **options):
        self.protobuf = protobuf
        self.handler = OfClient()
        options = {"min_reconnect_delay": 0.02, "max_reconnect_delay": 0.2, **options}
        self.client = Client(URL, events=self.handler, use_protobuf=protobuf, **options)

    async def __aenter__(self):
        await self.client.connect()
        self.connected = await self.heard.next("connected")
        return self

    async def __aexit__(self, *failure):
        await self.client.disconnect()

    @property
    def heard(self):
        return self.handler.heard

    def data(self, value):
        return json.dumps(value).encode() if self.protobuf else value

    def value(self, data):
        return json.loads(data) if self.protobuf else data

    async def subscribe(self, channel, **options):
        subscription = self.begin(channel, **options)
        await subscription.subscribe()
        subscription.began = await subscription.heard.next("subscribed")
        return subscription

    def begin(self, channel, **options):
        events = OfSubscription()
        subscription = self.client.new_subscription(channel, events=events, **options)
        subscription.heard = events.heard
        return subscription


def ann():
    return token(sub="ann", info={"name": "Ann"}, **may("chat/#"))


def bob():
    return token(sub="bob", **may("chat/#"))


async def publications_arrive(protobuf):
    room = new_room()
    async with Peer(protobuf, token=ann()) as one, Peer(protobuf, token=bob()) as two:
        subscription = await two.subscribe(room)
        await one.client.publish(room, one.data({"text": "Åse 北京 🚚"}))
        publication = (await subscription.heard.next("publication")).pub
        assert two.value(publication.data) == {"text": "Åse 北京 🚚"}, publication
        assert publication.offset == 1, publication
        assert publication.info.user == "ann", publication
        assert publication.info.client == one.connected.client, publication


async def members_are_told(protobuf):
    room = new_room()
    async with Peer(protobuf, token=ann()) as one, Peer(protobuf, token=bob()) as two:
        watching = await one.subscribe(room, join_leave=True)
        itself = (await watching.heard.next("join")).info
        assert (itself.user, one.value(itself.conn_info)) == ("ann", {"name": "Ann"}), itself
        other = await two.subscribe(room)
        assert (await watching.heard.next("join")).info.user == "bob"
        presence = await watching.presence()
        assert {info.user for info in presence.clients.values()} == {"ann", "bob"}, presence
        stats = await watching.presence_stats()
        assert (stats.num_clients, stats.num_users) == (2, 2), stats
        await other.unsubscribe()
        assert (await watching.heard.next("leave")).info.user == "bob"


async def history_is_read(protobuf):
    room = new_room()
    async with Peer(protobuf, token=ann()) as peer:
        for count in range(1, 6):
            await peer.client.publish(room, peer.data(count))

        async def said(**options):
            page = await peer.client.history(room, **options)
            return [peer.value(publication.data) for publication in page.publications]

        top = await peer.client.history(room)
        assert (top.offset, top.publications) == (5, []), top
        assert await said(limit=2) == [1, 2]
        assert await said(limit=2, reverse=True) == [5, 4]
        since = StreamPosition(offset=3, epoch=top.epoch)
        assert await said(limit=9, since=since) == [4, 5]
        try:
            await said(limit=9, since=StreamPosition(offset=3, epoch="elsewhere"))
            raise AssertionError("an epoch of another stream was taken")
        except ReplyError as error:
            assert error.code == 112, error


async def what_was_missed_follows(protobuf):
    room = new_room()
    async with Peer(protobuf, token=ann()) as one, Peer(protobuf, token=bob()) as two:
        subscription = await one.subscribe(room, recoverable=True, positioned=True)
        assert subscription.began.recoverable and subscription.began.positioned
        await two.client.publish(room, two.data(1))
        await subscription.heard.next("publication")
        # The transport is cut as a network does it.
        one.client._conn.transport.abort()
        await subscription.heard.next("subscribing")
        for count in (2, 3):
            await two.client.publish(room, two.data(count))
        again = await subscription.heard.next("subscribed")
        assert again.was_recovering and again.recovered, again
        for count in (2, 3):
            publication = (await subscription.heard.next("publication")).pub
            assert one.value(publication.data) == publication.offset == count, publication


async def tokens_open_channels(protobuf):
    channel = f"$private:{uuid.uuid4()}"
    async with Peer(protobuf, token=token(sub="ann")) as peer:
        refused = peer.begin(channel)
        await refused.subscribe()
        assert (await refused.heard.next("unsubscribed")).code == 103
        peer.client.remove_subscription(refused)

        async def fetch(asked):
            assert asked == channel, asked
            return token(sub="ann", channel=channel)

        expired = token(sub="ann", channel=channel, exp=int(time.time()) - 60)
        await peer.subscribe(channel, token=expired, get_token=fetch)


async def servers_subscribe(protobuf):
    room = new_room()
    claims = {"sub": "ann", "channels": [room], **may("chat/#")}
    async with Peer(protobuf, token=token(**claims)) as peer:
        channels = {(await peer.heard.next("subscribed")).channel for _ in range(2)}
        assert channels == {room, "personal:#ann"}, channels
        await peer.client.publish(room, peer.data("here"))
        heard = await peer.heard.next("publication")
        assert (heard.channel, peer.value(heard.pub.data)) == (room, "here"), heard


async def deltas_are_applied(protobuf):
    book = f"book:{uuid.uuid4()}"
    reader = token(sub="ann", **may("book/#"))
    said = [
        {"sequence": sequence, "levels": [[100 + place, "Åse 🚚"] for place in range(50)]}
        for sequence in range(20)
    ]
    async with Peer(protobuf, token=reader) as peer:
        subscription = await peer.subscribe(book, delta=DeltaType.FOSSIL)
        for payload in said:
            payload["levels"][payload["sequence"]] = ["北京", payload["sequence"]]
            await peer.client.publish(book, peer.data(payload))
        deltas = 0
        for payload in said:
            publication = (await subscription.heard.next("publication")).pub
            assert peer.value(publication.data) == payload, publication
            deltas += publication.delta
        assert deltas == len(said) - 1, deltas


async def bad_tokens_end_it(protobuf):
    peer = Peer(protobuf, token=token("another key of thirty-two bytes or more", sub="ann"))
    await peer.client.connect()
    assert (await peer.heard.next("disconnected")).code == 3500


async def refusals_have_their_codes(protobuf):
    async with Peer(protobuf, token=token(sub="ann")) as peer:
        for code, ask in (
            (103, peer.client.publish("chat:closed", peer.data(1))),
            (103, peer.client.presence("chat:closed")),
            (104, peer.client.rpc("nothing", peer.data(1))),
            (108, peer.client.history("orders:1")),
        ):
            try:
                await ask
                raise AssertionError(f"nothing was refused where {code} was due")
            except ReplyError as error:
                assert error.code == code, (error, code)


CHECKS = (
    publications_arrive,
    members_are_told,
    history_is_read,
    what_was_missed_follows,
    tokens_open_channels,
    servers_subscribe,
    deltas_are_applied,
    bad_tokens_end_it,
    refusals_have_their_codes,
)


async def main():
    failures = 0
    for protobuf in (False, True):
        for check in CHECKS:
            name = f"{'protobuf' if protobuf else 'json'}: {check.__name__.replace('_', ' ')}"
            try:
                await asyncio.wait_for(check(protobuf), 3 * TIMEOUT_S)
                print(f"ok      {name}")
            except Exception:  # noqa: BLE001: a failed check is reported, and the next one runs
                failures += 1
                print(f"FAILED  {name}")
                traceback.print_exc()
    return failures


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
