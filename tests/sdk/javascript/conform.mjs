// Drives the emulator through every public operation of the official JavaScript SDK.
//
//     node conform.mjs ENDPOINT ACCESS_KEY HOOKS_PORT HOOKS_URL STREAMS [CHECK…]
//
// Webhooks are sent to HOOKS_URL and come in at HOOKS_PORT, streams go to STREAMS. Each check shows what it names with a line
// `ok OPERATION`; each kind of webhook that the SDK's own parser read is a line `event NAME`. The first thing that is not as the platform's contract says ends a check with a line `failed CHECK: why`; the exit
// code is the number of those.

import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { AI, CALLEE, CHECKS, LINE, OTHER, Stand, USER, check, words } from "./stand.mjs";
import "./failures.mjs";

// The platform says no, with this sub-code.
const refused = (code, doing) =>
  assert.rejects(doing, (error) => {
    assert.equal(String(error.code), String(code), error.message);
    return true;
  });

check(["createCall", "getCallConnectionProperties", "hangUp"], "a call is placed and ended", async (stand) => {
  const [call, connection] = await stand.called(CALLEE, { operationContext: "first" });
  const connected = await stand.receiver.event("CallConnected", call);
  assert.equal(connected.operationContext, "first");
  const now = await connection.getCallConnectionProperties();
  assert.equal(now.callConnectionState, "connected");
  assert.equal(now.serverCallId, connected.serverCallId);
  assert.equal(now.targetParticipants[0].phoneNumber, CALLEE.phoneNumber);
  await stand.receiver.event("ParticipantsUpdated", call);
  await connection.hangUp(false);
  await stand.receiver.event("CallDisconnected", call);
  await refused(8522, () => connection.getCallConnectionProperties());
});

check(["createCall"], "a call that is not taken fails", async (stand) => {
  for (const answer of ["busy", "decline", "unreachable"]) {
    await stand.phone(OTHER, answer);
    const invite = { targetParticipant: OTHER, sourceCallIdNumber: LINE };
    const placed = await stand.client.createCall(invite, stand.hooks);
    const failed = await stand.receiver.event("CreateCallFailed", placed.callConnectionProperties.callConnectionId);
    assert.ok(failed.resultInformation.code >= 400);
  }
  await stand.phone(OTHER, "0s");
});

check(["createGroupCall", "listParticipants", "getParticipant", "terminate"], "a group is called", async (stand) => {
  const [call, connection] = await stand.group(CALLEE, OTHER);
  const numbers = (await connection.listParticipants()).values.map((one) => one.identifier.phoneNumber).sort();
  assert.deepEqual(numbers, [CALLEE.phoneNumber, OTHER.phoneNumber]);
  const one = await connection.getParticipant(CALLEE);
  assert.equal(one.identifier.phoneNumber, CALLEE.phoneNumber);
  assert.equal(one.isMuted, false);
  assert.equal(one.isOnHold, false);
  await connection.hangUp(true);
  await stand.receiver.event("CallDisconnected", call);
});

check(["answerCall"], "an incoming call is answered", async (stand) => {
  const [dialled, context] = await stand.rings();
  const options = { callIntelligenceOptions: AI, operationContext: "pick up" };
  const answered = await stand.client.answerCall(context, stand.hooks, options);
  const call = answered.callConnectionProperties.callConnectionId;
  await stand.receiver.event("CallConnected", call, "pick up");
  await refused(8523, () => stand.client.answerCall(context, stand.hooks));
  await stand.does(dialled, "hangup");
  await stand.receiver.event("CallDisconnected", call);
});

check(["rejectCall"], "an incoming call is rejected", async (stand) => {
  const [dialled, context] = await stand.rings();
  await stand.client.rejectCall(context, { callRejectReason: "busy" });
  assert.equal((await stand.human("GET", `calls/${dialled}`)).end, "rejected");
});

check(["redirectCall"], "an incoming call is redirected", async (stand) => {
  const [dialled, context] = await stand.rings();
  await stand.client.redirectCall(context, { targetParticipant: USER });
  assert.equal((await stand.human("GET", `calls/${dialled}`)).end, "redirected");
});

check(["connectCall"], "an ongoing call is connected to", async (stand) => {
  const [first, connection] = await stand.group(CALLEE, OTHER);
  const { serverCallId } = await connection.getCallConnectionProperties();
  const joined = await stand.client.connectCall({ id: serverCallId, kind: "serverCallLocator" }, stand.hooks);
  const call = joined.callConnectionProperties.callConnectionId;
  assert.notEqual(call, first);
  await stand.receiver.event("CallConnected", call);
  await connection.hangUp(true);
  await stand.receiver.event("CallDisconnected", call);
});

