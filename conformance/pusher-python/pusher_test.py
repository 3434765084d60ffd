"""The PyPI package `pusher`, Pusher's server library, against the running binary.

`cargo xtask conform interop` starts the binary and sets the environment.
"""

import json
import os
import sys
import traceback
import uuid
from urllib.parse import urlsplit

import pusher
from pusher.errors import PusherBadAuth, PusherBadRequest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PUBLIC = os.environ["WIREHUB_TEST_PUBLIC"]
ADMIN = urlsplit(os.environ["WIREHUB_TEST_ADMIN"])
APP = {"app_id": "1001", "key": "key-1", "secret": "conformance-app-secret-1"}
TIMEOUT_S = 10


def backend(**other):
    """The library as a backend makes it."""
    return pusher.Pusher(ssl=False, host=ADMIN.hostname, port=ADMIN.port, **{**APP, **other})


class Client:
    """A connection that speaks Pusher's protocol; the library signs for it."""

    def __init__(self):
        url = f"{PUBLIC.replace('http', 'ws')}/app/{APP['key']}?protocol=7&client=test"
        # `proxy=None`: a proxy of the environment is not for addresses of this machine.
        self.context = connect(url, proxy=None)

    def __enter__(self):
        self.socket = self.context.__enter__()
        self.socket_id = self.next("pusher:connection_established")["data"]["socket_id"]
        return self

    def __exit__(self, *failure):
        return self.context.__exit__(*failure)

    def next(self, event):
        """The next message, which has this event; its data is a text that may hold JSON."""
        message = json.loads(self.socket.recv(timeout=TIMEOUT_S))
        assert message["event"] == event, message
        assert isinstance(message["data"], str), message
        try:
            data = json.loads(message["data"])
        except ValueError:
            data = message["data"]
        return {**message, "data": data}

    def say(self, event, **data):
        self.socket.send(json.dumps({"event": event, "data": data}))

    def join(self, channel, member=None):
        signed = backend().authenticate(channel, self.socket_id, member)
        self.say("pusher:subscribe", channel=channel, **signed)
        return self.next("pusher_internal:subscription_succeeded")["data"]


def events_arrive():
    name = f"private-{uuid.uuid4()}"
    with Client() as client, Client() as other:
        client.join(name)
        other.join(name)
        backend().trigger(name, "said", {"text": "Åse 北京"}, client.socket_id)
        backend().trigger([name], "plain", "hello")
        assert other.next("said")["data"] == {"text": "Åse 北京"}
        assert other.next("plain")["data"] == "hello"
        assert client.next("plain")["data"] == "hello"
        batch = [
            {"channel": name, "name": "first", "data": {"n": 1}},
            {"channel": name, "name": "second", "data": "two"},
        ]
        backend().trigger_batch(batch)
        assert client.next("first")["data"] == {"n": 1}
        assert client.next("second")["data"] == "two"


def channels_are_told():
    name = f"presence-{uuid.uuid4()}"
    with Client() as client:
        joined = client.join(name, {"user_id": "ann", "user_info": {"name": "Ann"}})
        expected = {"ids": ["ann"], "hash": {"ann": {"name": "Ann"}}, "count": 1}
        assert joined == {"presence": expected}, joined
        server = backend()
        found = server.channels_info(name, ["user_count"])
        assert found == {"channels": {name: {"user_count": 1}}}, found
        one = server.channel_info(name, ["user_count", "subscription_count"])
        assert one == {"occupied": True, "user_count": 1, "subscription_count": 1}, one
        assert server.users_info(name) == {"users": [{"id": "ann"}]}


def users_are_told_and_sent_away():
    user = str(uuid.uuid4())
    with Client() as client:
        signed = backend().authenticate_user(client.socket_id, {"id": user})
        client.say("pusher:signin", **signed)
        user_data = client.next("pusher:signin_success")["data"]["user_data"]
        assert json.loads(user_data)["id"] == user
        backend().send_to_user(user, "note", {"text": "hi"})
        note = client.next("note")
        assert note["channel"] == f"#server-to-user-{user}", note
        assert note["data"] == {"text": "hi"}
        backend().terminate_user_connections(user)
        try:
            client.socket.recv(timeout=TIMEOUT_S)
        except ConnectionClosed as closed:
            assert closed.rcvd.code == 4009, closed.rcvd
        else:
            raise AssertionError("the connection is still open")


def mistakes_are_refused():
    for failure, wrong in [
        (PusherBadAuth, lambda: backend(secret="x" * 20).trigger("orders.x", "said", 1)),
        (PusherBadAuth, lambda: backend(key="key-2").trigger("orders.x", "said", 1)),
        (PusherBadRequest, lambda: backend().trigger("orders.x", "pusher:said", 1)),
        (PusherBadRequest, lambda: backend().users_info("orders.x")),
    ]:
        try:
            wrong()
        except failure:
            continue
        raise AssertionError(f"it is not refused with {failure.__name__}")


CHECKS = [events_arrive, channels_are_told, users_are_told_and_sent_away, mistakes_are_refused]


def main():
    failed = 0
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            check()
            print(f"ok        {name}")
        except Exception:
            failed += 1
            print(f"FAILED    {name}")
            traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
