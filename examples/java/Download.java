import emo.assets.v1.Assets.DownloadAssetRequest;
import emo.assets.v1.Assets.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * java Download ASSET_ID FILE: fetches an asset's file. Broken off, the same command goes on.
 * EMO_SERVER is host:port; EMO_USERNAME and EMO_PASSWORD say who you are. The protocol: docs/transfer-protocol.md
 */
final class Download {
  public static void main(String[] arguments) {
    Connection.require(arguments, "Download ASSET_ID FILE");
    var connection = new Connection();
    connection.run(() -> receive(connection, arguments[0], Path.of(arguments[1])));
  }

  private static String receive(Connection connection, String id, Path target) throws IOException {
    var part = Path.of(target + "." + id + ".part");
    try (var out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      append(connection, id, part, out);
      out.force(true);
    } catch (RuntimeException error) {
      if (Files.size(part) == 0) Files.delete(part); // there is nothing to go on with
      throw error;
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    return target.toString();
  }

  /** Writes what is missing; throws when all of it together is not the file that was stored. */
  private static void append(Connection connection, String id, Path part, FileChannel out) throws IOException {
    var crc = new CRC32C();
    connection.done = 0;
    try (var before = Files.newInputStream(part)) {
      for (byte[] data; (data = before.readNBytes(1 << 20)).length > 0; connection.done += data.length) crc.update(data);
    }
    var request = DownloadAssetRequest.newBuilder().setAssetId(id).setOffset(connection.done).build();
    var whole = File.getDefaultInstance();
    // An error of the file must end the stream, too.
    var stream = io.grpc.Context.current().withCancellation();
    var outer = stream.attach();
    try {
      for (var messages = connection.downloads().downloadAsset(request); messages.hasNext(); ) {
        var message = messages.next();
        if (message.hasHeader()) whole = message.getHeader().getFile();
        var data = message.getChunk().getData();
        crc.update(data.asReadOnlyByteBuffer());
        for (var rest = data.asReadOnlyByteBuffer(); rest.hasRemaining(); ) out.write(rest);
      }
    } finally {
      stream.detachAndCancel(outer, null);
    }
    if (out.size() == whole.getSizeBytes() && (int) crc.getValue() == whole.getCrc32C()) return;
    Files.delete(part);
    throw new IOException("the file arrived damaged");
  }
}
