package main

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"os"

	pb "emo/assets/v1"
)

// download fetches what `target.ASSET_ID.part` lacks, and renames it when all of it is there and right.
func (c *connection) download(ctx context.Context, id, target string, done *int64) (err error) {
	part := target + "." + id + ".part"
	out, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if size, _ := out.Seek(0, io.SeekEnd); err != nil && size == 0 {
			os.Remove(part) // there is nothing to go on with
		}
		out.Close()
	}()
	whole := crc32.New(castagnoli)
	if *done, err = io.Copy(whole, out); err != nil {
		return err
	}
	file, size, err := c.receive(ctx, id, *done, io.MultiWriter(out, whole))
	if err != nil {
		return err
	}
	if size != file.GetSizeBytes() || whole.Sum32() != file.GetCrc32C() {
		os.Remove(part)
		return errors.New("the file arrived damaged")
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return os.Rename(part, target)
}

// receive writes the bytes from an offset on; gives what they belong to, and the offset behind them.
func (c *connection) receive(ctx context.Context, id string, at int64, out io.Writer) (*pb.File, int64, error) {
	stream, err := c.assets.DownloadAsset(ctx, &pb.DownloadAssetRequest{AssetId: id, Offset: at})
	if err != nil {
		return nil, at, err
	}
	var file *pb.File
	for {
		message, err := stream.Recv()
		if err == io.EOF {
			return file, at, nil
		}
		if err != nil {
			return nil, at, err
		}
		if header := message.GetHeader(); header != nil {
			file = header.File
		}
		size, err := out.Write(message.GetChunk().GetData())
		if at += int64(size); err != nil {
			return nil, at, err
		}
	}
}
