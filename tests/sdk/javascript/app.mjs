// An application as people write it with the SDK: answers, asks, transfers; and a caller who takes it to the end.
//
//     node app.mjs ENDPOINT ACCESS_KEY [HOOKS_PORT HOOKS_URL]
//
// It knows nothing of the emulator but its address. The caller presses a wrong key first, then the right one. Prints what was
// heard and `ok application`.

import assert from "node:assert/strict";
import { AI, CALLER, OTHER, Stand } from "./stand.mjs";

const words = (text) => ({ kind: "textSource", text, voiceName: "en-US-NancyNeural" });
const choices = [
  { label: "sales", phrases: ["sales"], tone: "one" },
  { label: "nobody", phrases: ["nobody"], tone: "nine" },
];

// One call, moved on by the events that come in.
class Application {
  asked = 0;
  over = false;

  constructor(client, hooks) {
    this.client = client;
    this.hooks = hooks;
  }

  async incoming(context) {
    const answered = await this.client.answerCall(context, this.hooks, { callIntelligenceOptions: AI });
    this.call = answered.callConnection;
  }

  async ask(text) {
    this.asked += 1;
    await this.call.getCallMedia().startRecognizing(CALLER, {
      kind: "callMediaRecognizeChoiceOptions",
      choices,
      playPrompt: words(text),
      interruptPrompt: true,
      operationContext: `menu-${this.asked}`,
    });
  }

  async event(event) {
    if (event.kind === "CallConnected") {
      await this.ask("For sales, press one.");
    } else if (event.kind === "RecognizeFailed" && this.asked < 3) {
      await this.ask("That is not one of the choices. For sales, press one.");
    } else if (event.kind === "RecognizeCompleted" && event.choiceResult.label === "sales") {
      await this.call.getCallMedia().playToAll([words("Connecting you to sales.")], { operationContext: "connecting" });
    } else if (event.kind === "PlayCompleted") {
      await this.call.transferCallToParticipant(OTHER);
    } else if (event.kind === "CallTransferFailed") {
      await this.call.hangUp(true);
    } else if (event.kind === "CallDisconnected") {
      this.over = true;
    }
  }
}

const stand = await new Stand(...process.argv.slice(2, 6)).open();
const app = new Application(stand.client, stand.hooks);
let told = 0;
const until = async (what, holds) => {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    while (told < stand.receiver.seen.length) await app.event(stand.receiver.seen[told++]);
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`never: ${what}`);
};

const [call, context] = await stand.rings();
const seen = () => stand.human("GET", `calls/${call}`);
await app.incoming(context);
for (const [digits, asked] of [["5", 1], ["1", 2]]) {
  await until(`question ${asked}`, async () => app.asked >= asked && (await seen()).playing.length > 0);
  await stand.does(call, "press", { digits });
}
await until("the end", () => app.over);
await until("the transfer", async () => (await seen()).end === "transferred");
const { transcript } = await seen();
for (const line of transcript) console.log(line.at, line.who, line.did, line.text ?? "");
assert.equal(transcript.filter((line) => line.did === "heard").at(-1).text, "Connecting you to sales.");
assert.equal(app.asked, 2);
console.log("ok application");
stand.close();