check(["transferCallToParticipant"], "a call is transferred", async (stand) => {
  const [call, connection] = await stand.called();
  await stand.phone(OTHER, "busy");
  await connection.transferCallToParticipant(OTHER, { operationContext: "no", sourceCallIdNumber: LINE });
  await stand.receiver.event("CallTransferFailed", call, "no");
  await stand.phone(OTHER, "0s");
  const customCallingContext = [
    { kind: "sipx", key: "case", value: "17", sipHeaderPrefix: "X-MS-Custom-" },
    { kind: "sipuui", key: "", value: "17" },
    { kind: "voip", key: "case", value: "17" },
  ];
  await connection.transferCallToParticipant(OTHER, { operationContext: "yes", customCallingContext });
  await stand.receiver.event("CallTransferAccepted", call, "yes");
  await stand.receiver.event("CallDisconnected", call);
});

check(["transferCallToParticipant"], "one of a group is transferred", async (stand) => {
  const [call, connection] = await stand.group(CALLEE, USER);
  await connection.transferCallToParticipant(OTHER, { transferee: CALLEE, operationContext: "one" });
  const accepted = await stand.receiver.event("CallTransferAccepted", call, "one");
  assert.equal(accepted.transferee.phoneNumber.value, CALLEE.phoneNumber);
  await connection.hangUp(true);
});

check(["addParticipant", "removeParticipant"], "somebody is added and removed", async (stand) => {
  const [call, connection] = await stand.called();
  const invite = { targetParticipant: OTHER, sourceCallIdNumber: LINE };
  const added = await connection.addParticipant(invite, { operationContext: "in" });
  assert.ok(added.invitationId);
  const event = await stand.receiver.event("AddParticipantSucceeded", call, "in");
  assert.equal(event.participant.phoneNumber, OTHER.phoneNumber);
  await stand.gathered(connection, 2);
  await connection.removeParticipant(OTHER, { operationContext: "out" });
  await stand.receiver.event("RemoveParticipantSucceeded", call, "out");
  await stand.phone(OTHER, "decline");
  await connection.addParticipant(invite, { operationContext: "again" });
  await stand.receiver.event("AddParticipantFailed", call, "again");
  await stand.phone(OTHER, "0s");
  await connection.hangUp(true);
});

check(["cancelAddParticipantOperation"], "an invitation is taken back", async (stand) => {
  const [call, connection] = await stand.called();
  await stand.phone(OTHER, "never");
  const invite = { targetParticipant: OTHER, sourceCallIdNumber: LINE };
  const { invitationId } = await connection.addParticipant(invite, { operationContext: "in" });
  await connection.cancelAddParticipantOperation(invitationId, { operationContext: "back" });
  const cancelled = await stand.receiver.event("CancelAddParticipantSucceeded", call, "back");
  assert.equal(cancelled.invitationId, invitationId);
  await connection.cancelAddParticipantOperation(invitationId, { operationContext: "twice" });
  await stand.receiver.event("CancelAddParticipantFailed", call, "twice");
  await stand.phone(OTHER, "0s");
  await connection.hangUp(true);
});

check(["muteParticipant"], "a user is muted", async (stand) => {
  const [, connection] = await stand.group(CALLEE, USER);
  await connection.muteParticipant(USER);
  assert.equal((await connection.getParticipant(USER)).isMuted, true);
  await connection.hangUp(true);
});

check(["hold", "unhold"], "somebody is held", async (stand) => {
  const [, connection] = await stand.called();
  const media = connection.getCallMedia();
  await media.hold(CALLEE, { playSource: words("Please wait."), operationContext: "wait" });
  assert.equal((await connection.getParticipant(CALLEE)).isOnHold, true);
  await media.unhold(CALLEE, { operationContext: "go on" });
  assert.equal((await connection.getParticipant(CALLEE)).isOnHold, false);
  await connection.hangUp(true);
});

check(["moveParticipants"], "somebody is moved", async (stand) => {
  const [from] = await stand.called();
  const [to, taking] = await stand.group(OTHER, USER);
  const moved = await taking.moveParticipants([CALLEE], from, { operationContext: "over" });
  assert.equal(moved.fromCall, from);
  await stand.receiver.event("MoveParticipantSucceeded", to, "over");
  await stand.gathered(taking, 3);
  await taking.hangUp(true);
});

