"""What the checks stand on: a receiver of webhooks, the emulator's human side, and what was shown so far.

Webhooks are read by `CloudEvent`, as the SDK has it done, and by the SDK's own types of events; events of Event Grid by the parser of
their library. Nothing here reads the wire by itself. Every wait is bounded.
"""

import json
import threading
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from azure.core.credentials import AzureKeyCredential
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent
from azure.communication.callautomation import (
    CallAutomationClient,
    CommunicationUserIdentifier,
    PhoneNumberIdentifier,
    TextSource,
)
from azure.communication.callautomation._generated import models

PATIENCE = 15.0
PREFIX = "Microsoft.Communication."
LINE = PhoneNumberIdentifier("+18005550100")
CALLER = PhoneNumberIdentifier("+16045550101")
CALLEE = PhoneNumberIdentifier("+16045550102")
OTHER = PhoneNumberIdentifier("+16045550103")
USER = CommunicationUserIdentifier(
    "8:acs:5354158d-4b03-4d17-9cf3-2f57a0a3b1c1_00000012-0000-0000-0000-000000000001"
)
AI = "https://ai.cognitiveservices.azure.com"


CHECKS = []


def check(*operations):
    """Keeps a check, with the operations that it shows."""

    def keep(run):
        CHECKS.append((run, operations))
        return run

    return keep


def words(text="Good morning."):
    return TextSource(text=text, voice_name="en-US-NancyNeural")


def sub_code(event):
    return event.data["resultInformation"]["subCode"]


def read(event):
    """A webhook as the SDK's own type of that name has it; without such a type nothing is read."""
    model = getattr(models, event.type.removeprefix(PREFIX), None)
    return None if model is None else model.deserialize(event.data)


class Receiver:
    """Takes webhooks on `/hooks` and events of Event Grid on `/grid`; on this port, or any."""

    def __init__(self, port=0):
        self.seen = []
        self.incoming = []
        self.news = threading.Condition()
        outer = self

        class Post(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = outer.grid(body) if self.path.startswith("/grid") else outer.hooks(body)
                out = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Post)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hooks(self, body):
        with self.news:
            for one in body:
                self.seen.append(CloudEvent.from_dict(one))
            self.news.notify_all()
        return {}

    def grid(self, body):
        with self.news:
            for one in body:
                event = EventGridEvent.from_dict(one)
                if event.event_type == "Microsoft.EventGrid.SubscriptionValidationEvent":
                    return {"validationResponse": event.data["validationCode"]}
                self.incoming.append(event)
            self.news.notify_all()
        return {}

    def until(self, find, what):
        end = time.monotonic() + PATIENCE
        with self.news:
            while True:
                found = find()
                if found is not None:
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{what} never came; there were {self.names()}")
                self.news.wait(left)

    def names(self):
        return [event.type.removeprefix(PREFIX) for event in self.seen[-12:]]

    def event(self, name, call, context=None):
        """The newest webhook of this name for a call, perhaps of one operation."""

        def find():
            for event in reversed(self.seen):
                data = event.data
                if (
                    event.type == PREFIX + name
                    and data["callConnectionId"] == call
                    and (context is None or data.get("operationContext") == context)
                ):
                    return event
            return None

        return self.until(find, f"{name} of {call}")


class Stand:
    """An emulator, a client of it, and somebody to act the people."""

    def __init__(self, endpoint, key, port=0, url=None):
        """Webhooks come to a port of this machine, perhaps by way of another address."""
        self.endpoint = endpoint.rstrip("/")
        self.client = CallAutomationClient(self.endpoint, AzureKeyCredential(key))
        self.receiver = Receiver(int(port))
        self.hooks = (url or self.receiver.url) + "/hooks"
        self.human("PUT", "event-grid", {"url": self.receiver.url + "/grid"})

    def human(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.endpoint}/emulator/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def phone(self, who, answer):
        raw = who.raw_id if who.raw_id else who.properties["value"]
        self.human("PUT", "phones/" + urllib.parse.quote(raw, safe=""), {"answer": answer})

    def rings(self):
        """Somebody dials the line: the context of the incoming call, as Event Grid brings it."""
        before = len(self.receiver.incoming)
        dialled = self.human("POST", "calls", {"from": CALLER.properties["value"], "to": LINE.properties["value"]})

        def find():
            for event in self.receiver.incoming[before:]:
                if event.event_type == PREFIX + "IncomingCall":
                    return event
            return None

        event = self.receiver.until(find, "IncomingCall")
        assert event.data["incomingCallContext"] == dialled["incomingCallContext"]
        return dialled["call"], event.data["incomingCallContext"]

    def called(self, target=CALLEE, **options):
        """A call that we placed, connected."""
        placed = self.client.create_call(
            target,
            self.hooks,
            source_caller_id_number=LINE,
            cognitive_services_endpoint=AI,
            **options,
        )
        self.receiver.event("CallConnected", placed.call_connection_id)
        return placed.call_connection_id, self.client.get_call_connection(placed.call_connection_id)

    def group(self, *targets, **options):
        """A group call that we placed, connected with everybody in it."""
        placed = self.client.create_group_call(
            list(targets), self.hooks, source_caller_id_number=LINE, cognitive_services_endpoint=AI, **options
        )
        call = placed.call_connection_id
        self.receiver.event("CallConnected", call)
        connection = self.client.get_call_connection(call)
        self.gathered(connection, len(targets))
        return call, connection

    def gathered(self, connection, many):
        """Waits until so many people are in a call."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if len(list(connection.list_participants())) == many:
                return
            time.sleep(0.02)
        raise AssertionError(f"there are not {many} in the call")

    def does(self, call, what, **body):
        """Somebody in the call acts."""
        return self.human("POST", f"calls/{call}/{what}", body)

    @contextmanager
    def time_stands(self):
        """What takes time does not get done meanwhile, and nobody is too late."""
        self.human("POST", "clock", {"clock": "manual"})
        try:
            yield
        finally:
            self.human("POST", "clock", {"clock": "fast"})

    @contextmanager
    def faults(self, **faults):
        """What goes wrong meanwhile."""
        self.human("PUT", "faults", faults)
        try:
            yield
        finally:
            self.human("PUT", "faults", {})
