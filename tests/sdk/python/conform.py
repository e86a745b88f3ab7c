"""Drives the emulator through every public operation of the official Python SDK.

    conform.py ENDPOINT ACCESS_KEY HOOKS_PORT HOOKS_URL STREAMS [CHECK…]

Webhooks are sent to HOOKS_URL and come in at HOOKS_PORT, streams go to STREAMS. Each check shows what it names with a line
`ok OPERATION`; each kind of webhook that the SDK's own type of that name read is a line `event NAME`. The first thing that is not as the platform's contract says ends a check with a line `failed CHECK: why`; the exit
code is the number of those.
"""

import sys
import traceback

from azure.core.exceptions import HttpResponseError
from azure.communication.callautomation import (
    DtmfTone,
    FileSource,
    MediaStreamingOptions,
    RecognitionChoice,
    RecognizeInputType,
    SsmlSource,
    TranscriptionOptions,
)
import failures  # noqa: F401  its checks are run with these
from stand import AI, CALLEE, CHECKS, LINE, OTHER, PREFIX, USER, Stand, check, read, sub_code, words

def refused(code, run):
    """The platform says no, with this sub-code."""
    try:
        run()
    except HttpResponseError as error:
        assert error.error.code == str(code), f"{error.error.code} rather than {code}: {error.message}"
        return error
    raise AssertionError(f"it was taken, though {code} was due")


@check("create_call", "get_call_properties", "hang_up")
def a_call_is_placed_and_ended(stand):
    call, connection = stand.called(operation_context="first")
    connected = stand.receiver.event("CallConnected", call)
    assert connected.data["operationContext"] == "first"
    now = connection.get_call_properties()
    assert now.call_connection_state == "connected"
    assert now.server_call_id == connected.data["serverCallId"]
    assert now.source_caller_id_number.properties["value"] == LINE.properties["value"]
    assert [one.properties["value"] for one in now.targets] == [CALLEE.properties["value"]]
    stand.receiver.event("ParticipantsUpdated", call)
    connection.hang_up(False)
    stand.receiver.event("CallDisconnected", call)
    refused(8522, connection.get_call_properties)


@check("create_call")
def a_call_that_is_not_taken_fails(stand):
    for answer in ("busy", "decline", "unreachable"):
        stand.phone(OTHER, answer)
        placed = stand.client.create_call(OTHER, stand.hooks, source_caller_id_number=LINE)
        failed = stand.receiver.event("CreateCallFailed", placed.call_connection_id)
        assert failed.data["resultInformation"]["code"] >= 400
    stand.phone(OTHER, "0s")


@check("create_group_call", "list_participants", "get_participant", "terminate")
def a_group_is_called(stand):
    call, connection = stand.group(CALLEE, OTHER)
    everybody = list(connection.list_participants())
    numbers = sorted(one.identifier.properties["value"] for one in everybody)
    assert numbers == [CALLEE.properties["value"], OTHER.properties["value"]]
    one = connection.get_participant(CALLEE)
    assert one.identifier.properties["value"] == CALLEE.properties["value"]
    assert one.is_muted is False and one.is_on_hold is False
    connection.hang_up(True)
    stand.receiver.event("CallDisconnected", call)


@check("answer_call")
def an_incoming_call_is_answered(stand):
    dialled, context = stand.rings()
    answered = stand.client.answer_call(context, stand.hooks, cognitive_services_endpoint=AI, operation_context="pick up")
    call = answered.call_connection_id
    assert stand.receiver.event("CallConnected", call).data["operationContext"] == "pick up"
    refused(8523, lambda: stand.client.answer_call(context, stand.hooks))
    stand.does(dialled, "hangup")
    stand.receiver.event("CallDisconnected", call)


@check("reject_call")
def an_incoming_call_is_rejected(stand):
    dialled, context = stand.rings()
    stand.client.reject_call(context, call_reject_reason="busy")
    assert stand.human("GET", f"calls/{dialled}")["end"] == "rejected"


@check("redirect_call")
def an_incoming_call_is_redirected(stand):
    dialled, context = stand.rings()
    stand.client.redirect_call(context, USER)
    assert stand.human("GET", f"calls/{dialled}")["end"] == "redirected"


