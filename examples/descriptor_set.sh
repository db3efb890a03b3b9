#!/usr/bin/env bash
# Writes the contract, and what its errors are made of, into one file that any protoc can make stubs of.
# usage: descriptor_set.sh TARGET. PROTOC: a protoc of release 22 or later.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck disable=SC2086 # it may be a command with arguments
${PROTOC:-protoc} -Iprotos -Ithird_party --include_imports "--descriptor_set_out=$1" \
    $(cd protos && find emo -name '*.proto') google/rpc/status.proto google/rpc/error_details.proto
