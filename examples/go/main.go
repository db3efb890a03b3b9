// Sends a file to emo, or fetches one. Broken off, the same command goes on.
//
//	emo-example upload FILE               prints the asset's id
//	emo-example download ASSET_ID FILE
//
// EMO_SERVER is host:port; EMO_USERNAME and EMO_PASSWORD say who you are. The protocol: docs/transfer-protocol.md
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	server := os.Getenv("EMO_SERVER")
	if server == "" {
		server = "localhost:50051"
	}
	c := connect(server)
	switch arguments := os.Args[1:]; {
	case os.Getenv("EMO_USERNAME") == "" || os.Getenv("EMO_PASSWORD") == "":
		exitWithUsage()
	case len(arguments) == 2 && arguments[0] == "upload":
		path, err := filepath.Abs(arguments[1])
		exitOn(err)
		id := ""
		exitOn(c.persist(func(ctx context.Context, done *int64) (err error) {
			id, err = c.upload(ctx, path, done)
			return err
		}))
		fmt.Println(id)
	case len(arguments) == 3 && arguments[0] == "download":
		exitOn(c.persist(func(ctx context.Context, done *int64) error {
			return c.download(ctx, arguments[1], arguments[2], done)
		}))
		fmt.Println(arguments[2])
	default:
		exitWithUsage()
	}
}

func exitWithUsage() {
	fmt.Fprintln(os.Stderr, "usage: emo-example upload FILE | download ASSET_ID FILE, with EMO_USERNAME and EMO_PASSWORD set")
	os.Exit(2)
}

// exitOn ends the program with what an error says, if there is one.
func exitOn(err error) {
	if err == nil {
		return
	}
	reason, sentence, _ := explain(err)
	if reason != "" {
		sentence = reason + ": " + sentence
	}
	fmt.Fprintln(os.Stderr, sentence)
	os.Exit(1)
}
