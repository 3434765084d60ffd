"""The PyPI package `cent`, Centrifugo's server library, as it comes, against the running binary.

`cargo xtask conform interop` starts the binary and sets the environment. What the API does to
clients is heard by one that speaks the native protocol, and by one that speaks Centrifugo's.
"""

import asyncio
import json
import os
import sys
import time
import traceback
import uuid

import cent
from websockets.sync.client import connect

URL = os.environ["WIREHUB_TEST_URL"]
CENTRIFUGE_URL = URL.removesuffix("/ws") + "/connection/websocket"
TOKEN = os.environ["WIREHUB_TEST_TOKEN"]
API = os.environ["WIREHUB_TEST_ADMIN"] + "/centrifugo/api"
KEY = os.environ["WIREHUB_TEST_API_KEY"]
TIMEOUT_S = 10
USER = "u1"


class Listener:
    """A client of user `u1` that hears what happens to it."""

    def __init__(self):
        # `proxy=None`: a proxy of the environment is not for addresses of this machine.
        self.context = connect(f"{URL}?token={TOKEN}", proxy=None)

    def __enter__(self):
        self.socket = self.context.__enter__()
        self.name = self.next()["connection"]
        return self

    def __exit__(self, *failure):
        return self.context.__exit__(*failure)

    def next(self):
        """The next message that is not about the channel every user has of its own."""
        while True:
            message = json.loads(self.socket.recv(timeout=TIMEOUT_S))
            if not message.get("topic", "").startswith("personal/"):
                return message

    def subscribe(self, topic):
        self.socket.send(json.dumps({"type": "subscribe", "id": 1, "topic": topic}))
        reply = self.next()
        assert reply["type"] == "ok", reply

    def closed(self):
        """The code of the close frame that comes next."""
        try:
            raise AssertionError(f"{self.next()} instead of a close frame")
        except Exception as error:
            if getattr(error, "rcvd", None) is None:
                raise
            return error.rcvd.code


class Centrifuge:
    """A client of user `u1` that speaks Centrifugo's protocol in JSON."""

    def __init__(self):
        self.context = connect(CENTRIFUGE_URL, proxy=None)
        self.unread = []

    def __enter__(self):
        self.socket = self.context.__enter__()
        self.socket.send(json.dumps({"id": 1, "connect": {"token": TOKEN}}))
        self.name = self.next(lambda reply: reply.get("id") == 1)["connect"]["client"]
        return self

    def __exit__(self, *failure):
        return self.context.__exit__(*failure)

    def next(self, fits):
        while True:
            while self.unread:
                reply = self.unread.pop(0)
                if fits(reply):
                    return reply
            text = self.socket.recv(timeout=TIMEOUT_S)
            self.unread = [json.loads(line) for line in text.split("\n") if line]

    def push(self, channel):
        """The next push about a channel."""
        fits = lambda reply: reply.get("push", {}).get("channel") == channel
        return self.next(fits)["push"]

    def closed(self):
        """The code of the close frame that comes next."""
        try:
            raise AssertionError(f"{self.next(lambda _: True)} instead of a close frame")
        except Exception as error:
            if getattr(error, "rcvd", None) is None:
                raise
            return error.rcvd.code


def kept():
    """A channel whose topic keeps history and who is on it."""
    return f"orders:room:{uuid.uuid4()}"


def topic_of(channel):
    return channel.replace(":", "/")


def refused(code, call):
    try:
        raise AssertionError(f"{call()} instead of error {code}")
    except cent.CentApiResponseError as error:
        assert error.code == code, error


def publishes(client):
    channel = kept()
    with Listener() as listener:
        listener.subscribe(topic_of(channel))
        data = {"total": 12.5, "name": "Åse 北京 🚚", "big": "wirehub " * 6000}
        request = cent.PublishRequest(channel=channel, data=data, tags={"event": "paid"})
        placed = client.publish(request)
        assert placed.offset == 1 and placed.epoch, placed
        message = listener.next()
        assert (message["data"], message["event"]) == (data, "paid"), message
        request = cent.PublishRequest(channel=channel, data=None, b64data="AP8=")
        assert client.publish(request).offset == 2
        assert listener.next()["binary"] == "AP8="


def publishes_once(client):
    request = cent.PublishRequest(channel=kept(), data=1, idempotency_key="order 42")
    first = client.publish(request)
    assert client.publish(request) == first
    top = client.history(cent.HistoryRequest(channel=request.channel))
    assert top.offset == 1, top


