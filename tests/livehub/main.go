// Livehub is the live hub that a venue would deploy, as far as it matters here: Centrifugo's engine (the library
// github.com/centrifugal/centrifuge) behind Centrifugo's own configuration, proxy hooks and HTTP API.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// How long clients and requests under way may take to end.
const grace = 3 * time.Second

const usage = `usage: livehub COMMAND
  node -config FILE   one node; secrets, address and Redis also from CENTRIFUGO_… variables
  balance NODE…       one address before several nodes: -listen ADDR, -control ADDR, -in-order
  fanout URL…         what the nodes carry: -subscribers N, -rate N, -for D
`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "livehub:", err)
		os.Exit(2)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New(usage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	switch arguments[0] {
	case "node":
		return runNode(ctx, arguments[1:])
	case "balance":
		return runBalance(ctx, arguments[1:])
	case "fanout":
		return runFanout(ctx, arguments[1:])
	default:
		return errors.New(usage)
	}
}

func runNode(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("node", flag.ContinueOnError)
	path := flags.String("config", "centrifugo.json", "Centrifugo's configuration, JSON")
	untilEOF := flags.Bool("until-eof", false, "end when standard input ends: with whoever started this")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	config, err := readConfig(*path, os.Getenv)
	if err != nil {
		return err
	}
	ctx = until(ctx, *untilEOF)
	hub, err := newHub(config, logger(config.Log.Level))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(config.HTTP.Address, strconv.Itoa(config.HTTP.Port)))
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	server := &http.Server{Handler: hub.routes(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	// Clients are told with 3001, and come back elsewhere.
	err = hub.node.Shutdown(ending)
	return errors.Join(err, server.Shutdown(ending))
}

// until ends with standard input, if it should.
func until(ctx context.Context, eof bool) context.Context {
	if !eof {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx
}

func logger(name string) *slog.Logger {
	if name == "none" {
		return slog.New(slog.DiscardHandler)
	}
	var level slog.Level
	// The configuration was checked: these are slog's names too.
	_ = level.UnmarshalText([]byte(name))
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
