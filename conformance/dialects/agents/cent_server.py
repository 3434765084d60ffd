"""Centrifugo's server library for Python."""

import asyncio

import cent
from lines import Refused, obey


class Peer:
    def __init__(self, tell, admin, key, **_):
        self.client = cent.Client(f"{admin}/centrifugo/api", key)
        tell("state", state="connected")

    def publish(self, channel, data=None, binary=None, event=None):
        tags = None if event is None else {"event": event}
        request = cent.PublishRequest(channel=channel, data=data, b64data=binary, tags=tags)
        try:
            self.client.publish(request)
        except cent.CentApiResponseError as error:
            raise Refused(error.code) from error

    def stop(self):
        self.client.close()


asyncio.run(obey(Peer))
