import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import emo.assets.v1.Assets.Asset;
import emo.assets.v1.Assets.CreateAssetRequest;
import emo.assets.v1.Assets.File;
import emo.assets.v1.Assets.GetAssetRequest;
import emo.assets.v1.Assets.GetUploadStatusRequest;
import emo.assets.v1.Assets.UploadAssetRequest;
import emo.assets.v1.Assets.UploadAssetResponse;
import emo.assets.v1.Assets.UploadChunk;
import emo.assets.v1.Assets.UploadFinish;
import emo.assets.v1.Assets.UploadStart;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * java Upload FILE: sends a file, and prints the asset's id. Broken off, the same command goes on.
 * EMO_SERVER is host:port; EMO_USERNAME and EMO_PASSWORD say who you are. The protocol: docs/transfer-protocol.md
 */
final class Upload implements ClientResponseObserver<UploadAssetRequest, UploadAssetResponse> {
  private static final int MIB = 1 << 20;
  private ClientCallStreamObserver<UploadAssetRequest> stream;
  private UploadAssetResponse answer;
  private Throwable failure;

  public static void main(String[] arguments) throws IOException {
    Connection.require(arguments, "Upload FILE");
    if (!Files.exists(Path.of(arguments[0]))) {
      System.err.println(arguments[0] + ": there is no such file");
      System.exit(1);
    }
    var file = Path.of(arguments[0]).toRealPath();
    var connection = new Connection();
    connection.run(() -> send(connection, file));
  }

  private static String send(Connection connection, Path file) throws Exception {
    String id = asset(connection, file);
    var status = connection.assets().getUploadStatus(GetUploadStatusRequest.newBuilder().setAssetId(id).build());
    connection.done = status.getPersistedSize();
    try (var source = Files.newInputStream(file)) {
      if (!status.getComplete()) {
        var upload = new Upload();
        connection.streams().uploadAsset(upload);
        upload.sendFrom(source, id, status.getPersistedSize());
        return id;
      }
      // It is ours if it has our checksum: an answer to `finish` may have been lost.
      var crc = new CRC32C();
      for (byte[] data; (data = source.readNBytes(MIB)).length > 0; ) crc.update(data);
      var found = connection.assets().getAsset(GetAssetRequest.newBuilder().setAssetId(id).build()).getAsset();
      if (found.getFile().getCrc32C() != (int) crc.getValue()) throw new IOException("this asset has another file already");
      return id;
    }
  }

  /** The same file has the same request id when this runs again, and gets the same asset (AIP-155). */
  private static String asset(Connection connection, Path file) throws IOException {
    String what = System.getenv("EMO_USERNAME") + file + Files.size(file) + Files.getLastModifiedTime(file);
    String name = file.getFileName().toString();
    var described = Asset.newBuilder().setTitle(name).setFile(File.newBuilder().setName(name).setSizeBytes(Files.size(file)));
    var request = CreateAssetRequest.newBuilder().setAsset(described)
        .setRequestId(UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8)).toString());
    return connection.assets().createAsset(request.build()).getAssetId();
  }

  private void sendFrom(InputStream source, String id, long persisted) throws Exception {
    write(UploadAssetRequest.newBuilder().setStart(UploadStart.newBuilder().setAssetId(id).setOffset(persisted)));
    var whole = new CRC32C();
    long skipped = 0;
    for (byte[] data; (data = source.readNBytes((int) Math.min(MIB, skipped < persisted ? persisted - skipped : MIB))).length > 0; ) {
      whole.update(data);
      if (skipped < persisted) {
        skipped += data.length;
        continue;
      }
      var crc = new CRC32C();
      crc.update(data);
      ByteString bytes = UnsafeByteOperations.unsafeWrap(data);
      write(UploadAssetRequest.newBuilder().setChunk(UploadChunk.newBuilder().setData(bytes).setCrc32C((int) crc.getValue())));
    }
    write(UploadAssetRequest.newBuilder().setFinish(UploadFinish.newBuilder().setCrc32C((int) whole.getValue())));
    await(true);
    if (!answer.getComplete()) throw new IOException("the file has changed meanwhile");
  }

  private void write(UploadAssetRequest.Builder message) throws InterruptedException {
    await(false);
    if (failure == null && answer == null) stream.onNext(message.build());
  }

  /** Waits for room in the stream, or for its end. */
  private synchronized void await(boolean end) throws InterruptedException {
    if (end) stream.onCompleted();
    while (failure == null && answer == null && (end || !stream.isReady())) wait();
    if (failure != null) throw Status.fromThrowable(failure).asRuntimeException(Status.trailersFromThrowable(failure));
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<UploadAssetRequest> stream) {
    this.stream = stream;
    stream.setOnReadyHandler(this::wake);
  }

  private synchronized void wake() {
    notifyAll();
  }

  @Override
  public synchronized void onNext(UploadAssetResponse answer) {
    this.answer = answer;
    notifyAll();
  }

  @Override
  public synchronized void onError(Throwable failure) {
    this.failure = failure;
    notifyAll();
  }

  @Override
  public void onCompleted() {}
}
