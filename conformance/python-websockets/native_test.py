"""The `websockets` package against the running binary.

`cargo xtask conform interop` starts the binary and sets the environment.
"""

import itertools
import json
import os
import sys
import traceback
import uuid

from websockets.exceptions import ConnectionClosedOK, InvalidStatus
from websockets.sync.client import connect

URL = os.environ["WIREHUB_TEST_URL"]
TOKEN = os.environ["WIREHUB_TEST_TOKEN"]
TIMEOUT_S = 10


class Session:
    """One connection that speaks the native protocol in JSON."""

    def __init__(self, compression):
        # `proxy=None`: a proxy of the environment is not for addresses of this machine.
        self.context = connect(f"{URL}?token={TOKEN}", compression=compression, proxy=None)
        self.unread = []
        self.ids = itertools.count(1)

    def __enter__(self):
        self.socket = self.context.__enter__()
        self.welcome = self.next_of("welcome")
        return self

    def __exit__(self, *failure):
        return self.context.__exit__(*failure)

    def send(self, **frame):
        self.socket.send(json.dumps(frame))

    def request(self, **frame):
        """Sends a frame with a fresh id and returns the reply to it."""
        frame["id"] = next(self.ids)
        self.send(**frame)
        return self.next(lambda reply: reply.get("id") == frame["id"])

    def next_of(self, kind):
        """The next frame of a type."""
        return self.next(lambda frame: frame["type"] == kind)

    def next(self, fits):
        """The first frame, received or still to come, that fits."""
        for index, frame in enumerate(self.unread):
            if fits(frame):
                return self.unread.pop(index)
        while True:
            text = self.socket.recv(timeout=TIMEOUT_S)
            assert isinstance(text, str), "the JSON dialect sends text frames only"
            frame = json.loads(text)
            if fits(frame):
                return frame
            self.unread.append(frame)


def new_topic():
    return f"orders/{uuid.uuid4()}"


def negotiates(compression):
    with Session(compression) as session:
        names = [extension.name for extension in session.socket.protocol.extensions]
        assert names == (["permessage-deflate"] if compression else []), names
        assert session.welcome["user"] == "u1", session.welcome


def delivers(compression):
    topic = new_topic()
    with Session(compression) as session:
        subscribed = session.request(type="subscribe", topic=topic)
        assert subscribed["type"] == "ok", subscribed
        data = {"total": 12.5, "name": "Åse 北京 🚚", "big": "wirehub " * 6000}
        published = session.request(type="publish", topic=topic, event="paid", data=data)
        assert published["offset"] == subscribed["offset"] + 1, published
        message = session.next_of("message")
        sender = {"user": "u1", "connection": session.welcome["connection"]}
        assert message["data"] == data and message["event"] == "paid", message
        assert message["offset"] == published["offset"], message
        assert message["from"] == sender, message


def leaves_out_the_publisher(compression):
    topic = new_topic()
    with Session(compression) as publisher, Session(compression) as other:
        publisher.request(type="subscribe", topic=topic)
        other.request(type="subscribe", topic=topic)
        publisher.request(type="publish", topic=topic, data=1, echo=False)
        publisher.request(type="publish", topic=topic, data=2)
        assert publisher.next_of("message")["data"] == 2
        assert [other.next_of("message")["data"] for _ in range(2)] == [1, 2]


def refuses_a_forbidden_topic(compression):
    with Session(compression) as session:
        for kind in ("subscribe", "publish"):
            reply = session.request(type=kind, topic="secret/1", data=1)
            assert reply["type"] == "error", reply
            assert reply["code"] == "permission_denied", reply
        session.send(type="ping")
        session.next_of("pong")


def answers_pings(compression):
    with Session(compression) as session:
        assert session.socket.ping(b"payload").wait(TIMEOUT_S)
        session.send(type="ping")
        session.next_of("pong")


def takes_fragments(compression):
    topic = new_topic()
    with Session(compression) as session:
        session.request(type="subscribe", topic=topic)
        text = json.dumps({"type": "publish", "topic": topic, "data": "in three parts"})
        session.socket.send(iter([text[:5], text[5:20], text[20:]]))
        assert session.next_of("message")["data"] == "in three parts"


def closes_cleanly(compression):
    with Session(compression) as session:
        session.socket.close(code=1000)
        try:
            # What the hub subscribes every user to is told at about the time of the welcome, so it
            # may have come before the close.
            frame = json.loads(session.socket.recv(timeout=TIMEOUT_S))
            assert frame["type"] == "subscribed", f"{frame} came after the close"
            session.socket.recv(timeout=TIMEOUT_S)
        except ConnectionClosedOK as closed:
            assert closed.rcvd.code == 1000, closed
            return
        raise AssertionError("a frame came after the close")


def refuses_a_forged_token(compression):
    header, claims, _ = TOKEN.split(".")
    forged = f"{URL}?token={header}.{claims}.{'A' * 43}"
    try:
        with connect(forged, compression=compression, proxy=None):
            raise AssertionError("a forged token opened a connection")
    except InvalidStatus as refused:
        assert refused.response.status_code == 401, refused


CHECKS = [
    negotiates,
    delivers,
    leaves_out_the_publisher,
    refuses_a_forbidden_topic,
    answers_pings,
    takes_fragments,
    closes_cleanly,
    refuses_a_forged_token,
]


def main():
    failed = 0
    for compression, check in itertools.product((None, "deflate"), CHECKS):
        name = f"{check.__name__} ({compression or 'no compression'})"
        try:
            check(compression)
            print(f"ok      {name}")
        except Exception:  # Whatever it is, it is this check's failure, and the others still run.
            failed += 1
            print(f"FAILED  {name}")
            traceback.print_exc(file=sys.stdout)
    print(f"{2 * len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
