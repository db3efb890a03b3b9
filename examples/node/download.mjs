// node download.mjs ASSET_ID FILE: fetches an asset's file. Broken off, the same command goes on.
// EMO_SERVER is host:port; EMO_USERNAME and EMO_PASSWORD say who you are. The protocol: docs/transfer-protocol.md
import { createReadStream, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { assets, crc32c, given, metadata, run } from "./connection.mjs";

const [asset_id, target] = given("download.mjs ASSET_ID FILE");
const part = `${target}.${asset_id}.part`;

async function receive(progress) {
  const out = await open(part, "a");
  try {
    const { crc, size } = await checksumSoFar();
    progress.bytes = size;
    await append(out, size, crc);
    await out.sync();
  } catch (error) {
    if ((await out.stat()).size === 0) rmSync(part); // there is nothing to go on with
    throw error;
  } finally {
    await out.close();
  }
  renameSync(part, target);
  return target;
}

/** Writes what is missing; throws when all of it together is not the file that was stored. */
async function append(out, offset, crc) {
  let whole = {};
  for await (const { header, chunk } of assets.DownloadAsset({ asset_id, offset }, metadata())) {
    if (header) whole = header.file;
    if (!chunk) continue;
    await out.writeFile(chunk.data);
    crc = crc32c(chunk.data, crc);
    offset += chunk.data.length;
  }
  if (offset === whole.size_bytes && crc === whole.crc32c) return;
  rmSync(part);
  throw new Error("the file arrived damaged");
}

async function checksumSoFar() {
  let crc = 0;
  let size = 0;
  for await (const data of createReadStream(part)) {
    crc = crc32c(data, crc);
    size += data.length;
  }
  return { crc, size };
}

await run(receive);
