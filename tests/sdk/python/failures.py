"""Checks of what fails after it was accepted: requests that the emulator takes, and the webhooks that say what became of them."""

from azure.communication.callautomation import (
    AzureBlobContainerRecordingStorage,
    DtmfTone,
    FileSource,
    MediaStreamingOptions,
    TranscriptionOptions,
)
from stand import AI, CALLEE, OTHER, USER, check, sub_code

# Nobody listens there.
NOWHERE = "ws://127.0.0.1:1/nowhere"


@check("answer_call")
def the_caller_leaves_before_the_answer_connects(stand):
    dialled, context = stand.rings()
    with stand.time_stands():
        answered = stand.client.answer_call(context, stand.hooks, operation_context="too late")
        stand.does(dialled, "hangup")
        call = answered.call_connection_id
        failed = stand.receiver.event("AnswerFailed", call, "too late")
        assert failed.data["resultInformation"]["code"] >= 400
        stand.receiver.event("CallDisconnected", call)


@check("connect_call")
def a_call_ends_before_it_is_joined(stand):
    _, connection = stand.group(CALLEE, OTHER)
    server = connection.get_call_properties().server_call_id
    with stand.time_stands():
        joined = stand.client.connect_call(
            stand.hooks, server_call_id=server, cognitive_services_endpoint=AI, operation_context="join"
        )
        connection.hang_up(True)
        failed = stand.receiver.event("ConnectFailed", joined.call_connection_id, "join")
        assert sub_code(failed) == 10076
        stand.receiver.event("CallDisconnected", joined.call_connection_id)


@check("remove_participant")
def who_is_not_there_is_not_removed(stand):
    call, connection = stand.called()
    connection.remove_participant(OTHER, operation_context="nobody")
    failed = stand.receiver.event("RemoveParticipantFailed", call, "nobody")
    assert sub_code(failed) == 8558
    assert failed.data["participant"]["rawId"] == OTHER.raw_id
    connection.hang_up(True)


@check("move_participants")
def who_is_not_there_is_not_moved(stand):
    from_call, giving = stand.called()
    to_call, taking = stand.group(OTHER, USER)
    taking.move_participants([OTHER], from_call, operation_context="nobody")
    failed = stand.receiver.event("MoveParticipantFailed", to_call, "nobody")
    assert sub_code(failed) == 8558
    assert failed.data["fromCall"] == from_call
    giving.hang_up(True)
    taking.hang_up(True)


@check("hold")
def music_that_cannot_be_fetched(stand):
    call, connection = stand.called()
    music = "https://files.example/no-music.wav"
    stand.human("PUT", "media", {"uri": music, "available": False})
    connection.hold(CALLEE, play_source=FileSource(url=music), operation_context="silence")
    assert sub_code(stand.receiver.event("HoldFailed", call, "silence")) == 8536
    assert connection.get_participant(CALLEE).is_on_hold is False
    connection.hang_up(True)


@check("start_continuous_dtmf_recognition")
def a_key_that_cannot_be_processed(stand):
    call, connection = stand.called()
    connection.start_continuous_dtmf_recognition(CALLEE, operation_context="noise")
    with stand.faults(failTones=1):
        stand.does(call, "press", digits="5")
        failed = stand.receiver.event("ContinuousDtmfRecognitionToneFailed", call, "noise")
        assert failed.data["resultInformation"]["code"] >= 400
    connection.hang_up(True)


@check("send_dtmf_tones")
def who_is_sent_keys_leaves(stand):
    call, connection = stand.called()
    with stand.time_stands():
        connection.send_dtmf_tones([DtmfTone.ONE, DtmfTone.TWO], CALLEE, operation_context="lost")
        stand.does(call, "hangup")
        assert sub_code(stand.receiver.event("SendDtmfTonesFailed", call, "lost")) == 8558
        stand.receiver.event("CallDisconnected", call)


@check("start_media_streaming")
def a_stream_that_goes_nowhere(stand):
    streaming = MediaStreamingOptions(
        transport_url=NOWHERE,
        transport_type="websocket",
        content_type="audio",
        audio_channel_type="mixed",
        start_media_streaming=False,
    )
    call, connection = stand.called(media_streaming=streaming)
    connection.start_media_streaming(operation_context="nowhere")
    failed = stand.receiver.event("MediaStreamingFailed", call, "nowhere")
    assert sub_code(failed) == 8581
    details = failed.data["mediaStreamingUpdate"]["mediaStreamingStatusDetails"]
    assert details == "initialWebSocketConnectionFailed", details
    connection.hang_up(True)


@check("start_transcription")
def a_transcription_that_goes_nowhere(stand):
    transcription = TranscriptionOptions(
        transport_url=NOWHERE, transport_type="websocket", locale="en-US", start_transcription=False
    )
    call, connection = stand.called(transcription=transcription)
    connection.start_transcription(operation_context="nowhere")
    failed = stand.receiver.event("TranscriptionFailed", call, "nowhere")
    assert sub_code(failed) == 8581
    details = failed.data["transcriptionUpdate"]["transcriptionStatusDetails"]
    assert details == "streamConnectionUnsuccessful", details
    connection.hang_up(True)


@check("start_recording")
def a_recording_without_a_place(stand):
    call, connection = stand.called()
    server = connection.get_call_properties().server_call_id
    recording = stand.client.start_recording(
        server_call_id=server,
        recording_state_callback_url=stand.hooks,
        recording_storage=AzureBlobContainerRecordingStorage(container_url="https://container.invalid/recordings"),
    ).recording_id
    failed = stand.receiver.event("StartRecordingFailed", call)
    assert failed.data["recordingId"] == recording
    assert failed.data["resultInformation"]["code"] >= 400
    connection.hang_up(True)