check(["play", "playToAll", "cancelAllOperations"], "words are played", async (stand) => {
  const [call, connection] = await stand.called();
  const media = connection.getCallMedia();
  await media.playToAll([words()], { operationContext: "all" });
  await stand.receiver.event("PlayStarted", call, "all");
  assert.equal((await stand.receiver.event("PlayCompleted", call, "all")).resultInformation.subCode, 0);
  const voice = '<voice name="en-US-NancyNeural">Hello</voice>';
  const ssmlText = `<speak version="1.0" xml:lang="en-US">${voice}</speak>`;
  await media.play([{ kind: "ssmlSource", ssmlText }], [CALLEE], { operationContext: "one" });
  await stand.receiver.event("PlayCompleted", call, "one");
  await media.playToAll([words("Again and again.")], { loop: true, operationContext: "music" });
  await stand.receiver.event("PlayStarted", call, "music");
  await media.cancelAllOperations();
  await stand.receiver.event("PlayCanceled", call, "music");
  const url = "https://files.example/gone.wav";
  await stand.human("PUT", "media", { uri: url, available: false });
  await media.playToAll([{ kind: "fileSource", url }], { operationContext: "gone" });
  await stand.receiver.event("PlayFailed", call, "gone");
  await connection.hangUp(true);
});

check(["startRecognizing"], "keys are recognized", async (stand) => {
  const [call, connection] = await stand.called();
  const media = connection.getCallMedia();
  await stand.receiver.event("ParticipantsUpdated", call);
  await stand.whileTimeStands(async () => {
    await media.startRecognizing(CALLEE, {
      kind: "callMediaRecognizeDtmfOptions",
      maxTonesToCollect: 3,
      stopDtmfTones: ["pound"],
      interToneTimeoutInSeconds: 5,
      playPrompts: [words("Your number, please.")],
      interruptPrompt: true,
      operationContext: "keys",
    });
    await stand.does(call, "press", { digits: "12#" });
  });
  const done = await stand.receiver.event("RecognizeCompleted", call, "keys");
  assert.equal(done.recognitionType, "dtmf");
  assert.deepEqual(done.dtmfResult.tones.slice(0, 2), ["one", "two"]);
  const none = { kind: "callMediaRecognizeDtmfOptions", maxTonesToCollect: 1, initialSilenceTimeoutInSeconds: 1 };
  await media.startRecognizing(CALLEE, { ...none, operationContext: "none" });
  const failed = await stand.receiver.event("RecognizeFailed", call, "none");
  assert.equal(failed.resultInformation.subCode, 8510);
  const long = { ...none, playPrompt: words("Long. ".repeat(60)), operationContext: "cut" };
  await media.startRecognizing(CALLEE, long);
  await media.cancelAllOperations();
  await stand.receiver.event("RecognizeCanceled", call, "cut");
  await connection.hangUp(true);
});

check(["startRecognizing"], "words are recognized", async (stand) => {
  const [call, connection] = await stand.called();
  const media = connection.getCallMedia();
  await stand.whileTimeStands(async () => {
    await media.startRecognizing(CALLEE, {
      kind: "callMediaRecognizeChoiceOptions",
      choices: [
        { label: "yes", phrases: ["yes", "of course"], tone: "one" },
        { label: "no", phrases: ["no"], tone: "two" },
      ],
      playPrompt: words("Yes or no?"),
      interruptPrompt: true,
      operationContext: "choice",
    });
    await stand.does(call, "say", { text: "Of course!" });
  });
  assert.equal((await stand.receiver.event("RecognizeCompleted", call, "choice")).choiceResult.label, "yes");
  await stand.whileTimeStands(async () => {
    await media.startRecognizing(CALLEE, {
      kind: "callMediaRecognizeSpeechOptions",
      endSilenceTimeoutInSeconds: 1,
      speechLanguage: "en-US",
      operationContext: "speech",
    });
    await stand.does(call, "say", { text: "A table for two." });
  });
  const spoken = await stand.receiver.event("RecognizeCompleted", call, "speech");
  assert.equal(spoken.speechResult.speech, "A table for two.");
  await stand.whileTimeStands(async () => {
    await media.startRecognizing(CALLEE, {
      kind: "callMediaRecognizeSpeechOrDtmfOptions",
      maxTonesToCollect: 1,
      endSilenceTimeoutInSeconds: 1,
      operationContext: "either",
    });
    await stand.does(call, "press", { digits: "4" });
  });
  const either = await stand.receiver.event("RecognizeCompleted", call, "either");
  assert.deepEqual(either.dtmfResult.tones, ["four"]);
  await connection.hangUp(true);
});

check(["startContinuousDtmfRecognition", "stopContinuousDtmfRecognition"], "keys are watched", async (stand) => {
  const [call, connection] = await stand.called();
  const media = connection.getCallMedia();
  await media.startContinuousDtmfRecognition(CALLEE, { operationContext: "watch" });
  await stand.does(call, "press", { digits: "*7" });
  const tone = await stand.receiver.event("ContinuousDtmfRecognitionToneReceived", call);
  assert.ok(["asterisk", "seven"].includes(tone.tone));
  await media.stopContinuousDtmfRecognition(CALLEE, { operationContext: "enough" });
  await stand.receiver.event("ContinuousDtmfRecognitionStopped", call);
  await connection.hangUp(true);
});