def broadcasts(client):
    channels = [kept() for _ in range(5)]
    result = client.broadcast(cent.BroadcastRequest(channels=channels + [""], data={"n": 1}))
    *good, bad = result.responses
    assert [one.result.offset for one in good] == [1] * 5, result
    assert bad.result is None and bad.error.code == 107, bad


def subscribes_and_unsubscribes(client):
    channel = kept()
    with Listener() as listener, Listener() as other:
        request = cent.SubscribeRequest(
            user=USER, channel=channel, client=listener.name, info={"role": "guest"}
        )
        assert client.subscribe(request) == cent.SubscribeResult()
        subscribed = listener.next()
        assert subscribed["type"] == "subscribed", subscribed
        assert subscribed["topic"] == topic_of(channel), subscribed

        here = client.presence(cent.PresenceRequest(channel=channel)).presence
        assert list(here) == [listener.name], here
        assert here[listener.name].user == USER, here
        assert here[listener.name].conn_info == {"role": "guest"}, here
        stats = client.presence_stats(cent.PresenceStatsRequest(channel=channel))
        assert (stats.num_clients, stats.num_users) == (1, 1), stats

        client.subscribe(cent.SubscribeRequest(user=USER, channel=channel))
        assert other.next()["type"] == "subscribed"
        found = client.channels(cent.ChannelsRequest(pattern="orders:room:*")).channels
        assert found[channel].num_clients == 2, found

        client.unsubscribe(cent.UnsubscribeRequest(user=USER, channel=channel))
        for one in (listener, other):
            assert one.next()["type"] == "unsubscribed"
        found = client.channels(cent.ChannelsRequest(pattern=channel)).channels
        assert found == {}, found


def recovers_a_subscriber(client):
    channel = kept()
    first = client.publish(cent.PublishRequest(channel=channel, data=1))
    client.publish(cent.PublishRequest(channel=channel, data=2))
    since = cent.StreamPosition(offset=first.offset, epoch=first.epoch)
    with Listener() as listener:
        request = cent.SubscribeRequest(
            user=USER, channel=channel, client=listener.name, recover_since=since
        )
        client.subscribe(request)
        assert listener.next()["recovered"] is True
        assert listener.next()["data"] == 2


def disconnects(client):
    with Listener() as listener, Listener() as spared:
        request = cent.DisconnectRequest(user=USER, whitelist=[spared.name])
        client.disconnect(request)
        assert listener.closed() == 4410
        request = cent.DisconnectRequest(
            user=USER, client=spared.name, disconnect=cent.Disconnect(code=4000, reason="later")
        )
        client.disconnect(request)
        assert spared.closed() == 1012


def refreshes(client):
    with Listener() as listener:
        tomorrow = int(time.time()) + 86_400
        request = cent.RefreshRequest(user=USER, client=listener.name, expire_at=tomorrow)
        client.refresh(request)
        client.refresh(cent.RefreshRequest(user=USER, client=listener.name, expired=True))
        assert listener.closed() == 4402


def is_heard_by_clients_of_centrifugo(client):
    channel = kept()
    with Centrifuge() as listener:
        one = {"user": USER, "client": listener.name}
        client.subscribe(cent.SubscribeRequest(channel=channel, **one))
        assert "subscribe" in listener.push(channel)
        tags = {"event": "paid", "side": "buy"}
        request = cent.PublishRequest(channel=channel, data={"n": 1}, tags=tags)
        placed = client.publish(request)
        said = listener.push(channel)["pub"]
        expected = {"data": {"n": 1}, "offset": placed.offset, "tags": tags}
        assert expected.items() <= said.items(), said
        past = client.history(cent.HistoryRequest(channel=channel, limit=1)).publications
        assert past[0].tags == tags, past
        in_an_hour = int(time.time()) + 3_600
        client.refresh(cent.RefreshRequest(expire_at=in_an_hour, **one))
        renewed = listener.next(lambda said: "refresh" in said.get("push", {}))["push"]["refresh"]
        assert renewed["expires"] and 3_590 < renewed["ttl"] <= 3_600, renewed
        here = client.presence(cent.PresenceRequest(channel=channel)).presence
        assert list(here) == [listener.name], here
        client.unsubscribe(cent.UnsubscribeRequest(channel=channel, **one))
        ended = listener.push(channel)["unsubscribe"]
        assert ended["code"] == 2000, ended
        client.disconnect(cent.DisconnectRequest(**one))
        assert listener.closed() == 3503
    with Centrifuge() as listener:
        one = {"user": USER, "client": listener.name}
        client.refresh(cent.RefreshRequest(expired=True, **one))
        assert listener.closed() == 3005


