import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.LocalizedMessage;
import com.google.rpc.RetryInfo;
import emo.assets.v1.AssetsServiceGrpc;
import emo.users.v1.Users.LoginRequest;
import emo.users.v1.UsersServiceGrpc;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** What both programs need: calls, errors and tries. */
final class Connection {
  private static final int MOST_TRIES = 15;
  // After these a transfer goes on; docs/transfer-protocol.md has the whole table.
  private static final Set<Code> GO_ON_CODES =
      EnumSet.of(Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.INTERNAL, Code.CANCELLED);
  private static final Set<String> GO_ON = Set.of("TOKEN_EXPIRED", "SESSION_REVOKED", "CHUNK_CHECKSUM_MISMATCH",
      "OFFSET_OUT_OF_RANGE", "TOO_MANY_CALLS", "RATE_LIMITED", "CONCURRENT_CHANGE");
  private static final Set<String> START_OVER_ONCE = Set.of("FILE_CHECKSUM_MISMATCH", "STORED_FILE_CORRUPT");
  private static final Metadata.Key<String> TOKEN = key("authorization");

  private final Metadata headers = new Metadata();
  private final UsersServiceGrpc.UsersServiceBlockingStub users;
  private final AssetsServiceGrpc.AssetsServiceBlockingStub assets;
  private final AssetsServiceGrpc.AssetsServiceStub streams;
  /** Bytes that were safe when the running attempt began; the attempt says so. */
  long done;

  Connection() {
    String server = System.getenv().getOrDefault("EMO_SERVER", "localhost:50051");
    var channel = NettyChannelBuilder.forTarget(server).keepAliveTime(40, TimeUnit.SECONDS)
        .keepAliveTimeout(10, TimeUnit.SECONDS);
    if (server.matches("(localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1\\]):\\d+")) {
      channel.usePlaintext().proxyDetector(address -> null);
    }
    // They say who calls, and the language of the sentences in errors.
    headers.put(key("accept-language"), (System.getenv().getOrDefault("LANG", "") + "en").substring(0, 2));
    var attach = MetadataUtils.newAttachHeadersInterceptor(headers);
    var made = channel.intercept(attach).build();
    users = UsersServiceGrpc.newBlockingStub(made);
    assets = AssetsServiceGrpc.newBlockingStub(made);
    streams = AssetsServiceGrpc.newStub(made);
  }

  /** Ends the program with what it needs, when that is not there. */
  static void require(String[] arguments, String usage) {
    boolean isWhole = arguments.length == usage.split(" ").length - 1;
    if (isWhole && System.getenv().keySet().containsAll(Set.of("EMO_USERNAME", "EMO_PASSWORD"))) return;
    System.err.println("usage: java " + usage + ", with EMO_USERNAME and EMO_PASSWORD set");
    System.exit(2);
  }

  AssetsServiceGrpc.AssetsServiceBlockingStub assets() {
    return assets.withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  AssetsServiceGrpc.AssetsServiceBlockingStub downloads() {
    return assets;
  }

  AssetsServiceGrpc.AssetsServiceStub streams() {
    return streams;
  }

  /** Gets a token. A program that keeps no password keeps the refresh token, and calls RefreshTokens. */
  private void logIn() {
    var who = LoginRequest.newBuilder().setUsername(System.getenv("EMO_USERNAME"))
        .setPassword(System.getenv("EMO_PASSWORD")).build();
    var tokens = users.withDeadlineAfter(30, TimeUnit.SECONDS).login(who).getTokens();
    headers.put(TOKEN, "Bearer " + tokens.getAccessToken());
  }

  interface Attempt {
    String run() throws Exception;
  }

  /** Repeats an attempt until it is through. */
  private String persist(Attempt attempt) throws Exception {
    long furthest = 0;
    long limit = 200;
    boolean hasRestarted = false;
    for (int tries = 1; ; tries++) {
      try {
        if (!headers.containsKey(TOKEN)) logIn();
        return attempt.run();
      } catch (StatusRuntimeException error) {
        var told = Told.by(error);
        Code code = error.getStatus().getCode();
        if (code == Code.UNAUTHENTICATED) headers.discardAll(TOKEN);
        if (done > furthest) {
          furthest = done;
          tries = 1;
          limit = 200;
        }
        boolean restarts = START_OVER_ONCE.contains(told.reason()) && !hasRestarted;
        hasRestarted |= restarts;
        boolean goesOn = restarts || GO_ON_CODES.contains(code) || GO_ON.contains(told.reason());
        if (!goesOn || tries >= MOST_TRIES) throw error;
        Thread.sleep(told.waitMillis() + ThreadLocalRandom.current().nextLong(limit));
        limit = Math.min(2 * limit, 10_000);
      }
    }
  }

  /** Runs a program: prints what `attempt` gives in the end, or why it failed. */
  void run(Attempt attempt) {
    try {
      System.out.println(persist(attempt));
      System.exit(0);
    } catch (Exception error) {
      var told = Told.by(error);
      System.err.println(told.reason().isEmpty() ? told.sentence() : told.reason() + ": " + told.sentence());
      System.exit(1);
    }
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** Reason, sentence and time to wait, from the google.rpc.Status that every error of emo carries. */
  record Told(String reason, String sentence, long waitMillis) {
    static Told by(Exception error) throws IllegalStateException {
      String reason = "";
      String sentence = Status.fromThrowable(error).getDescription();
      long wait = 0;
      var status = StatusProto.fromThrowable(error);
      try {
        for (var detail : status == null ? java.util.List.<com.google.protobuf.Any>of() : status.getDetailsList()) {
          if (detail.is(ErrorInfo.class)) reason = detail.unpack(ErrorInfo.class).getReason();
          if (detail.is(LocalizedMessage.class)) sentence = detail.unpack(LocalizedMessage.class).getMessage();
          if (detail.is(RetryInfo.class)) wait = 1000 * detail.unpack(RetryInfo.class).getRetryDelay().getSeconds();
        }
      } catch (InvalidProtocolBufferException damaged) {
        throw new IllegalStateException(damaged);
      }
      return new Told(reason, sentence == null ? error.toString() : sentence, wait);
    }
  }
}
