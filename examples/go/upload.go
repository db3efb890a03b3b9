package main

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	pb "emo/assets/v1"
)

// upload sends the file at an absolute path from where the server has it, and gives its asset's id.
func (c *connection) upload(ctx context.Context, path string, done *int64) (string, error) {
	source, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer source.Close()
	id, err := c.assetOf(ctx, source)
	if err != nil {
		return "", err
	}
	status, err := c.assets.GetUploadStatus(ctx, &pb.GetUploadStatusRequest{AssetId: id})
	if err != nil {
		return "", err
	}
	*done = status.PersistedSize
	if status.Complete {
		return id, c.compare(ctx, id, source)
	}
	stream, err := c.assets.UploadAsset(ctx)
	if err != nil {
		return "", err
	}
	start := &pb.UploadStart{AssetId: id, Offset: status.PersistedSize}
	err = stream.Send(&pb.UploadAssetRequest{Payload: &pb.UploadAssetRequest_Start{Start: start}})
	if err == nil {
		err = sendFrom(stream, source, status.PersistedSize)
	}
	if err != nil && err != io.EOF { // io.EOF: the server has answered already
		return "", err
	}
	answer, err := stream.CloseAndRecv()
	if err == nil && !answer.Complete {
		err = errors.New("the file has changed meanwhile")
	}
	return id, err
}

// assetOf makes the asset. The same file has the same request id when this runs again, and gets the same asset (AIP-155).
func (c *connection) assetOf(ctx context.Context, source *os.File) (string, error) {
	info, err := source.Stat()
	if err != nil {
		return "", err
	}
	sum := md5.Sum([]byte(fmt.Sprint(os.Getenv("EMO_USERNAME"), source.Name(), info.Size(), info.ModTime().UnixNano())))
	sum[6], sum[8] = sum[6]&15|3<<4, sum[8]&63|128 // a UUID made of a name (RFC 9562, version 3)
	requestID := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:])
	name := filepath.Base(source.Name())
	asset := &pb.Asset{Title: name, File: &pb.File{Name: name, SizeBytes: info.Size()}}
	made, err := c.assets.CreateAsset(ctx, &pb.CreateAssetRequest{Asset: asset, RequestId: requestID})
	return made.GetAssetId(), err
}

func sendFrom(stream pb.AssetsService_UploadAssetClient, source io.Reader, persisted int64) error {
	whole := crc32.New(castagnoli)
	if _, err := io.CopyN(whole, source, persisted); err != nil {
		return err
	}
	buffer := make([]byte, 1<<20)
	for {
		size, err := io.ReadFull(source, buffer)
		if err == io.EOF {
			break
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			return err
		}
		whole.Write(buffer[:size])
		crc := crc32.Checksum(buffer[:size], castagnoli)
		chunk := &pb.UploadChunk{Data: buffer[:size], Crc32C: &crc}
		if err := stream.Send(&pb.UploadAssetRequest{Payload: &pb.UploadAssetRequest_Chunk{Chunk: chunk}}); err != nil {
			return err
		}
	}
	crc := whole.Sum32()
	finish := &pb.UploadFinish{Crc32C: &crc}
	return stream.Send(&pb.UploadAssetRequest{Payload: &pb.UploadAssetRequest_Finish{Finish: finish}})
}

// compare: an upload that is complete is ours if it has our checksum; an answer to `finish` may have been lost.
func (c *connection) compare(ctx context.Context, id string, source io.Reader) error {
	whole := crc32.New(castagnoli)
	if _, err := io.Copy(whole, source); err != nil {
		return err
	}
	answer, err := c.assets.GetAsset(ctx, &pb.GetAssetRequest{AssetId: id})
	if err == nil && answer.Asset.File.GetCrc32C() != whole.Sum32() {
		return errors.New("this asset has another file already")
	}
	return err
}