@check("connect_call")
def an_ongoing_call_is_connected_to(stand):
    first, connection = stand.group(CALLEE, OTHER)
    server = connection.get_call_properties().server_call_id
    joined = stand.client.connect_call(stand.hooks, server_call_id=server, cognitive_services_endpoint=AI)
    assert joined.call_connection_id != first
    stand.receiver.event("CallConnected", joined.call_connection_id)
    connection.hang_up(True)
    stand.receiver.event("CallDisconnected", joined.call_connection_id)


@check("transfer_call_to_participant")
def a_call_is_transferred(stand):
    call, connection = stand.called()
    stand.phone(OTHER, "busy")
    connection.transfer_call_to_participant(OTHER, operation_context="no", source_caller_id_number=LINE)
    stand.receiver.event("CallTransferFailed", call, "no")
    stand.phone(OTHER, "0s")
    connection.transfer_call_to_participant(
        OTHER, operation_context="yes", sip_headers={"X-MS-Custom-case": "17"}, voip_headers={"case": "17"}
    )
    stand.receiver.event("CallTransferAccepted", call, "yes")
    stand.receiver.event("CallDisconnected", call)


@check("transfer_call_to_participant")
def one_of_a_group_is_transferred(stand):
    call, connection = stand.group(CALLEE, USER)
    connection.transfer_call_to_participant(OTHER, transferee=CALLEE, operation_context="one")
    accepted = stand.receiver.event("CallTransferAccepted", call, "one")
    assert accepted.data["transferee"]["rawId"] == CALLEE.raw_id
    connection.hang_up(True)


@check("add_participant", "remove_participant")
def somebody_is_added_and_removed(stand):
    call, connection = stand.called()
    added = connection.add_participant(OTHER, source_caller_id_number=LINE, operation_context="in")
    assert added.invitation_id
    event = stand.receiver.event("AddParticipantSucceeded", call, "in")
    assert event.data["participant"]["rawId"] == OTHER.raw_id
    stand.gathered(connection, 2)
    connection.remove_participant(OTHER, operation_context="out")
    stand.receiver.event("RemoveParticipantSucceeded", call, "out")
    stand.phone(OTHER, "decline")
    connection.add_participant(OTHER, source_caller_id_number=LINE, operation_context="again")
    stand.receiver.event("AddParticipantFailed", call, "again")
    stand.phone(OTHER, "0s")
    connection.hang_up(True)


@check("cancel_add_participant_operation")
def an_invitation_is_taken_back(stand):
    call, connection = stand.called()
    stand.phone(OTHER, "never")
    added = connection.add_participant(OTHER, source_caller_id_number=LINE, operation_context="in")
    connection.cancel_add_participant_operation(added.invitation_id, operation_context="back")
    cancelled = stand.receiver.event("CancelAddParticipantSucceeded", call, "back")
    assert cancelled.data["invitationId"] == added.invitation_id
    connection.cancel_add_participant_operation(added.invitation_id, operation_context="twice")
    stand.receiver.event("CancelAddParticipantFailed", call, "twice")
    stand.phone(OTHER, "0s")
    connection.hang_up(True)


@check("mute_participant")
def a_user_is_muted(stand):
    call, connection = stand.group(CALLEE, USER)
    connection.mute_participant(USER)
    assert connection.get_participant(USER).is_muted is True
    connection.hang_up(True)


@check("hold", "unhold")
def somebody_is_held(stand):
    call, connection = stand.called()
    connection.hold(CALLEE, play_source=words("Please wait."), operation_context="wait")
    assert connection.get_participant(CALLEE).is_on_hold is True
    connection.unhold(CALLEE, operation_context="go on")
    assert connection.get_participant(CALLEE).is_on_hold is False
    connection.hang_up(True)


@check("move_participants")
def somebody_is_moved(stand):
    from_call, giving = stand.called()
    to_call, taking = stand.group(OTHER, USER)
    moved = taking.move_participants([CALLEE], from_call, operation_context="over")
    assert moved is not None
    stand.receiver.event("MoveParticipantSucceeded", to_call, "over")
    stand.gathered(taking, 3)
    taking.hang_up(True)


