// What the checks stand on: a receiver of webhooks, the emulator's human side, and what was shown so far.
//
// Webhooks are read by the SDK's own parser (`parseCallAutomationEvent`), events of Event Grid by that of its library; nothing
// here reads the wire by itself. Every wait is bounded.

import { createServer } from "node:http";
import { CallAutomationClient, parseCallAutomationEvent } from "@azure/communication-call-automation";
import { AzureKeyCredential } from "@azure/core-auth";
import { EventGridDeserializer } from "@azure/eventgrid";

const PATIENCE = 15_000;
export const LINE = { phoneNumber: "+18005550100" };
export const CALLER = { phoneNumber: "+16045550101" };
export const CALLEE = { phoneNumber: "+16045550102" };
export const OTHER = { phoneNumber: "+16045550103" };
export const USER = {
  communicationUserId: "8:acs:5354158d-4b03-4d17-9cf3-2f57a0a3b1c1_00000012-0000-0000-0000-000000000002",
};
export const AI = { cognitiveServicesEndpoint: "https://ai.cognitiveservices.azure.com" };

// The checks, with the operations that each shows.
export const CHECKS = [];
export const check = (operations, name, run) => CHECKS.push({ operations, name, run });
export const words = (text = "Good morning.") => ({ kind: "textSource", text, voiceName: "en-US-NancyNeural" });

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

// Takes webhooks on `/hooks` and events of Event Grid on `/grid`.
export class Receiver {
  seen = [];
  incoming = [];
  waiting = new Set();

  // On this port, or any.
  async open(port) {
    const grid = new EventGridDeserializer();
    this.server = createServer(async (request, response) => {
      const text = await read(request);
      let answer = {};
      if (request.url.startsWith("/grid")) {
        for (const event of await grid.deserializeEventGridEvents(text)) {
          if (event.eventType === "Microsoft.EventGrid.SubscriptionValidationEvent") {
            answer = { validationResponse: event.data.validationCode };
          } else {
            this.incoming.push(event);
          }
        }
      } else {
        for (const one of JSON.parse(text)) this.seen.push(parseCallAutomationEvent(one));
      }
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify(answer));
      for (const look of [...this.waiting]) look();
    });
    // Whoever hands webhooks on keeps connections for longer than Node does by itself.
    this.server.keepAliveTimeout = 120_000;
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  until(find, what) {
    return new Promise((resolve, reject) => {
      const names = () => this.seen.slice(-12).map((event) => event.kind).join(", ");
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`${what} never came; there were ${names()}`));
      }, PATIENCE);
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  // The newest webhook of this name for a call, perhaps of one operation.
  event(name, call, context) {
    const fits = (event) =>
      event.kind === name &&
      event.callConnectionId === call &&
      (context === undefined || event.operationContext === context);
    return this.until(() => this.seen.findLast(fits), `${name} of ${call}`);
  }
}

// An emulator, a client of it, and somebody to act the people.
export class Stand {
  // Webhooks come to a port of this machine, perhaps by way of another address.
  constructor(endpoint, key, port = "0", url = undefined) {
    this.port = Number(port);
    this.url = url;
    this.endpoint = endpoint.replace(/\/$/, "");
    // The emulator speaks plain HTTP on loopback, which the client must be told it may.
    const options = { allowInsecureConnection: true };
    this.client = new CallAutomationClient(this.endpoint, new AzureKeyCredential(key), options);
  }

  async open() {
    this.receiver = await new Receiver().open(this.port);
    this.hooks = `${this.url ?? this.receiver.url}/hooks`;
    await this.human("PUT", "event-grid", { url: `${this.receiver.url}/grid` });
    return this;
  }

  close() {
    this.receiver.server.close();
    this.receiver.server.closeAllConnections();
  }

  async human(method, path, body) {
    const answer = await fetch(`${this.endpoint}/emulator/${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  phone(who, answer) {
    return this.human("PUT", `phones/${encodeURIComponent(who.phoneNumber ?? who.communicationUserId)}`, { answer });
  }

  // Somebody dials the line: the context of the incoming call, as Event Grid brings it.
  async rings() {
    const before = this.receiver.incoming.length;
    const dialled = await this.human("POST", "calls", { from: CALLER.phoneNumber, to: LINE.phoneNumber });
    const event = await this.receiver.until(
      () => this.receiver.incoming.slice(before).find((one) => one.eventType === "Microsoft.Communication.IncomingCall"),
      "IncomingCall",
    );
    return [dialled.call, event.data.incomingCallContext];
  }

  // A call that we placed, connected.
  async called(target = CALLEE, options = {}) {
    const invite = { targetParticipant: target, sourceCallIdNumber: LINE };
    const placed = await this.client.createCall(invite, this.hooks, { callIntelligenceOptions: AI, ...options });
    const call = placed.callConnectionProperties.callConnectionId;
    await this.receiver.event("CallConnected", call);
    return [call, placed.callConnection];
  }

  // A group call that we placed, connected with everybody in it.
  async group(...targets) {
    const placed = await this.client.createGroupCall(targets, this.hooks, {
      sourceCallIdNumber: LINE,
      callIntelligenceOptions: AI,
    });
    const call = placed.callConnectionProperties.callConnectionId;
    await this.receiver.event("CallConnected", call);
    await this.gathered(placed.callConnection, targets.length);
    return [call, placed.callConnection];
  }

  // Waits until so many people are in a call.
  async gathered(connection, many) {
    const end = Date.now() + PATIENCE;
    while (Date.now() < end) {
      const { values } = await connection.listParticipants();
      if (values.length === many) return values;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`there are not ${many} in the call`);
  }

  // Somebody in the call acts.
  does(call, what, body = {}) {
    return this.human("POST", `calls/${call}/${what}`, body);
  }
  // What takes time does not get done meanwhile, and nobody is too late.
  async whileTimeStands(run) {
    await this.human("POST", "clock", { clock: "manual" });
    try {
      await run();
    } finally {
      await this.human("POST", "clock", { clock: "fast" });
    }
  }

  // What goes wrong meanwhile.
  async withFaults(faults, run) {
    await this.human("PUT", "faults", faults);
    try {
      await run();
    } finally {
      await this.human("PUT", "faults", {});
    }
  }
}
