// What both programs need: calls, errors, tries and checksums.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const MOST_TRIES = 15;
// What a transfer goes on after; docs/transfer-protocol.md has the whole table.
const GO_ON_CODES = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "CANCELLED"].map((name) => grpc.status[name]);
const GO_ON = ["TOKEN_EXPIRED", "SESSION_REVOKED", "CHUNK_CHECKSUM_MISMATCH", "OFFSET_OUT_OF_RANGE", "TOO_MANY_CALLS", "RATE_LIMITED", "CONCURRENT_CHANGE"];
const START_OVER_ONCE = ["FILE_CHECKSUM_MISMATCH", "STORED_FILE_CORRUPT"];

const root = fileURLToPath(new URL("../..", import.meta.url));
const contract = loader.loadSync(
  ["emo/users/v1/users.proto", "emo/assets/v1/assets.proto", "google/rpc/status.proto", "google/rpc/error_details.proto"],
  { keepCase: true, longs: Number, defaults: true, oneofs: true, includeDirs: [`${root}protos`, `${root}third_party`] },
);
const { emo } = grpc.loadPackageDefinition(contract);
const server = process.env.EMO_SERVER || "localhost:50051";
const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):/.test(server);
const credentials = isLocal ? grpc.credentials.createInsecure() : grpc.credentials.createSsl();
const options = { "grpc.keepalive_time_ms": 40_000, "grpc.keepalive_timeout_ms": 10_000 };
if (isLocal) options["grpc.enable_http_proxy"] = 0; // a proxy would look for the server on its own machine
const users = new emo.users.v1.UsersService(server, credentials, options);
export const assets = new emo.assets.v1.AssetsService(server, credentials, options);
let token = "";

/** What follows the program's name; ends it with what it needs when that is not there. */
export function given(usage) {
  const found = process.argv.slice(2);
  if (found.length === usage.split(" ").length - 1 && process.env.EMO_USERNAME && process.env.EMO_PASSWORD) return found;
  console.error(`usage: node ${usage}, with EMO_USERNAME and EMO_PASSWORD set`);
  process.exit(2);
}

/** What a call carries: who calls, and the language of the sentences in errors. */
export function metadata() {
  const made = new grpc.Metadata();
  made.set("accept-language", (process.env.LANG ?? "en").slice(0, 2));
  if (token) made.set("authorization", `Bearer ${token}`);
  return made;
}

export function call(client, method, request) {
  const deadline = Date.now() + 30_000;
  return new Promise((resolve, reject) =>
    client[method](request, metadata(), { deadline }, (error, answer) => (error ? reject(error) : resolve(answer))),
  );
}

/** Reason, sentence and time to wait, from the google.rpc.Status that every error of emo carries. */
export function explain(error) {
  const told = { reason: "", sentence: error.details ?? error.message, waitMs: 0 };
  const [status] = error.metadata?.get("grpc-status-details-bin") ?? [];
  for (const { type_url, value } of status ? contract["google.rpc.Status"].deserialize(status).details : []) {
    const detail = contract[type_url.split("/").at(-1)]?.deserialize(value);
    if (type_url.endsWith(".ErrorInfo")) told.reason = detail.reason;
    if (type_url.endsWith(".LocalizedMessage")) told.sentence = detail.message;
    if (type_url.endsWith(".RetryInfo")) told.waitMs = detail.retry_delay.seconds * 1000;
  }
  return told;
}

// A program that keeps no password keeps the refresh token, and calls RefreshTokens.
async function logIn() {
  const who = { username: process.env.EMO_USERNAME, password: process.env.EMO_PASSWORD };
  token = (await call(users, "Login", who)).tokens.access_token;
}

/** Repeats `attempt` until it is through; it sets `progress.bytes` to what was safe when it began. */
async function persist(attempt) {
  const progress = { bytes: 0 };
  for (let tries = 1, waitMs = 200, furthest = 0, hasRestarted = false; ; tries++) {
    try {
      if (!token) await logIn();
      return await attempt(progress);
    } catch (error) {
      const { reason, waitMs: asked } = explain(error);
      if (error.code === grpc.status.UNAUTHENTICATED) token = "";
      if (progress.bytes > furthest) [furthest, tries, waitMs] = [progress.bytes, 1, 200];
      const restarts = START_OVER_ONCE.includes(reason) && !hasRestarted;
      const goesOn = restarts || GO_ON_CODES.includes(error.code) || GO_ON.includes(reason);
      hasRestarted ||= restarts;
      if (!goesOn || tries >= MOST_TRIES) throw error;
      await sleep(asked + Math.random() * waitMs);
      waitMs = Math.min(2 * waitMs, 10_000);
    }
  }
}

/** Runs a program: prints what `attempt` gives in the end, or why it failed. */
export async function run(attempt) {
  try {
    console.log(await persist(attempt));
  } catch (error) {
    const { reason, sentence } = explain(error);
    process.exitCode = 1;
    console.error(reason ? `${reason}: ${sentence}` : sentence);
  }
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0x82f63b78 : n >>> 1;
  return n;
});

/** CRC-32C (Castagnoli) of what had the checksum `before`, and of these bytes behind it. */
export function crc32c(data, before = 0) {
  let crc = ~before;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