@check("play_media_to_all", "play_media", "cancel_all_media_operations")
def words_are_played(stand):
    call, connection = stand.called()
    connection.play_media_to_all(words(), operation_context="all")
    stand.receiver.event("PlayStarted", call, "all")
    assert sub_code(stand.receiver.event("PlayCompleted", call, "all")) == 0
    ssml = SsmlSource(ssml_text='<speak version="1.0" xml:lang="en-US"><voice name="en-US-NancyNeural">Hello</voice></speak>')
    connection.play_media(ssml, play_to=[CALLEE], operation_context="one")
    stand.receiver.event("PlayCompleted", call, "one")
    connection.play_media_to_all(words("Again and again."), loop=True, operation_context="music")
    stand.receiver.event("PlayStarted", call, "music")
    connection.cancel_all_media_operations()
    stand.receiver.event("PlayCanceled", call, "music")
    stand.human("PUT", "media", {"uri": "https://files.example/gone.wav", "available": False})
    connection.play_media_to_all(FileSource(url="https://files.example/gone.wav"), operation_context="gone")
    stand.receiver.event("PlayFailed", call, "gone")
    connection.hang_up(True)


@check("start_recognizing_media")
def keys_are_recognized(stand):
    call, connection = stand.called()
    stand.receiver.event("ParticipantsUpdated", call)
    with stand.time_stands():
        connection.start_recognizing_media(
            RecognizeInputType.DTMF,
            CALLEE,
            dtmf_max_tones_to_collect=3,
            dtmf_stop_tones=[DtmfTone.POUND],
            dtmf_inter_tone_timeout=5,
            play_prompt=words("Your number, please."),
            interrupt_prompt=True,
            operation_context="keys",
        )
        stand.does(call, "press", digits="12#")
    done = stand.receiver.event("RecognizeCompleted", call, "keys")
    assert done.data["recognitionType"] == "dtmf"
    assert done.data["dtmfResult"]["tones"][:2] == ["one", "two"]
    connection.start_recognizing_media(
        RecognizeInputType.DTMF, CALLEE, dtmf_max_tones_to_collect=1, initial_silence_timeout=1, operation_context="none"
    )
    assert sub_code(stand.receiver.event("RecognizeFailed", call, "none")) == 8510
    connection.start_recognizing_media(
        RecognizeInputType.DTMF, CALLEE, dtmf_max_tones_to_collect=1, play_prompt=words("Long. " * 60), operation_context="cut"
    )
    connection.cancel_all_media_operations()
    stand.receiver.event("RecognizeCanceled", call, "cut")
    connection.hang_up(True)


@check("start_recognizing_media")
def words_are_recognized(stand):
    call, connection = stand.called()
    with stand.time_stands():
        connection.start_recognizing_media(
            RecognizeInputType.CHOICES,
            CALLEE,
            choices=[
                RecognitionChoice(label="yes", phrases=["yes", "of course"], tone=DtmfTone.ONE),
                RecognitionChoice(label="no", phrases=["no"], tone=DtmfTone.TWO),
            ],
            play_prompt=words("Yes or no?"),
            interrupt_prompt=True,
            operation_context="choice",
        )
        stand.does(call, "say", text="Of course!")
    done = stand.receiver.event("RecognizeCompleted", call, "choice")
    assert done.data["choiceResult"]["label"] == "yes"
    with stand.time_stands():
        connection.start_recognizing_media(
            RecognizeInputType.SPEECH, CALLEE, end_silence_timeout=1, speech_language="en-US", operation_context="speech"
        )
        stand.does(call, "say", text="A table for two.")
    done = stand.receiver.event("RecognizeCompleted", call, "speech")
    assert done.data["speechResult"]["speech"] == "A table for two."
    with stand.time_stands():
        connection.start_recognizing_media(
            RecognizeInputType.SPEECH_OR_DTMF,
            CALLEE,
            dtmf_max_tones_to_collect=1,
            end_silence_timeout=1,
            operation_context="either",
        )
        stand.does(call, "press", digits="4")
    done = stand.receiver.event("RecognizeCompleted", call, "either")
    assert done.data["dtmfResult"]["tones"] == ["four"]
    connection.hang_up(True)


@check("start_continuous_dtmf_recognition", "stop_continuous_dtmf_recognition")
def keys_are_watched(stand):
    call, connection = stand.called()
    connection.start_continuous_dtmf_recognition(CALLEE, operation_context="watch")
    stand.does(call, "press", digits="*7")
    tone = stand.receiver.event("ContinuousDtmfRecognitionToneReceived", call)
    assert tone.data["tone"] in ("asterisk", "seven") and tone.data["sequenceId"] >= 0
    connection.stop_continuous_dtmf_recognition(CALLEE, operation_context="enough")
    stand.receiver.event("ContinuousDtmfRecognitionStopped", call)
    connection.hang_up(True)


