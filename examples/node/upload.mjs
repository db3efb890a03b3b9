// node upload.mjs FILE: sends a file, and prints the asset's id. Broken off, the same command goes on.
// EMO_SERVER is host:port; EMO_USERNAME and EMO_PASSWORD say who you are. The protocol: docs/transfer-protocol.md
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { assets, call, crc32c, given, metadata, run } from "./connection.mjs";

const [named] = given("upload.mjs FILE");
if (!existsSync(named)) {
  console.error(`${named}: there is no such file`);
  process.exit(1);
}
const file = realpathSync(named);
const { size, mtimeMs } = statSync(file);
const CHUNK = { highWaterMark: 1 << 20 };
let requestId = "";

// The same file has the same id when this runs again, and CreateAsset answers with the same asset (AIP-155).
function requestIdOf(text) {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

async function send(progress) {
  const title = path.basename(file);
  requestId ||= requestIdOf(`${process.env.EMO_USERNAME} ${file} ${size} ${mtimeMs}`);
  const asset = { title, file: { name: title, size_bytes: size } };
  const { asset_id } = await call(assets, "CreateAsset", { asset, request_id: requestId });
  const status = await call(assets, "GetUploadStatus", { asset_id });
  progress.bytes = status.persisted_size;
  if (status.complete) return await compare(asset_id);

  let stream;
  const answer = new Promise((resolve, reject) => {
    stream = assets.UploadAsset(metadata(), (error, complete) => (error ? reject(error) : resolve(complete)));
  });
  answer.catch(() => {}); // an error that comes while the file is read is thrown below, by whoever waits for the answer
  stream.write({ start: { asset_id, offset: status.persisted_size } });
  let crc = 0;
  let read = 0;
  for await (const data of createReadStream(file, CHUNK)) {
    crc = crc32c(data, crc);
    const rest = data.subarray(Math.max(0, status.persisted_size - read));
    read += data.length;
    if (rest.length === 0) continue;
    // The server may answer before all is sent: then nothing is drained any more.
    const isTaken = stream.write({ chunk: { data: rest, crc32c: crc32c(rest) } });
    if (!isTaken) await Promise.race([once(stream, "drain"), answer]);
  }
  stream.write({ finish: { crc32c: crc } });
  stream.end();
  if (!(await answer).complete) throw new Error("the file has changed meanwhile");
  return asset_id;
}

/** An upload that is complete already is ours if it has our checksum: an answer to `finish` may have been lost. */
async function compare(asset_id) {
  let crc = 0;
  for await (const data of createReadStream(file, CHUNK)) crc = crc32c(data, crc);
  const { asset } = await call(assets, "GetAsset", { asset_id });
  if (asset.file.crc32c !== crc) throw new Error("this asset has another file already");
  return asset_id;
}

await run(send);
