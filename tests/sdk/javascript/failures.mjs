// Checks of what fails after it was accepted: requests that the emulator takes, and the webhooks that say what became of them.

import assert from "node:assert/strict";
import { AI, CALLEE, OTHER, USER, check } from "./stand.mjs";

// Nobody listens there.
const NOWHERE = "ws://127.0.0.1:1/nowhere";

check(["answerCall"], "the caller leaves before the answer connects", async (stand) => {
  const [dialled, context] = await stand.rings();
  await stand.whileTimeStands(async () => {
    const answered = await stand.client.answerCall(context, stand.hooks, { operationContext: "too late" });
    await stand.does(dialled, "hangup");
    const call = answered.callConnectionProperties.callConnectionId;
    const failed = await stand.receiver.event("AnswerFailed", call, "too late");
    assert.ok(failed.resultInformation.code >= 400);
    await stand.receiver.event("CallDisconnected", call);
  });
});

check(["connectCall"], "a call ends before it is joined", async (stand) => {
  const [, connection] = await stand.group(CALLEE, OTHER);
  const { serverCallId } = await connection.getCallConnectionProperties();
  await stand.whileTimeStands(async () => {
    const locator = { id: serverCallId, kind: "serverCallLocator" };
    const options = { callIntelligenceOptions: AI, operationContext: "join" };
    const joined = await stand.client.connectCall(locator, stand.hooks, options);
    await connection.hangUp(true);
    const call = joined.callConnectionProperties.callConnectionId;
    assert.equal((await stand.receiver.event("ConnectFailed", call, "join")).resultInformation.subCode, 10076);
    await stand.receiver.event("CallDisconnected", call);
  });
});

check(["removeParticipant"], "who is not there is not removed", async (stand) => {
  const [call, connection] = await stand.called();
  await connection.removeParticipant(OTHER, { operationContext: "nobody" });
  const failed = await stand.receiver.event("RemoveParticipantFailed", call, "nobody");
  assert.equal(failed.resultInformation.subCode, 8558);
  assert.equal(failed.participant.phoneNumber, OTHER.phoneNumber);
  await connection.hangUp(true);
});

check(["moveParticipants"], "who is not there is not moved", async (stand) => {
  const [from, giving] = await stand.called();
  const [to, taking] = await stand.group(OTHER, USER);
  await taking.moveParticipants([OTHER], from, { operationContext: "nobody" });
  const failed = await stand.receiver.event("MoveParticipantFailed", to, "nobody");
  assert.equal(failed.resultInformation.subCode, 8558);
  assert.equal(failed.fromCall, from);
  await giving.hangUp(true);
  await taking.hangUp(true);
});

check(["hold"], "music that cannot be fetched", async (stand) => {
  const [call, connection] = await stand.called();
  const url = "https://files.example/no-music.wav";
  await stand.human("PUT", "media", { uri: url, available: false });
  const playSource = { kind: "fileSource", url };
  await connection.getCallMedia().hold(CALLEE, { playSource, operationContext: "silence" });
  assert.equal((await stand.receiver.event("HoldFailed", call, "silence")).resultInformation.subCode, 8536);
  assert.equal((await connection.getParticipant(CALLEE)).isOnHold, false);
  await connection.hangUp(true);
});

check(["startContinuousDtmfRecognition"], "a key that cannot be processed", async (stand) => {
  const [call, connection] = await stand.called();
  await connection.getCallMedia().startContinuousDtmfRecognition(CALLEE, { operationContext: "noise" });
  await stand.withFaults({ failTones: 1 }, async () => {
    await stand.does(call, "press", { digits: "5" });
    const failed = await stand.receiver.event("ContinuousDtmfRecognitionToneFailed", call, "noise");
    assert.ok(failed.resultInformation.code >= 400);
  });
  await connection.hangUp(true);
});

check(["sendDtmfTones"], "who is sent keys leaves", async (stand) => {
  const [call, connection] = await stand.called();
  await stand.whileTimeStands(async () => {
    await connection.getCallMedia().sendDtmfTones(["one", "two"], CALLEE, { operationContext: "lost" });
    await stand.does(call, "hangup");
    assert.equal((await stand.receiver.event("SendDtmfTonesFailed", call, "lost")).resultInformation.subCode, 8558);
    await stand.receiver.event("CallDisconnected", call);
  });
});

check(["startMediaStreaming"], "a stream that goes nowhere", async (stand) => {
  const mediaStreamingOptions = {
    transportUrl: NOWHERE,
    transportType: "websocket",
    contentType: "audio",
    audioChannelType: "mixed",
    startMediaStreaming: false,
  };
  const [call, connection] = await stand.called(CALLEE, { mediaStreamingOptions });
  await connection.getCallMedia().startMediaStreaming({ operationContext: "nowhere" });
  const failed = await stand.receiver.event("MediaStreamingFailed", call, "nowhere");
  assert.equal(failed.resultInformation.subCode, 8581);
  assert.equal(failed.mediaStreamingUpdate.mediaStreamingStatusDetails, "initialWebSocketConnectionFailed");
  await connection.hangUp(true);
});

check(["startTranscription"], "a transcription that goes nowhere", async (stand) => {
  const transcriptionOptions = {
    transportUrl: NOWHERE,
    transportType: "websocket",
    locale: "en-US",
    startTranscription: false,
  };
  const [call, connection] = await stand.called(CALLEE, { transcriptionOptions });
  await connection.getCallMedia().startTranscription({ operationContext: "nowhere" });
  const failed = await stand.receiver.event("TranscriptionFailed", call, "nowhere");
  assert.equal(failed.resultInformation.subCode, 8581);
  assert.equal(failed.transcriptionUpdate.transcriptionStatusDetails, "streamConnectionUnsuccessful");
  await connection.hangUp(true);
});

check(["recording.start"], "a recording without a place", async (stand) => {
  const [call, connection] = await stand.called();
  const { serverCallId } = await connection.getCallConnectionProperties();
  const { recordingId } = await stand.client.getCallRecording().start({
    callLocator: { id: serverCallId, kind: "serverCallLocator" },
    recordingStateCallbackEndpointUrl: stand.hooks,
    recordingStorage: {
      recordingStorageKind: "azureBlobStorage",
      recordingDestinationContainerUrl: "https://container.invalid/recordings",
    },
  });
  const failed = await stand.receiver.event("StartRecordingFailed", call);
  assert.equal(failed.recordingId, recordingId);
  assert.ok(failed.resultInformation.code >= 400);
  await connection.hangUp(true);
});
