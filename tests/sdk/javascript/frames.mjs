// What was streamed to a web socket, a frame a line on standard input, read by the SDK's own parser: prints each kind it knew once.

import { createInterface } from "node:readline";
import { StreamingData } from "@azure/communication-call-automation";

const kinds = new Set();
for await (const line of createInterface({ input: process.stdin })) {
  const frame = StreamingData.parse(line);
  if (Object.values(frame).some((member) => member === null)) throw new Error(`it lacks a member: ${line}`);
  kinds.add(StreamingData.getStreamingKind());
}
for (const kind of [...kinds].sort()) console.log(kind);
