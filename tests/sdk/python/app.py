"""An application as people write it with the SDK: answers, asks, transfers; and a caller who takes it to the end.

    app.py ENDPOINT ACCESS_KEY [HOOKS_PORT HOOKS_URL]

It knows nothing of the emulator but its address. The caller presses a wrong key first, then the right one. Prints what was heard
and `ok application`.
"""

import sys
import time

from azure.communication.callautomation import DtmfTone, RecognitionChoice, RecognizeInputType, TextSource
from stand import AI, CALLER, OTHER, PREFIX, Stand

CHOICES = [
    RecognitionChoice(label="sales", phrases=["sales"], tone=DtmfTone.ONE),
    RecognitionChoice(label="nobody", phrases=["nobody"], tone=DtmfTone.NINE),
]


def words(text):
    return TextSource(text=text, voice_name="en-US-NancyNeural")


class Application:
    """One call, moved on by the events that come in."""

    def __init__(self, client, hooks):
        self.client, self.hooks = client, hooks
        self.asked = 0
        self.over = False

    def incoming(self, data):
        answered = self.client.answer_call(data["incomingCallContext"], self.hooks, cognitive_services_endpoint=AI)
        self.call = self.client.get_call_connection(answered.call_connection_id)

    def ask(self, text):
        self.asked += 1
        self.call.start_recognizing_media(
            RecognizeInputType.CHOICES,
            CALLER,
            choices=CHOICES,
            play_prompt=words(text),
            interrupt_prompt=True,
            operation_context=f"menu-{self.asked}",
        )

    def event(self, event):
        name, data = event.type.removeprefix(PREFIX), event.data
        if name == "CallConnected":
            self.ask("For sales, press one.")
        elif name == "RecognizeFailed" and self.asked < 3:
            self.ask("That is not one of the choices. For sales, press one.")
        elif name == "RecognizeCompleted" and data["choiceResult"]["label"] == "sales":
            self.call.play_media_to_all(words("Connecting you to sales."), operation_context="connecting")
        elif name == "PlayCompleted":
            self.call.transfer_call_to_participant(OTHER)
        elif name == "CallTransferFailed":
            self.call.hang_up(True)
        elif name == "CallDisconnected":
            self.over = True


def seen(stand, call):
    return stand.human("GET", f"calls/{call}")


def until(what, holds):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError(f"never: {what}")


def main():
    stand = Stand(*sys.argv[1:5])
    app = Application(stand.client, stand.hooks)
    told = 0

    def run():
        nonlocal told
        while told < len(stand.receiver.seen):
            event = stand.receiver.seen[told]
            told += 1
            app.event(event)

    call, _ = stand.rings()
    app.incoming(stand.receiver.incoming[-1].data)
    for digits, asked in (("5", 1), ("1", 2)):
        until(f"question {asked}", lambda: (run(), app.asked >= asked and seen(stand, call)["playing"])[1])
        stand.does(call, "press", digits=digits)
    until("the end", lambda: (run(), app.over)[1])
    until("the transfer", lambda: seen(stand, call)["end"] == "transferred")
    for line in seen(stand, call)["transcript"]:
        print(line["at"], line["who"], line["did"], line.get("text", ""))
    heard = [line["text"] for line in seen(stand, call)["transcript"] if line["did"] == "heard"]
    assert heard[-1] == "Connecting you to sales.", heard
    assert app.asked == 2
    print("ok application")


if __name__ == "__main__":
    main()
