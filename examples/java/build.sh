#!/usr/bin/env bash
# Makes stubs, classes and FOLDER/classpath, from the packages that Debian has for Java.
# usage: build.sh FOLDER. PROTOC: a protoc of release 22 or later.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && cd "$1"
"$here/../descriptor_set.sh" "$PWD/emo.binpb"
mkdir -p stubs classes
protoc --descriptor_set_in=emo.binpb --plugin=protoc-gen-grpc-java="$(command -v grpc_java_plugin)" \
    --java_out=stubs --grpc-java_out=stubs emo/options/v1/options.proto emo/users/v1/users.proto \
    emo/assets/v1/assets.proto google/rpc/status.proto google/rpc/error_details.proto
path=$PWD/classes
for jar in grpc-{api,context,core,netty,protobuf,protobuf-lite,stub} netty-{buffer,codec,codec-http,codec-http2,common} \
    netty-{handler,resolver,transport} protobuf guava perfmark-api geronimo-annotation-1.3-spec proto-google-common-protos; do
    path=$path:/usr/share/java/$jar.jar
done
javac -nowarn -d classes -cp "$path" $(find stubs -name '*.java') "$here"/*.java
echo "$path" > classpath
