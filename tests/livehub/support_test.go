package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"
)

const (
	secret   = "secret of the tokens"
	apiKey   = "key of the api"
	hubKey   = "key of the hooks"
	patience = 5 * time.Second
)

// sample is the configuration that a venue would deploy, with secrets and hooks set as it would set them.
func sample(t *testing.T, venue string, more map[string]string) *Config {
	t.Helper()
	header := fmt.Sprintf(`{"X-Hub-Key":%q}`, hubKey)
	env := map[string]string{
		"CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY":                secret,
		"CENTRIFUGO_HTTP_API_KEY":                                apiKey,
		"CENTRIFUGO_ENGINE_TYPE":                                 "memory",
		"CENTRIFUGO_RPC_PROXY_ENDPOINT":                          venue + "/hub/rpc",
		"CENTRIFUGO_CHANNEL_PROXY_SUBSCRIBE_ENDPOINT":            venue + "/hub/subscribe",
		"CENTRIFUGO_RPC_PROXY_HTTP_STATIC_HEADERS":               header,
		"CENTRIFUGO_CHANNEL_PROXY_SUBSCRIBE_HTTP_STATIC_HEADERS": header,
	}
	for name, value := range more {
		env[name] = value
	}
	config, err := readConfig("centrifugo.json", func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// serve starts a node; its address is that of the server.
func serve(t *testing.T, config *Config) *httptest.Server {
	t.Helper()
	made, err := newHub(config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(made.routes())
	t.Cleanup(func() {
		_ = made.node.Shutdown(t.Context())
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// asked is what a venue's hook was sent.
type asked struct {
	path   string
	header http.Header
	body   map[string]any
}

// venue answers every hook with `answer`, and keeps what it was asked.
func venue(t *testing.T, answer func(asked) (int, string)) (string, chan asked) {
	t.Helper()
	heard := make(chan asked, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one := asked{path: r.URL.Path, header: r.Header}
		_ = json.NewDecoder(r.Body).Decode(&one.body)
		heard <- one
		status, text := answer(one)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL, heard
}

// token as the venue mints them; `channel` empty for a connection.
func token(t *testing.T, key, user, channel string, lasts time.Duration) string {
	t.Helper()
	said := jwt.MapClaims{"sub": user, "exp": time.Now().Add(lasts).Unix()}
	if channel != "" {
		said["channel"] = channel
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, said).SignedString([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// client speaks the protocol frame by frame.
type client struct {
	t      *testing.T
	socket *websocket.Conn
	lines  []string
	last   int
}

func dial(t *testing.T, base string) *client {
	t.Helper()
	url := strings.Replace(base, "http", "ws", 1) + "/connection/websocket"
	socket, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return &client{t: t, socket: socket}
}

// connected is a client that is past its connect.
func connected(t *testing.T, base, user string) *client {
	t.Helper()
	made := dial(t, base)
	if reply := made.ask(fmt.Sprintf(`"connect":{"token":%q}`, token(t, secret, user, "", time.Hour))); reply["connect"] == nil {
		t.Fatalf("not connected: %v", reply)
	}
	return made
}

func (c *client) send(command string) int {
	c.t.Helper()
	c.last++
	if err := c.socket.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":%d,%s}`, c.last, command)); err != nil {
		c.t.Fatal(err)
	}
	return c.last
}

// next is the next line that is no ping.
func (c *client) next() (map[string]any, error) {
	for {
		for len(c.lines) == 0 {
			_ = c.socket.SetReadDeadline(time.Now().Add(patience))
			_, text, err := c.socket.ReadMessage()
			if err != nil {
				return nil, err
			}
			c.lines = strings.Split(strings.TrimSpace(string(text)), "\n")
		}
		line := c.lines[0]
		c.lines = c.lines[1:]
		var said map[string]any
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			return nil, err
		}
		if len(said) > 0 {
			return said, nil
		}
	}
}

// ask is answered with the reply to this command; what is pushed before it is passed over.
func (c *client) ask(command string) map[string]any {
	c.t.Helper()
	id := c.send(command)
	for {
		said, err := c.next()
		if err != nil {
			c.t.Fatal(err)
		}
		if said["id"] == float64(id) {
			return said
		}
	}
}

// published is the data of the next publication.
func (c *client) published() any {
	c.t.Helper()
	for {
		said, err := c.next()
		if err != nil {
			c.t.Fatal(err)
		}
		if one := at(said, "push", "pub"); one != nil {
			return at(one, "data")
		}
	}
}

// closed is the code with which the hub closes the socket.
func (c *client) closed() int {
	c.t.Helper()
	for {
		if _, err := c.next(); err != nil {
			code, ok := err.(*websocket.CloseError)
			if !ok {
				c.t.Fatal(err)
			}
			return code.Code
		}
	}
}

// at follows names into objects; nil if one is not there.
func at(value any, names ...string) any {
	for _, name := range names {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// call posts to the API with the key.
func call(t *testing.T, base, method, body string) map[string]any {
	t.Helper()
	status, said := post(t, base+"/api/"+method, body, "X-API-Key", apiKey)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d", method, status)
	}
	return said
}

func post(t *testing.T, url, body string, header ...string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(header); at += 2 {
		request.Header.Set(header[at], header[at+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var said map[string]any
	_ = json.NewDecoder(answer.Body).Decode(&said)
	return answer.StatusCode, said
}

// redis starts a server of its own, which keeps nothing. Without the program the test is skipped.
func redis(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is missing")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	listener.Close()
	server := exec.Command(program, "--port", fmt.Sprint(address.Port), "--bind", "127.0.0.1", "--save", "",
		"--appendonly", "no", "--dir", t.TempDir())
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if socket, err := net.Dial("tcp", address.String()); err == nil {
			socket.Close()
			return "redis://" + address.String()
		}
	}
	t.Fatal("redis-server does not answer")
	return ""
}
