package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"
)

const (
	fanoutChannel     = "chat:fanout"
	fanoutSubscribers = 5000
	fanoutRate        = 100
	fanoutFor         = time.Minute
	// What publications carry to be timed by: when they were sent, in microseconds.
	fanoutMark = `"sent_us":`
)

// load is what is put on the nodes, and what came of it.
type load struct {
	nodes       []*url.URL
	tokenKey    string
	apiKey      string
	subscribers int
	rate        int
	lasts       time.Duration

	mu     sync.Mutex
	delays []time.Duration
}

// runFanout has subscribers listen at the nodes in turn, publishes at the first, and prints how late what came was.
func runFanout(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("fanout", flag.ContinueOnError)
	made := &load{
		tokenKey: os.Getenv("CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY"), apiKey: os.Getenv("CENTRIFUGO_HTTP_API_KEY"),
	}
	flags.IntVar(&made.subscribers, "subscribers", 2000, "who listens, 5000 at most")
	flags.IntVar(&made.rate, "rate", 10, "publications a second, 100 at most")
	flags.DurationVar(&made.lasts, "for", 20*time.Second, "how long, a minute at most")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if made.subscribers < 1 || made.subscribers > fanoutSubscribers || made.rate < 1 || made.rate > fanoutRate ||
		made.lasts < time.Second || made.lasts > fanoutFor {
		return errors.New("that is more than this is for, or nothing")
	}
	for _, text := range flags.Args() {
		node, err := url.Parse(text)
		if err != nil {
			return err
		}
		if ip := net.ParseIP(node.Hostname()); ip == nil || !ip.IsLoopback() {
			return fmt.Errorf("load goes to loopback only, not to %s", text)
		}
		made.nodes = append(made.nodes, node)
	}
	if len(made.nodes) == 0 {
		return errors.New("name the nodes, http://HOST:PORT each")
	}
	return made.run(ctx)
}

func (l *load) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.lasts+time.Minute)
	defer cancel()
	var listening sync.WaitGroup
	var sockets []*websocket.Conn
	for n := range l.subscribers {
		socket, err := l.subscribe(ctx, n)
		if err != nil {
			return fmt.Errorf("subscriber %d: %w", n, err)
		}
		sockets = append(sockets, socket)
		listening.Go(func() { l.listen(socket) })
	}
	published, err := l.publish(ctx)
	// What is under way is to arrive.
	time.Sleep(2 * time.Second)
	for _, socket := range sockets {
		socket.Close()
	}
	listening.Wait()
	if err != nil {
		return err
	}
	return l.report(published)
}

func (l *load) subscribe(ctx context.Context, n int) (*websocket.Conn, error) {
	node := *l.nodes[n%len(l.nodes)]
	node.Scheme, node.Path = "ws", "/connection/websocket"
	socket, _, err := websocket.DefaultDialer.DialContext(ctx, node.String(), nil)
	if err != nil {
		return nil, err
	}
	said := jwt.MapClaims{"sub": fmt.Sprintf("listener_%d", n), "exp": time.Now().Add(time.Hour).Unix()}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, said).SignedString([]byte(l.tokenKey))
	if err != nil {
		return nil, err
	}
	frame := fmt.Sprintf("{\"id\":1,\"connect\":{\"token\":%q}}\n{\"id\":2,\"subscribe\":{\"channel\":%q}}", token, fanoutChannel)
	if err := socket.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		return nil, err
	}
	for answer := []byte{}; !bytes.Contains(answer, []byte(`"subscribe"`)); {
		if _, answer, err = socket.ReadMessage(); err != nil {
			return nil, err
		}
		if bytes.Contains(answer, []byte(`"error"`)) {
			return nil, fmt.Errorf("refused: %s", answer)
		}
	}
	return socket, nil
}

// listen notes how late each publication is, until the socket is closed.
func (l *load) listen(socket *websocket.Conn) {
	var delays []time.Duration
	for {
		_, frame, err := socket.ReadMessage()
		if err != nil {
			break
		}
		now := time.Now().UnixMicro()
		for line := range bytes.Lines(frame) {
			line = bytes.TrimSpace(line)
			if string(line) == "{}" {
				_ = socket.WriteMessage(websocket.TextMessage, line)
				continue
			}
			_, rest, has := bytes.Cut(line, []byte(fanoutMark))
			digits, _, _ := bytes.Cut(rest, []byte("}"))
			if sent, err := strconv.ParseInt(string(digits), 10, 64); has && err == nil {
				delays = append(delays, time.Duration(now-sent)*time.Microsecond)
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delays = append(l.delays, delays...)
}

func (l *load) publish(ctx context.Context) (int, error) {
	every := time.NewTicker(time.Second / time.Duration(l.rate))
	defer every.Stop()
	count := int(l.lasts.Seconds() * float64(l.rate))
	for range count {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-every.C:
		}
		body := fmt.Sprintf(`{"channel":%q,"data":{%s%d}}`, fanoutChannel, fanoutMark, time.Now().UnixMicro())
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.nodes[0].String()+"/api/publish",
			bytes.NewReader([]byte(body)))
		if err != nil {
			return 0, err
		}
		request.Header.Set("X-API-Key", l.apiKey)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err
		}
		var said reply
		err = json.NewDecoder(answer.Body).Decode(&said)
		answer.Body.Close()
		if err != nil || said.Error != nil {
			return 0, fmt.Errorf("publishing failed: status %d, %v, %+v", answer.StatusCode, err, said.Error)
		}
	}
	return count, nil
}

func (l *load) report(published int) error {
	wanted := published * l.subscribers
	slices.Sort(l.delays)
	if len(l.delays) == 0 {
		return errors.New("nothing came")
	}
	at := func(share float64) time.Duration { return l.delays[int(share*float64(len(l.delays)-1))] }
	fmt.Printf("%d nodes, %d subscribers, %d publications at %d/s: %d of %d deliveries\n",
		len(l.nodes), l.subscribers, published, l.rate, len(l.delays), wanted)
	fmt.Printf("delay p50 %v, p95 %v, p99 %v, longest %v\n", at(0.5), at(0.95), at(0.99), at(1))
	if len(l.delays) != wanted {
		return fmt.Errorf("%d deliveries are missing", wanted-len(l.delays))
	}
	return nil
}
