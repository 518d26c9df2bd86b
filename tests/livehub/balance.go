package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// How long a node may take to take a connection before the next one is asked.
	dialTimeout = time.Second
	// What a WebSocket's request begins with, the API's does not.
	socketRequest = "GET /connection/"
)

// balancer takes TCP connections and hands each to a node that takes it: in turn, or to the first that lives.
// Its faults are a network's, and hit clients' sockets only: the venue's calls come through.
type balancer struct {
	nodes   []string
	inOrder bool

	mu     sync.Mutex
	turn   int
	refuse int
	open   map[net.Conn]struct{}
}

func runBalance(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("balance", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "where clients and the venue come")
	control := flags.String("control", "", "where POST /faults takes {\"kind\":\"cut\",\"times\":1} or {\"kind\":\"heal\"}")
	inOrder := flags.Bool("in-order", false, "always the first node that lives, instead of one after the other")
	untilEOF := flags.Bool("until-eof", false, "end when standard input ends: with whoever started this")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("name the nodes, HOST:PORT each")
	}
	ctx = until(ctx, *untilEOF)
	made := newBalancer(flags.Args(), *inOrder)
	listener, err := loopback(*listen)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	if *control != "" {
		controls, err := loopback(*control)
		if err != nil {
			return err
		}
		fmt.Printf("http://%s\n", controls.Addr())
		server := &http.Server{Handler: made.control(), ReadHeaderTimeout: grace}
		go func() { _ = server.Serve(controls) }()
		defer server.Close()
	}
	go func() {
		<-ctx.Done()
		listener.Close()
	}()
	made.serve(listener)
	return nil
}

// loopback listens nowhere else: faults and an open door are nobody else's business.
func loopback(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("the balancer listens on loopback only, not on %s", address)
	}
	return net.Listen("tcp", address)
}

func newBalancer(nodes []string, inOrder bool) *balancer {
	return &balancer{nodes: nodes, inOrder: inOrder, open: map[net.Conn]struct{}{}}
}

func (b *balancer) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go b.carry(client)
	}
}

func (b *balancer) carry(client net.Conn) {
	defer client.Close()
	from := bufio.NewReader(client)
	_ = client.SetReadDeadline(time.Now().Add(10 * time.Second))
	head, _ := from.Peek(len(socketRequest))
	_ = client.SetReadDeadline(time.Time{})
	if string(head) == socketRequest && !b.enter(client) {
		return
	}
	defer b.leave(client)
	node := b.dial()
	if node == nil {
		return
	}
	defer node.Close()
	go func() {
		_, _ = io.Copy(node, from)
		// Half-open is not told apart: what one side ends is over for both.
		node.Close()
	}()
	_, _ = io.Copy(client, node)
}

// enter notes a client's socket; false if a fault refuses it.
func (b *balancer) enter(client net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse > 0 {
		b.refuse--
		return false
	}
	b.open[client] = struct{}{}
	return true
}

func (b *balancer) leave(client net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, client)
}

// dial connects to a node that takes it; nil if none does.
func (b *balancer) dial() net.Conn {
	b.mu.Lock()
	first := b.turn
	if !b.inOrder {
		b.turn++
	}
	b.mu.Unlock()
	for at := range b.nodes {
		node, err := net.DialTimeout("tcp", b.nodes[(first+at)%len(b.nodes)], dialTimeout)
		if err == nil {
			return node
		}
	}
	return nil
}

// cut ends the sockets that are open now, without goodbye, and refuses those that come next, `times` in all.
func (b *balancer) cut(times int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse += max(times-1, 0)
	for client := range b.open {
		if tcp, ok := client.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		client.Close()
	}
}

func (b *balancer) heal() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = 0
}

func (b *balancer) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /faults", func(answer http.ResponseWriter, request *http.Request) {
		var fault struct {
			Kind  string `json:"kind"`
			Times int    `json:"times"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(answer, request.Body, 1<<16)).Decode(&fault); err != nil {
			http.Error(answer, "this is no fault", http.StatusBadRequest)
			return
		}
		switch fault.Kind {
		case "cut":
			b.cut(max(fault.Times, 1))
		case "heal":
			b.heal()
		default:
			http.Error(answer, strings.TrimSpace("there is no fault "+fault.Kind), http.StatusBadRequest)
			return
		}
		answer.Header().Set("Content-Type", "application/json")
		_, _ = answer.Write([]byte("{}"))
	})
	return mux
}
