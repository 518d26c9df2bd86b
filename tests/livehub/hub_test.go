package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func allowed(asked) (int, string) { return http.StatusOK, `{"result":{}}` }

func TestConfigurationIsTakenWholeOrNotAtAll(t *testing.T) {
	config := sample(t, "http://127.0.0.1:1", map[string]string{"CENTRIFUGO_HTTP_SERVER_PORT": "8001"})
	if config.HTTP.Port != 8001 || config.RPC.Proxy.HTTP.StaticHeaders["X-Hub-Key"] != hubKey {
		t.Errorf("the environment is not over the file: %+v", config)
	}
	if chat := config.options("chat:pearls"); chat == nil || !chat.ForceRecovery || chat.HistoryTTL.std() != 10*time.Minute {
		t.Errorf("chat: %+v", chat)
	}
	if config.options("nonsense:1") != nil {
		t.Error("there is a namespace that there is not")
	}
	for text, why := range map[string]string{
		`{"clients":{}}`:                               "unknown field",
		`{"client":{"ping_interval":25}}`:              "a duration is a text",
		`{"client":{"token":{"hmac_secret_key":""}}}`:  "hmac_secret_key is missing",
		`{"client":{"token":{"hmac_secret_key":"a"}}}`: "http_api.key is missing",
		`{"client":{"token":{"hmac_secret_key":"a"}},"http_api":{"key":"b"},"engine":{"type":"tape"}}`:                                         "memory or redis",
		`{"client":{"token":{"hmac_secret_key":"a"}},"http_api":{"key":"b"},"channel":{"namespaces":[{"name":"room","force_recovery":true}]}}`: "recovery needs",
	} {
		path := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readConfig(path, func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTokensLetInWhomTheyName(t *testing.T) {
	hub := serve(t, sample(t, "http://127.0.0.1:1", nil))
	old := dial(t, hub.URL).ask(fmt.Sprintf(`"connect":{"token":%q}`, token(t, secret, "ann", "", -time.Hour)))
	if at(old, "error", "code") != 109.0 {
		t.Errorf("an old token: %v", old)
	}
	for name, text := range map[string]string{
		"forged":              token(t, "another secret", "ann", "", time.Hour),
		"forged and old":      token(t, "another secret", "ann", "", -time.Hour),
		"of another kind":     token(t, secret, "ann", "shopper:ann", time.Hour),
		"without a signature": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.",
	} {
		one := dial(t, hub.URL)
		one.send(fmt.Sprintf(`"connect":{"token":%q}`, text))
		if code := one.closed(); code != 3500 {
			t.Errorf("%s: %d", name, code)
		}
	}
	ann := connected(t, hub.URL, "ann")
	if none := ann.ask(`"subscribe":{"channel":"shopper:ann"}`); at(none, "error", "code") != 103.0 {
		t.Errorf("without a token: %v", none)
	}
	if unknown := ann.ask(`"subscribe":{"channel":"nonsense:1"}`); at(unknown, "error", "code") != 102.0 {
		t.Errorf("unknown: %v", unknown)
	}
	own := fmt.Sprintf(`"subscribe":{"channel":"shopper:ann","token":%q}`, token(t, secret, "ann", "shopper:ann", time.Hour))
	if got := ann.ask(own); at(got, "subscribe", "recoverable") != true || at(got, "subscribe", "expires") != true {
		t.Errorf("own: %v", got)
	}
	ann.send(fmt.Sprintf(`"subscribe":{"channel":"shopper:bob","token":%q}`, token(t, secret, "bob", "shopper:bob", time.Hour)))
	if code := ann.closed(); code != 3500 {
		t.Errorf("another's: %d", code)
	}
}

func TestWhatWasMissedIsRecovered(t *testing.T) {
	hub := serve(t, sample(t, "http://127.0.0.1:1", nil))
	before := call(t, hub.URL, "history", `{"channel":"chat:pearls","limit":0}`)
	epoch, _ := at(before, "result", "epoch").(string)
	if epoch == "" || at(before, "result", "offset") != nil {
		t.Fatalf("before the first: %v", before)
	}
	for n := 1; n <= 3; n++ {
		said := call(t, hub.URL, "publish", fmt.Sprintf(`{"channel":"chat:pearls","data":{"line":%d}}`, n))
		if at(said, "result", "offset") != float64(n) || at(said, "result", "epoch") != epoch {
			t.Fatalf("%v", said)
		}
	}
	ann := connected(t, hub.URL, "ann")
	got := ann.ask(fmt.Sprintf(`"subscribe":{"channel":"chat:pearls","recover":true,"offset":1,"epoch":%q}`, epoch))
	missed, _ := at(got, "subscribe", "publications").([]any)
	if at(got, "subscribe", "recovered") != true || len(missed) != 2 || at(missed[0], "data", "line") != 2.0 {
		t.Errorf("%v", got)
	}
	call(t, hub.URL, "publish", `{"channel":"chat:pearls","data":{"line":4}}`)
	if said := ann.published(); at(said, "line") != 4.0 {
		t.Errorf("%v", said)
	}
	bob := connected(t, hub.URL, "bob")
	lost := bob.ask(`"subscribe":{"channel":"chat:pearls","recover":true,"offset":1,"epoch":"another"}`)
	if at(lost, "subscribe", "recovered") != nil || at(lost, "subscribe", "was_recovering") != true {
		t.Errorf("another epoch: %v", lost)
	}
	if none := bob.ask(`"history":{"channel":"pulse:pearls","limit":1}`); at(none, "error", "code") != 108.0 {
		t.Errorf("history that is not kept: %v", none)
	}
}

func TestCallsGoToTheVenueAndItsAnswersComeBack(t *testing.T) {
	address, heard := venue(t, func(one asked) (int, string) {
		switch one.body["method"] {
		case "echo":
			return http.StatusOK, `{"result":{"data":{"text":"左边第三颗"}}}`
		case "refuse":
			return http.StatusOK, `{"error":{"code":1429,"message":"slowly","temporary":true}}`
		case "leave":
			return http.StatusOK, `{"disconnect":{"code":4501,"reason":"go away"}}`
		default:
			return http.StatusInternalServerError, `{}`
		}
	})
	hub := serve(t, sample(t, address, nil))
	ann := connected(t, hub.URL, "ann")
	if got := ann.ask(`"rpc":{"method":"echo","data":{"n":1}}`); at(got, "rpc", "data", "text") != "左边第三颗" {
		t.Errorf("%v", got)
	}
	one := <-heard
	wanted := map[string]any{
		"client": one.body["client"], "transport": "websocket", "protocol": "json", "encoding": "json",
		"user": "ann", "method": "echo", "data": map[string]any{"n": 1.0},
	}
	if one.path != "/hub/rpc" || one.header.Get("X-Hub-Key") != hubKey || !reflect.DeepEqual(one.body, wanted) {
		t.Errorf("%+v", one)
	}
	if got := ann.ask(`"rpc":{"method":"refuse"}`); at(got, "error", "code") != 1429.0 || at(got, "error", "temporary") != true {
		t.Errorf("%v", got)
	}
	if got := ann.ask(`"rpc":{"method":"break"}`); at(got, "error", "code") != 100.0 || at(got, "error", "temporary") != true {
		t.Errorf("a venue that breaks: %v", got)
	}
	if got := ann.ask(`"publish":{"channel":"chat:pearls","data":{}}`); at(got, "error", "code") != 103.0 {
		t.Errorf("clients do not publish: %v", got)
	}
	ann.send(`"rpc":{"method":"leave"}`)
	if code := ann.closed(); code != 4501 {
		t.Errorf("%d", code)
	}
}

func TestTheVenueSaysWhoMayListen(t *testing.T) {
	address, _ := venue(t, func(one asked) (int, string) {
		if one.path == "/hub/subscribe" && one.body["channel"] == "group:fans" && one.body["user"] == "ann" {
			return allowed(one)
		}
		return http.StatusOK, `{"error":{"code":103,"message":"permission denied"}}`
	})
	hub := serve(t, sample(t, address, nil))
	if got := connected(t, hub.URL, "ann").ask(`"subscribe":{"channel":"group:fans"}`); at(got, "subscribe", "positioned") != true {
		t.Errorf("a member: %v", got)
	}
	if got := connected(t, hub.URL, "bob").ask(`"subscribe":{"channel":"group:fans"}`); at(got, "error", "code") != 103.0 {
		t.Errorf("another: %v", got)
	}
}

func TestAPublishHookMayChangeWhatIsSaid(t *testing.T) {
	address, _ := venue(t, func(asked) (int, string) { return http.StatusOK, `{"result":{"data":{"clean":true}}}` })
	config := sample(t, address, nil)
	config.Channel.Proxy.Publish.Endpoint = address + "/hub/publish"
	config.Channel.WithoutNamespace.PublishProxyEnabled = true
	hub := serve(t, config)
	ann := connected(t, hub.URL, "ann")
	ann.ask(`"subscribe":{"channel":"live"}`)
	ann.send(`"publish":{"channel":"live","data":{"clean":false}}`)
	if said := ann.published(); at(said, "clean") != true {
		t.Errorf("%v", said)
	}
}

func TestTheAPIIsForWhoeverHasTheKey(t *testing.T) {
	hub := serve(t, sample(t, "http://127.0.0.1:1", nil))
	for _, header := range [][]string{{}, {"X-API-Key", "another"}, {"Authorization", "apikey another"}} {
		if status, _ := post(t, hub.URL+"/api/info", "{}", header...); status != http.StatusUnauthorized {
			t.Errorf("%v: %d", header, status)
		}
	}
	if status, said := post(t, hub.URL+"/api/info", "{}", "Authorization", "apikey "+apiKey); status != http.StatusOK || at(said, "result", "nodes") == nil {
		t.Errorf("%d %v", status, said)
	}
	for path, wanted := range map[string]int{"nonsense": http.StatusNotFound, "publish": http.StatusBadRequest} {
		if status, _ := post(t, hub.URL+"/api/"+path, "[]", "X-API-Key", apiKey); status != wanted {
			t.Errorf("%s: %d", path, status)
		}
	}
	if said := call(t, hub.URL, "publish", `{"channel":"nonsense:1","data":1}`); at(said, "error", "code") != 102.0 {
		t.Errorf("%v", said)
	}
	if said := call(t, hub.URL, "history", `{"channel":"live"}`); at(said, "error", "code") != 108.0 {
		t.Errorf("%v", said)
	}
}

func TestABatchIsDoneInOrderAndARetryOnce(t *testing.T) {
	hub := serve(t, sample(t, "http://127.0.0.1:1", nil))
	batch := `{"commands":[
		{"publish":{"channel":"room:pearls","data":1,"idempotency_key":"a"}},
		{"history":{"channel":"room:pearls","limit":0}},
		{"publish":{"channel":"room:pearls","data":2,"idempotency_key":"b"}},
		{"publish":{"channel":"nonsense:1","data":3}},
		{"disconnect":{"user":"nobody"}}]}`
	for range 2 {
		replies, _ := call(t, hub.URL, "batch", batch)["replies"].([]any)
		if len(replies) != 5 || at(replies[0], "publish", "offset") != 1.0 || at(replies[2], "publish", "offset") != 2.0 ||
			at(replies[3], "error", "code") != 102.0 || at(replies[4], "disconnect") == nil {
			t.Fatalf("%v", replies)
		}
	}
	after := call(t, hub.URL, "history", `{"channel":"room:pearls","limit":-1}`)
	if kept, _ := at(after, "result", "publications").([]any); len(kept) != 2 || at(after, "result", "offset") != 2.0 {
		t.Errorf("a repetition was published: %v", after)
	}
}

func TestNodesShareChannelsAndOrders(t *testing.T) {
	env := map[string]string{"CENTRIFUGO_ENGINE_TYPE": "redis", "CENTRIFUGO_ENGINE_REDIS_ADDRESS": redis(t)}
	one, other := serve(t, sample(t, "http://127.0.0.1:1", env)), serve(t, sample(t, "http://127.0.0.1:1", env))
	ann := connected(t, other.URL, "ann")
	ann.ask(`"subscribe":{"channel":"chat:pearls"}`)
	said := `{"channel":"chat:pearls","data":{"line":1},"idempotency_key":"1"}`
	call(t, one.URL, "publish", said)
	call(t, other.URL, "publish", said)
	call(t, one.URL, "publish", `{"channel":"chat:pearls","data":{"line":2}}`)
	if first, second := ann.published(), ann.published(); at(first, "line") != 1.0 || at(second, "line") != 2.0 {
		t.Errorf("%v, %v", first, second)
	}
	call(t, one.URL, "disconnect", `{"user":"ann","disconnect":{"code":3503,"reason":"force disconnect"}}`)
	if code := ann.closed(); code != 3503 {
		t.Errorf("%d", code)
	}
}

func TestTheBalancerPassesOverDeadNodesAndCutsSockets(t *testing.T) {
	hub := serve(t, sample(t, "http://127.0.0.1:1", nil))
	made := newBalancer([]string{"127.0.0.1:1", strings.TrimPrefix(hub.URL, "http://")}, true)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go made.serve(listener)
	address := "http://" + listener.Addr().String()
	ann := connected(t, address, "ann")
	made.cut(2)
	if _, err := ann.next(); err == nil || websocket.IsCloseError(err, 1000, 3001) {
		t.Errorf("no cut: %v", err)
	}
	url := strings.Replace(address, "http", "ws", 1) + "/connection/websocket"
	if _, _, err := websocket.DefaultDialer.Dial(url, nil); err == nil {
		t.Error("the one after the cut was to be refused")
	}
	call(t, address, "info", "{}")
	connected(t, address, "ann")
	made.cut(1000)
	made.heal()
	connected(t, address, "ann")
}
