#!/usr/bin/env bash
# Makes stubs and FOLDER/emo-example, from the packages that Debian has for Go.
# usage: build.sh FOLDER. PROTOC: a protoc of release 22 or later.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && cd "$1"
"$here/../descriptor_set.sh" "$PWD/emo.binpb"
mapping=$(cd "$here/../../protos" && find emo -name '*.proto' -printf 'M%p=%h,')
mkdir -p src/example && cp "$here"/*.go src/example/
protoc --descriptor_set_in=emo.binpb "--go_out=$mapping:src" "--go-grpc_out=$mapping:src" \
    emo/options/v1/options.proto emo/users/v1/users.proto emo/assets/v1/assets.proto
GO111MODULE=off GOPATH="$PWD:/usr/share/gocode" go build -o emo-example example