check(["sendDtmfTones"], "keys are sent", async (stand) => {
  const [call, connection] = await stand.called();
  await connection.getCallMedia().sendDtmfTones(["one", "pound"], CALLEE, { operationContext: "send" });
  await stand.receiver.event("SendDtmfTonesCompleted", call, "send");
  await connection.hangUp(true);
});

// The callee says something; played words that take longer end behind it.
const speaks = async (stand, call, media) => {
  await stand.human("POST", `calls/${call}/say`, { text: "I need help" });
  const words = { kind: "textSource", text: "This takes longer than asking for help.", voiceName: "en-US-NancyNeural" };
  await media.playToAll([words], { operationContext: "longer" });
  await stand.receiver.event("PlayCompleted", call, "longer");
};

check(["startMediaStreaming", "stopMediaStreaming"], "media is streamed", async (stand) => {
  const mediaStreamingOptions = {
    transportUrl: `${streams}/media`,
    transportType: "websocket",
    contentType: "audio",
    audioChannelType: "unmixed",
    enableDtmfTones: true,
    startMediaStreaming: false,
  };
  const [call, connection] = await stand.called(CALLEE, { mediaStreamingOptions });
  const media = connection.getCallMedia();
  await media.startMediaStreaming({ operationContext: "on" });
  await stand.receiver.event("MediaStreamingStarted", call);
  await stand.human("POST", `calls/${call}/press`, { digits: "5" });
  await speaks(stand, call, media);
  await media.stopMediaStreaming({ operationContext: "off" });
  await stand.receiver.event("MediaStreamingStopped", call);
  await connection.hangUp(true);
});

check(["startTranscription", "updateTranscription", "stopTranscription"], "words are transcribed", async (stand) => {
  const transcriptionOptions = {
    transportUrl: `${streams}/words`,
    transportType: "websocket",
    locale: "en-US",
    enableIntermediateResults: true,
    startTranscription: false,
  };
  const [call, connection] = await stand.called(CALLEE, { transcriptionOptions });
  const media = connection.getCallMedia();
  await media.startTranscription({ locale: "en-GB", operationContext: "on" });
  await stand.receiver.event("TranscriptionStarted", call);
  await media.updateTranscription("cy-GB");
  await stand.receiver.event("TranscriptionUpdated", call);
  await speaks(stand, call, media);
  await media.stopTranscription({ operationContext: "off" });
  await stand.receiver.event("TranscriptionStopped", call);
  await connection.hangUp(true);
});

const recording = ["start", "getState", "pause", "resume", "stop"];
check(recording.map((name) => `recording.${name}`), "a call is recorded", async (stand) => {
  const [call, connection] = await stand.called();
  const { serverCallId } = await connection.getCallConnectionProperties();
  const recordings = stand.client.getCallRecording();
  const { recordingId } = await recordings.start({
    callLocator: { id: serverCallId, kind: "serverCallLocator" },
    recordingContent: "audio",
    recordingChannel: "mixed",
    recordingFormat: "wav",
    recordingStateCallbackEndpointUrl: stand.hooks,
  });
  await stand.receiver.event("RecordingStateChanged", call);
  assert.equal((await recordings.getState(recordingId)).recordingState, "active");
  await recordings.pause(recordingId);
  assert.equal((await recordings.getState(recordingId)).recordingState, "inactive");
  await recordings.resume(recordingId);
  await recordings.stop(recordingId);
  const isOurs = (event) =>
    event.eventType === "Microsoft.Communication.RecordingFileStatusUpdated" && event.subject.includes(recordingId);
  const file = await stand.receiver.until(() => stand.receiver.incoming.find(isOurs), "RecordingFileStatusUpdated");
  const [chunk] = file.data.recordingStorageInfo.recordingChunks;
  // The SDK fetches files over https, from the platform's own hosts only.
  const nowhere = new Writable({ write: (_part, _, done) => done() });
  await assert.rejects(recordings.downloadToStream(chunk.contentLocation, nowhere), /HTTPS/);
  await connection.hangUp(true);
});

const [endpoint, key, port, hooks, streams, ...only] = process.argv.slice(2);
const stand = await new Stand(endpoint, key, port, hooks).open();
const shown = new Set();
const notShown = new Set();
let failed = 0;
for (const { operations, name, run } of CHECKS) {
  if (only.length > 0 && !only.includes(name)) continue;
  try {
    await run(stand);
    operations.forEach((one) => shown.add(one));
  } catch (error) {
    failed += 1;
    operations.forEach((one) => notShown.add(one));
    console.log(`failed ${name}: ${error.name}: ${error.message}`);
    console.error(error);
  }
}
for (const one of [...shown].filter((one) => !notShown.has(one)).sort()) console.log(`ok ${one}`);
for (const name of [...new Set(stand.receiver.seen.map((event) => event.kind))].sort()) console.log(`event ${name}`);
stand.close();
process.exitCode = Math.min(failed, 100);
