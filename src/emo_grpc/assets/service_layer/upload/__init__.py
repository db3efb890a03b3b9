"""Uploads, from their start to a visible file.

The walk of a chunk, and who has it meanwhile:

    upload_stream       the order of messages; makes a ReceivedChunk of each, which lies in its message
      | write
    UploadSession       RepeatedUpload if the file is complete; SmallUpload if it has at most 1 MiB, see below; else
    UploadWriter        checks the chunk's CRC-32C, derives the file's from it, cuts it where parts end
      | add
    SealBatch           until it is 4 MiB, or 1 MiB where many streams share the memory;
      | seal            counts its bytes in TransferMemory until they are sealed
    PartWriter          on a thread: encrypts into what its PartSink gives
      | submit          once the part is full, or the file ends
    PartPipeline        commits parts side by side, counted by PartsUnderWay, and checkpoints them in their order
      | CheckpointUpload over the bus: from then on its bytes are persisted
    UploadHandlers      after the last part CloseUpload, CompleteObject in the store, CompleteUpload: the asset is READY

A stream ends by `finish`, by `pause`, or by itself (`abandon`): whole parts that came are still stored, the rest is
dropped. SmallUpload keeps all bytes in a SealBatch until `finish`, and then stores the only part, the object and the
READY asset in one step (CompleteAtOnce). UploadResources are what all streams share, Uploads opens them.
"""