def reads_history(client):
    channel = kept()
    for number in range(1, 8):
        placed = client.publish(cent.PublishRequest(channel=channel, data=number))

    def offsets(**page):
        result = client.history(cent.HistoryRequest(channel=channel, **page))
        assert (result.offset, result.epoch) == (7, placed.epoch), result
        return [publication.offset for publication in result.publications]

    def since(offset):
        return cent.StreamPosition(offset=offset, epoch=placed.epoch)

    assert offsets() == []
    assert offsets(limit=-1) == [1, 2, 3, 4, 5, 6, 7]
    assert offsets(limit=2) == [1, 2]
    assert offsets(limit=2, reverse=True) == [7, 6]
    assert offsets(limit=100, since=since(5)) == [6, 7]
    assert offsets(limit=2, since=since(5), reverse=True) == [4, 3]
    elsewhere = cent.StreamPosition(offset=5, epoch="elsewhere")
    request = cent.HistoryRequest(channel=channel, limit=1, since=elsewhere)
    refused(112, lambda: client.history(request))
    client.history_remove(cent.HistoryRemoveRequest(channel=channel))
    assert offsets(limit=-1) == []


def tells_of_the_node(client):
    with Listener():
        (node,) = client.info(cent.InfoRequest()).nodes
        assert node.num_clients >= 1 and node.num_users >= 1, node
        assert node.name == "wirehub" and node.version and node.uptime >= 0, node


def answers_a_batch(client):
    channel = kept()
    for parallel in (False, True):
        requests = [
            cent.PublishRequest(channel=channel, data=1),
            cent.BroadcastRequest(channels=[channel], data=2),
            cent.PresenceStatsRequest(channel=channel),
            cent.InfoRequest(),
        ]
        result = client.batch(cent.BatchRequest(requests=requests, parallel=parallel))
        published, broadcast, stats, info = result.replies
        assert published.offset > 0, published
        assert broadcast.responses[0].result.offset > 0, broadcast
        assert stats.num_clients == 0 and len(info.nodes) == 1, result


def tells_errors_apart(client):
    refused(107, lambda: client.publish(cent.PublishRequest(channel="", data=1)))
    many = cent.PublishRequest(channel=kept(), data=1, tags={str(n): "" for n in range(33)})
    refused(107, lambda: client.publish(many))
    refused(108, lambda: client.presence(cent.PresenceRequest(channel="orders:plain")))
    refused(108, lambda: client.history(cent.HistoryRequest(channel="orders:plain")))
    try:
        client.block_user(cent.BlockUserRequest(user=USER))
        raise AssertionError("the commercial edition's methods are not there")
    except cent.CentTransportError as error:
        assert error.status_code == 404, error


def needs_the_key(_):
    try:
        cent.Client(API, "another key").info(cent.InfoRequest())
        raise AssertionError("any key is good")
    except cent.CentUnauthorizedError:
        pass


def works_without_waiting(_):
    async def work():
        async with cent.AsyncClient(API, KEY) as client:
            channel = kept()
            requests = [cent.PublishRequest(channel=channel, data=number) for number in range(50)]
            placed = await asyncio.gather(*(client.publish(request) for request in requests))
            assert sorted(one.offset for one in placed) == list(range(1, 51)), placed

    asyncio.run(work())


CHECKS = [
    publishes,
    publishes_once,
    broadcasts,
    subscribes_and_unsubscribes,
    recovers_a_subscriber,
    disconnects,
    refreshes,
    is_heard_by_clients_of_centrifugo,
    reads_history,
    tells_of_the_node,
    answers_a_batch,
    tells_errors_apart,
    needs_the_key,
    works_without_waiting,
]


def main():
    client = cent.Client(API, KEY, timeout=TIMEOUT_S)
    failed = 0
    for check in CHECKS:
        try:
            check(client)
            print(f"ok      {check.__name__}")
        except Exception:  # Whatever it is, it is this check's failure, and the others still run.
            failed += 1
            print(f"FAILED  {check.__name__}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
