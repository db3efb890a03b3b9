package main

import (
	"context"
	"crypto/tls"
	"hash/crc32"
	"math/rand"
	"net"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	assets "emo/assets/v1"
	users "emo/users/v1"
)

const mostTries = 15

// After these a transfer goes on; docs/transfer-protocol.md has the whole table.
var goesOn = map[string]bool{"TOKEN_EXPIRED": true, "SESSION_REVOKED": true, "CHUNK_CHECKSUM_MISMATCH": true,
	"OFFSET_OUT_OF_RANGE": true, "TOO_MANY_CALLS": true, "RATE_LIMITED": true, "CONCURRENT_CHANGE": true}
var startsOverOnce = map[string]bool{"FILE_CHECKSUM_MISMATCH": true, "STORED_FILE_CORRUPT": true}
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type connection struct {
	assets assets.AssetsServiceClient
	users  users.UsersServiceClient
	token  string
}

func connect(server string) *connection {
	c := &connection{}
	options := []grpc.DialOption{grpc.WithPerRPCCredentials(c), grpc.WithUnaryInterceptor(limitTime),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 40 * time.Second, Timeout: 10 * time.Second})}
	host, _, _ := net.SplitHostPort(server)
	if host == "localhost" || net.ParseIP(host).IsLoopback() {
		options = append(options, grpc.WithInsecure(), grpc.WithNoProxy())
	} else {
		options = append(options, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{})))
	}
	channel, err := grpc.Dial(server, options...)
	exitOn(err)
	c.assets, c.users = assets.NewAssetsServiceClient(channel), users.NewUsersServiceClient(channel)
	return c
}

// GetRequestMetadata says who calls, and the language of the sentences in errors.
func (c *connection) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + c.token, "accept-language": (os.Getenv("LANG") + "en")[:2]}, nil
}

func (c *connection) RequireTransportSecurity() bool { return false } // on this machine there is none

func limitTime(ctx context.Context, method string, request, answer interface{}, channel *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return invoke(ctx, method, request, answer, channel, options...)
}

// logIn gets a token. A program that keeps no password keeps the refresh token, and calls RefreshTokens.
func (c *connection) logIn() error {
	who := &users.LoginRequest_Username{Username: os.Getenv("EMO_USERNAME")}
	answer, err := c.users.Login(context.Background(), &users.LoginRequest{Identifier: who, Password: os.Getenv("EMO_PASSWORD")})
	c.token = answer.GetTokens().GetAccessToken()
	return err
}

// explain finds reason, sentence and time to wait in the google.rpc.Status that every error of emo carries.
func explain(err error) (reason, sentence string, wait time.Duration) {
	sentence = status.Convert(err).Message()
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			reason = detail.Reason
		case *errdetails.LocalizedMessage:
			sentence = detail.Message
		case *errdetails.RetryInfo:
			wait = time.Duration(detail.RetryDelay.GetSeconds()) * time.Second
		}
	}
	return reason, sentence, wait
}

// persist repeats an attempt until it is through. An attempt sets `done` to the bytes that were safe when it began.
func (c *connection) persist(attempt func(ctx context.Context, done *int64) error) error {
	var done, furthest int64
	hasRestarted, limit := false, 200*time.Millisecond
	for tries := 1; ; tries++ {
		ctx, cancel := context.WithCancel(context.Background())
		var err error
		if c.token == "" {
			err = c.logIn()
		}
		if err == nil {
			err = attempt(ctx, &done)
		}
		cancel() // what is left of a broken stream
		if err == nil {
			return nil
		}
		reason, _, wait := explain(err)
		code := status.Code(err)
		if code == codes.Unauthenticated {
			c.token = ""
		}
		if done > furthest {
			furthest, tries, limit = done, 1, 200*time.Millisecond
		}
		again := code == codes.Unavailable || code == codes.DeadlineExceeded || code == codes.Internal || code == codes.Canceled
		again = again || goesOn[reason] || startsOverOnce[reason] && !hasRestarted
		hasRestarted = hasRestarted || startsOverOnce[reason]
		if !again || tries >= mostTries {
			return err
		}
		time.Sleep(wait + time.Duration(rand.Int63n(int64(limit))))
		if limit *= 2; limit > 10*time.Second {
			limit = 10 * time.Second
		}
	}
}
