// Requests with tokens instead of the key, over https, which SDKs insist on for tokens.
//
//     node tokens.mjs ENDPOINT
//
// Any credential does that gets its tokens from the emulator. Prints `ok tokens`.

import assert from "node:assert/strict";
import { CallAutomationClient } from "@azure/communication-call-automation";

const endpoint = process.argv[2];

// Asks the emulator for what the SDK asks it for, or for something else.
const emulated = (other) => ({
  async getToken(scopes) {
    const scope = other ?? [scopes].flat().join(" ");
    const body = new URLSearchParams({ grant_type: "client_credentials", scope });
    const token = await (await fetch(`${endpoint}/emulator/token`, { method: "POST", body })).json();
    return { token: token.access_token, expiresOnTimestamp: Number(token.expires_on) * 1000 };
  },
});

const create = (credential) =>
  new CallAutomationClient(endpoint, credential).createCall(
    { targetParticipant: { phoneNumber: "+16045550102" }, sourceCallIdNumber: { phoneNumber: "+18005550100" } },
    "http://127.0.0.1:1/hooks",
  );

const created = await create(emulated());
assert.ok(created.callConnectionProperties.callConnectionId);
await assert.rejects(create(emulated("https://vault.azure.net/.default")), { statusCode: 401 });
console.log("ok tokens");
