"""A blob store whose calls are watched."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from dataclasses import replace
from typing import ParamSpec, TypeVar, cast

from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import FileLayout
from emo_grpc.assets.service_layer.ports import BlobReader, BlobStore, PartSink
from emo_grpc.bootstrap.blob_storage import BlobStorage
from emo_grpc.bootstrap.observing.ports import ObservedPort
from emo_grpc.bootstrap.transfer_threads import TransferThreads
from emo_grpc.shared.service_layer.observing import Observer, Work, WorkKind

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def observed_blobs(files: BlobStorage, engine: str, observer: Observer | None) -> BlobStorage:
    """The same store, with all that is asked of it watched."""
    if observer is None:
        return files
    return replace(files, blobs=cast(BlobStore, ObservedBlobs(files.blobs, engine, observer)))


def threads_with_context(threads: TransferThreads, observer: Observer | None) -> TransferThreads:
    """The same threads; what watches there knows for which call they work."""
    if observer is None:
        return threads
    return TransferThreads(*map(ContextExecutor, (threads.sealing, threads.storing, threads.reading)))


class ContextExecutor(Executor):
    """Runs work on other threads, in the context variables of whoever submits it. It owns none of the threads."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads

    def submit(
        self, work: Callable[Parameters, Result], /, *args: Parameters.args, **named: Parameters.kwargs
    ) -> Future[Result]:
        """See Executor."""
        context = copy_context()
        return self._threads.submit(lambda: context.run(work, *args, **named))


class ObservedBlobs(ObservedPort):
    """Watches the coroutines of a blob store, and what blocks threads: opening objects, reading and storing parts."""

    def __init__(self, blobs: BlobStore, engine: str, observer: Observer) -> None:
        super().__init__(blobs, "blobs", engine, observer)
        self._blobs = blobs
        self._open = Work(WorkKind.STORE, "blobs.open", engine)
        self._read = Work(WorkKind.STORE, "blobs.read", engine, is_frequent=True)
        self._commit_part = Work(WorkKind.STORE, "blobs.commit_part", engine)

    def open_part(self, key: BlobKey, upload_handle: str, number: int, generation: int) -> PartSink:
        """See BlobStore."""
        sink = self._blobs.open_part(key, upload_handle, number, generation)
        return ObservedPart(sink, self._commit_part, self._observer)

    def open(self, key: BlobKey, layout: FileLayout, offset: int = 0, length: int = 0) -> BlobReader:
        """See BlobStore."""
        with self._observer(self._open):
            reader = self._blobs.open(key, layout, offset, length)
        return ObservedReader(reader, self._read, self._observer)


class ObservedPart:
    """Watches how long it takes to make a part durable. Its bytes are sealed into the store's memory, so they are not
    watched."""

    def __init__(self, sink: PartSink, work: Work, observer: Observer) -> None:
        self._sink = sink
        self._work = work
        self._observer = observer
        self.write = sink.write
        self.discard = sink.discard
        self.withdraw = sink.withdraw

    def commit(self) -> str:
        """See PartSink."""
        with self._observer(self._work):
            return self._sink.commit()

    def commit_whole(self) -> str:
        """See PartSink."""
        with self._observer(self._work):
            return self._sink.commit_whole()


class ObservedReader:
    """Watches each piece that is read, up to 1 MiB."""

    def __init__(self, reader: BlobReader, work: Work, observer: Observer) -> None:
        self._reader = reader
        self._work = work
        self._observer = observer
        self.close = reader.close

    def read(self, part_number: int, offset: int, length: int) -> memoryview:
        """See BlobReader."""
        with self._observer(self._work):
            return self._reader.read(part_number, offset, length)