@check("send_dtmf_tones")
def keys_are_sent(stand):
    call, connection = stand.called()
    connection.send_dtmf_tones([DtmfTone.ONE, DtmfTone.POUND], CALLEE, operation_context="send")
    stand.receiver.event("SendDtmfTonesCompleted", call, "send")
    connection.hang_up(True)


@check("start_media_streaming", "stop_media_streaming")
def media_is_streamed(stand):
    streaming = MediaStreamingOptions(
        transport_url=stand.streams + "/media",
        transport_type="websocket",
        content_type="audio",
        audio_channel_type="mixed",
        start_media_streaming=False,
    )
    call, connection = stand.called(media_streaming=streaming)
    connection.start_media_streaming(operation_context="on")
    stand.receiver.event("MediaStreamingStarted", call)
    connection.stop_media_streaming(operation_context="off")
    stand.receiver.event("MediaStreamingStopped", call)
    connection.hang_up(True)


@check("start_transcription", "update_transcription", "stop_transcription")
def words_are_transcribed(stand):
    transcription = TranscriptionOptions(
        transport_url=stand.streams + "/words", transport_type="websocket", locale="en-US", start_transcription=False
    )
    call, connection = stand.called(transcription=transcription)
    connection.start_transcription(locale="en-GB", operation_context="on")
    stand.receiver.event("TranscriptionStarted", call)
    connection.update_transcription(locale="cy-GB")
    stand.receiver.event("TranscriptionUpdated", call)
    connection.stop_transcription(operation_context="off")
    stand.receiver.event("TranscriptionStopped", call)
    connection.hang_up(True)


@check(
    "start_recording",
    "get_recording_properties",
    "pause_recording",
    "resume_recording",
    "stop_recording",
)
def a_call_is_recorded(stand):
    call, connection = stand.called()
    server = connection.get_call_properties().server_call_id
    client = stand.client
    recording = client.start_recording(
        server_call_id=server,
        recording_content_type="audio",
        recording_channel_type="mixed",
        recording_format_type="wav",
        recording_state_callback_url=stand.hooks,
    ).recording_id
    stand.receiver.event("RecordingStateChanged", call)
    assert client.get_recording_properties(recording).recording_state == "active"
    client.pause_recording(recording)
    assert client.get_recording_properties(recording).recording_state == "inactive"
    client.resume_recording(recording)
    client.stop_recording(recording)

    def find():
        for event in stand.receiver.incoming:
            if event.event_type == PREFIX + "RecordingFileStatusUpdated":
                return event
        return None

    file = stand.receiver.until(find, "RecordingFileStatusUpdated")
    chunk = file.data["recordingStorageInfo"]["recordingChunks"][0]
    # The SDK fetches files over https, from the platform's own hosts only.
    try:
        b"".join(client.download_recording(chunk["contentLocation"]))
        raise AssertionError("the SDK fetches files from anywhere now: let it")
    except ValueError as error:
        assert "HTTPS" in str(error), error
    connection.hang_up(True)


def main():
    stand = Stand(*sys.argv[1:5])
    stand.streams = sys.argv[5]
    only = sys.argv[6:]
    failed = 0
    shown, not_shown = [], []
    for run, operations in CHECKS:
        if only and run.__name__ not in only:
            continue
        try:
            run(stand)
            shown += operations
        except Exception as error:  # whatever it was, the other checks say theirs too
            failed += 1
            not_shown += operations
            print(f"failed {run.__name__}: {type(error).__name__}: {error}")
            traceback.print_exc(limit=-2)
    for operation in sorted(set(shown) - set(not_shown)):
        print(f"ok {operation}")
    names, unread = set(), set()
    for event in stand.receiver.seen:
        own = read(event)
        as_sent = own is not None and own.call_connection_id == event.data["callConnectionId"]
        (names if as_sent else unread).add(event.type.removeprefix(PREFIX))
    for name in sorted(names - unread):
        print(f"event {name}")
    sys.stdout.flush()
    return min(failed, 100)


if __name__ == "__main__":
    sys.exit(main())
