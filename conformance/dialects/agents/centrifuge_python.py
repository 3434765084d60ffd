"""Centrifugo's client for Python: python agents/centrifuge_python.py [protobuf]"""

import asyncio
import base64
import json
import sys

from centrifuge import (
    CentrifugeError,
    Client,
    ClientEventHandler,
    ClientState,
    ReplyError,
    SubscriptionEventHandler,
)
from lines import Refused, obey, teller

PROTOBUF = "protobuf" in sys.argv


def given(data=None, binary=None):
    """What the library is given: values in JSON, bytes in Protobuf."""
    if binary is not None:
        return base64.b64decode(binary)
    return json.dumps(data).encode() if PROTOBUF else data


def content(data):
    if not PROTOBUF:
        return {"data": data}
    try:
        return {"data": json.loads(data)}
    except ValueError:
        return {"binary": base64.b64encode(data).decode()}


def heard(channel, publication):
    tags = publication.tags or {}
    user = publication.info.user if publication.info else None
    told = {"event": tags.get("event"), "encoding": tags.get("encoding"), "user": user or None}
    told = {name: value for name, value in told.items() if value is not None}
    return {"channel": channel, **told, **content(publication.data)}


class OfClient(ClientEventHandler):
    def __init__(self, tell):
        self.tell = tell

    async def on_connected(self, _):
        self.tell("state", state="connected")

    async def on_disconnected(self, context):
        # It is called for both, and the library's own state is what tells them apart.
        comes_back = self.client.state == ClientState.CONNECTING
        self.tell("state", state="away" if comes_back else "stopped", code=context.code)

    async def on_message(self, context):
        self.tell("direct", **content(context.data))

    async def on_error(self, context):
        self.tell("error", code=context.code)

    async def on_subscribed(self, context):
        self.tell("subscribed", channel=context.channel, recovered=context.recovered)

    async def on_unsubscribed(self, context):
        self.tell("unsubscribed", channel=context.channel)

    async def on_publication(self, context):
        self.tell("heard", **heard(context.channel, context.pub))


class OfSubscription(SubscriptionEventHandler):
    """What comes first is the answer, what comes later is told."""

    def __init__(self, tell, channel):
        self.tell, self.channel = tell, channel
        self.first = asyncio.get_running_loop().create_future()

    async def on_subscribed(self, context):
        if not self.first.done():
            return self.first.set_result({})
        recovered = {"recovered": context.recovered} if context.was_recovering else {}
        self.tell("subscribed", channel=self.channel, **recovered)

    async def on_unsubscribed(self, context):
        if not self.first.done():
            return self.first.set_exception(Refused(context.code))
        self.tell("unsubscribed", channel=self.channel, code=context.code)

    async def on_publication(self, context):
        self.tell("heard", **heard(self.channel, context.pub))

    async def on_join(self, context):
        self.tell("joined", channel=self.channel, user=context.info.user)

    async def on_leave(self, context):
        self.tell("left", channel=self.channel, user=context.info.user)

    async def on_error(self, context):
        self.tell("error", code=context.code)


async def asked(question):
    """The answer to a command, whose error has a code."""
    try:
        return await question
    except ReplyError as error:
        raise Refused(error.code) from error
    except CentrifugeError as error:
        raise Refused(type(error).__name__) from error


class Peer:
    def __init__(self, tell, address, tokens, options, **_):
        self.tell = tell
        fetch = teller(tokens[1:]) if len(tokens) > 1 else None

        async def get_token(*_):
            tell("fetched", why="connection")
            return fetch()

        events = OfClient(tell)
        self.client = events.client = Client(
            address,
            events=events,
            token=tokens[0] if tokens else "",
            get_token=get_token if fetch else None,
            use_protobuf=PROTOBUF,
            min_reconnect_delay=0.02,
            max_reconnect_delay=0.2,
            **options,
        )

    @classmethod
    async def make(cls, tell, **order):
        peer = cls(tell, **order)
        await peer.client.connect()
        return peer

    async def subscribe(self, channel, presence=False, tokens=()):
        fetch = teller(tokens[1:]) if len(tokens) > 1 else None

        async def get_token(_):
            self.tell("fetched", why="subscription")
            return fetch()

        events = OfSubscription(self.tell, channel)
        subscription = self.client.new_subscription(
            channel,
            events=events,
            token=tokens[0] if tokens else "",
            get_token=get_token if fetch else None,
            join_leave=presence,
            min_resubscribe_delay=0.02,
            max_resubscribe_delay=0.2,
        )
        await subscription.subscribe()
        return await events.first

    async def unsubscribe(self, channel):
        await self.client.get_subscription(channel).unsubscribe()

    async def publish(self, channel, event=None, echo=None, **said):
        # Its clients name no events, and hear themselves.
        await asked(self.client.publish(channel, given(**said)))

    async def presence(self, channel):
        result = await asked(self.client.presence(channel))
        return {"users": [info.user for info in result.clients.values()]}

    async def counts(self, channel):
        result = await asked(self.client.presence_stats(channel))
        return {"connections": result.num_clients, "users": result.num_users}

    async def history(self, channel, limit):
        result = await asked(self.client.history(channel, limit=limit, reverse=True))
        return {"said": [content(each.data)["data"] for each in reversed(result.publications)]}

    async def call(self, method, data):
        await asked(self.client.rpc(method, given(data)))

    async def stop(self):
        await self.client.disconnect()


asyncio.run(obey(Peer.make))
