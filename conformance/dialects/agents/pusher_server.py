"""Pusher's server library for Python."""

import asyncio
from urllib.parse import urlsplit

import pusher
from lines import obey


class Peer:
    def __init__(self, tell, admin, app, **_):
        at = urlsplit(admin)
        names = {"app_id": app["id"], "key": app["key"], "secret": app["secret"]}
        self.pusher = pusher.Pusher(ssl=False, host=at.hostname, port=at.port, **names)
        tell("state", state="connected")

    def publish(self, channel, data, event="message"):
        self.pusher.trigger(channel, event, data)

    def stop(self):
        pass


asyncio.run(obey(Peer))
