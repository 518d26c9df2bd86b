package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/centrifugal/centrifuge"
)

// hub is one node: the engine, its settings and the venue's hooks.
type hub struct {
	config    *Config
	node      *centrifuge.Node
	log       *slog.Logger
	subscribe *hook
	publish   *hook
	rpc       *hook
}

// newHub makes a node that runs; what it was told about clients stays out of its log.
func newHub(config *Config, log *slog.Logger) (*hub, error) {
	node, err := centrifuge.New(centrifuge.Config{
		LogLevel: centrifuge.LogLevelInfo,
		LogHandler: func(entry centrifuge.LogEntry) {
			log.Log(context.Background(), level(entry.Level), entry.Message, slog.Any("error", entry.Fields["error"]))
		},
		ClientExpiredCloseDelay:         config.Client.ExpiredCloseDelay.std(),
		ClientExpiredSubCloseDelay:      config.Client.ExpiredSubCloseDelay.std(),
		ClientStaleCloseDelay:           config.Client.StaleCloseDelay.std(),
		ClientChannelPositionCheckDelay: config.Client.ChannelPositionCheckDelay.std(),
		ClientChannelLimit:              config.Client.ChannelLimit,
		ChannelMaxLength:                config.Channel.MaxLength,
		HistoryMaxPublicationLimit:      config.Client.HistoryMaxPublicationLimit,
		RecoveryMaxPublicationLimit:     config.Client.RecoveryMaxPublicationLimit,
		HistoryMetaTTL:                  config.Channel.HistoryMetaTTL.std(),
	})
	if err != nil {
		return nil, err
	}
	made := &hub{
		config: config, node: node, log: log,
		subscribe: newHook(config.Channel.Proxy.Subscribe),
		publish:   newHook(config.Channel.Proxy.Publish),
		rpc:       newHook(config.RPC.Proxy),
	}
	if config.Engine.Type == "redis" {
		if err := made.useRedis(); err != nil {
			return nil, err
		}
	}
	node.OnConnecting(made.connecting)
	node.OnConnect(made.connected)
	return made, node.Run()
}

// useRedis shares channels, their history and what nodes tell each other. Channels are spread over all addresses.
func (h *hub) useRedis() error {
	var shards []*centrifuge.RedisShard
	for _, address := range h.config.Engine.Redis.Address {
		shard, err := centrifuge.NewRedisShard(h.node, centrifuge.RedisShardConfig{Address: address})
		if err != nil {
			return fmt.Errorf("redis: %w", err)
		}
		shards = append(shards, shard)
	}
	broker, err := centrifuge.NewRedisBroker(h.node, centrifuge.RedisBrokerConfig{
		Prefix: h.config.Engine.Redis.Prefix, Shards: shards,
	})
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	h.node.SetBroker(broker)
	return nil
}

// routes are those of Centrifugo: the socket, the API and health.
func (h *hub) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(h.node, centrifuge.WebsocketConfig{
		MessageSizeLimit: h.config.WebSocket.MessageSizeLimit,
		PingPongConfig: centrifuge.PingPongConfig{
			PingInterval: h.config.Client.PingInterval.std(), PongTimeout: h.config.Client.PongTimeout.std(),
		},
	}))
	mux.Handle("POST /api/{method}", h.api())
	if h.config.Health.Enabled {
		mux.HandleFunc("GET /health", func(answer http.ResponseWriter, _ *http.Request) {
			answer.Header().Set("Content-Type", "application/json")
			_, _ = answer.Write([]byte("{}"))
		})
	}
	return mux
}

func (h *hub) connecting(_ context.Context, event centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	if event.Token == "" {
		return centrifuge.ConnectReply{}, centrifuge.DisconnectBadRequest
	}
	said, err := verifyConnection(h.config.Client.Token.HMACSecretKey, event.Token)
	if errors.Is(err, errTokenExpired) {
		return centrifuge.ConnectReply{}, centrifuge.ErrorTokenExpired
	}
	if err != nil {
		return centrifuge.ConnectReply{}, centrifuge.DisconnectInvalidToken
	}
	subscriptions := map[string]centrifuge.SubscribeOptions{}
	for _, channel := range said.Channels {
		options := h.config.options(channel)
		if options == nil {
			return centrifuge.ConnectReply{}, centrifuge.ErrorUnknownChannel
		}
		subscriptions[channel] = h.subscribeOptions(options, 0)
	}
	return centrifuge.ConnectReply{
		Credentials:       &centrifuge.Credentials{UserID: said.Subject, ExpireAt: said.expireAt()},
		ClientSideRefresh: true,
		Subscriptions:     subscriptions,
	}, nil
}

// connected gives a client its handlers. They run one after the other for each client, as Centrifugo's do unless told
// otherwise: lines of one sender keep their order.
func (h *hub) connected(client *centrifuge.Client) {
	client.OnRefresh(func(event centrifuge.RefreshEvent, answer centrifuge.RefreshCallback) {
		answer(h.refresh(client, event))
	})
	client.OnSubscribe(func(event centrifuge.SubscribeEvent, answer centrifuge.SubscribeCallback) {
		answer(h.subscribing(client, event))
	})
	client.OnSubRefresh(func(event centrifuge.SubRefreshEvent, answer centrifuge.SubRefreshCallback) {
		answer(h.subRefresh(client, event))
	})
	client.OnHistory(func(event centrifuge.HistoryEvent, answer centrifuge.HistoryCallback) {
		answer(centrifuge.HistoryReply{}, h.mayReadHistory(client, event.Channel))
	})
	client.OnPublish(func(event centrifuge.PublishEvent, answer centrifuge.PublishCallback) {
		answer(h.publishing(client, event))
	})
	client.OnRPC(func(event centrifuge.RPCEvent, answer centrifuge.RPCCallback) {
		answer(h.calling(client, event))
	})
}

func (h *hub) refresh(client *centrifuge.Client, event centrifuge.RefreshEvent) (centrifuge.RefreshReply, error) {
	said, err := verifyConnection(h.config.Client.Token.HMACSecretKey, event.Token)
	if errors.Is(err, errTokenExpired) {
		return centrifuge.RefreshReply{Expired: true}, nil
	}
	if err != nil || said.Subject != client.UserID() {
		return centrifuge.RefreshReply{}, centrifuge.DisconnectInvalidToken
	}
	return centrifuge.RefreshReply{ExpireAt: said.expireAt()}, nil
}

func (h *hub) subRefresh(client *centrifuge.Client, event centrifuge.SubRefreshEvent) (centrifuge.SubRefreshReply, error) {
	said, err := verifyToken(h.config.Client.Token.HMACSecretKey, event.Token)
	if errors.Is(err, errTokenExpired) {
		return centrifuge.SubRefreshReply{Expired: true}, nil
	}
	if err != nil || said.Subject != client.UserID() || said.Channel != event.Channel {
		return centrifuge.SubRefreshReply{}, centrifuge.DisconnectInvalidToken
	}
	return centrifuge.SubRefreshReply{ExpireAt: said.expireAt()}, nil
}

// subscribing asks, in this order: the token if there is one, the venue's hook, the namespace's own permission.
func (h *hub) subscribing(client *centrifuge.Client, event centrifuge.SubscribeEvent) (centrifuge.SubscribeReply, error) {
	options := h.config.options(event.Channel)
	if options == nil || strings.HasSuffix(event.Channel, ":") {
		return centrifuge.SubscribeReply{}, centrifuge.ErrorUnknownChannel
	}
	var expireAt int64
	switch {
	case event.Token != "":
		said, err := verifyToken(h.config.Client.Token.HMACSecretKey, event.Token)
		if errors.Is(err, errTokenExpired) {
			return centrifuge.SubscribeReply{}, centrifuge.ErrorTokenExpired
		}
		if err != nil {
			return centrifuge.SubscribeReply{}, centrifuge.ErrorPermissionDenied
		}
		if said.Channel != event.Channel || said.Subject != client.UserID() {
			return centrifuge.SubscribeReply{}, centrifuge.DisconnectInvalidToken
		}
		expireAt = said.expireAt()
	case options.SubscribeProxyEnabled:
		if _, err := h.subscribe.ask(client, proxyRequest{Channel: event.Channel, Data: event.Data}); err != nil {
			return centrifuge.SubscribeReply{}, h.answerable("subscribe", err)
		}
	case !options.AllowSubscribeForClient:
		return centrifuge.SubscribeReply{}, centrifuge.ErrorPermissionDenied
	}
	return centrifuge.SubscribeReply{
		Options: h.subscribeOptions(options, expireAt), ClientSideRefresh: true,
	}, nil
}

func (h *hub) subscribeOptions(options *ChannelOptions, expireAt int64) centrifuge.SubscribeOptions {
	return centrifuge.SubscribeOptions{
		ExpireAt:          expireAt,
		EnablePositioning: options.ForcePositioning,
		EnableRecovery:    options.ForceRecovery,
		HistoryMetaTTL:    h.config.Channel.HistoryMetaTTL.std(),
	}
}

func (h *hub) mayReadHistory(client *centrifuge.Client, channel string) error {
	options := h.config.options(channel)
	switch {
	case options == nil:
		return centrifuge.ErrorUnknownChannel
	case !options.hasHistory():
		return centrifuge.ErrorNotAvailable
	case !options.AllowHistoryForSubscriber || !client.IsSubscribed(channel):
		return centrifuge.ErrorPermissionDenied
	default:
		return nil
	}
}

func (h *hub) publishing(client *centrifuge.Client, event centrifuge.PublishEvent) (centrifuge.PublishReply, error) {
	options := h.config.options(event.Channel)
	if options == nil {
		return centrifuge.PublishReply{}, centrifuge.ErrorUnknownChannel
	}
	if !options.PublishProxyEnabled {
		return centrifuge.PublishReply{}, centrifuge.ErrorPermissionDenied
	}
	data, err := h.publish.ask(client, proxyRequest{Channel: event.Channel, Data: event.Data})
	if err != nil {
		return centrifuge.PublishReply{}, h.answerable("publish", err)
	}
	if data == nil {
		data = event.Data
	}
	result, err := h.say(event.Channel, options, data, "")
	if err != nil {
		return centrifuge.PublishReply{}, h.answerable("publish", err)
	}
	return centrifuge.PublishReply{Result: &result}, nil
}

func (h *hub) calling(client *centrifuge.Client, event centrifuge.RPCEvent) (centrifuge.RPCReply, error) {
	// A method of a namespace, `shop:buy`, is none of a venue's.
	if strings.Contains(event.Method, ":") {
		return centrifuge.RPCReply{}, centrifuge.ErrorMethodNotFound
	}
	if !h.config.RPC.WithoutNamespace.ProxyEnabled {
		return centrifuge.RPCReply{}, centrifuge.ErrorNotAvailable
	}
	data, err := h.rpc.ask(client, proxyRequest{Method: event.Method, Data: event.Data})
	if err != nil {
		return centrifuge.RPCReply{}, h.answerable("rpc", err)
	}
	return centrifuge.RPCReply{Data: data}, nil
}

// say publishes with the history that the namespace keeps.
func (h *hub) say(channel string, options *ChannelOptions, data []byte, key string) (centrifuge.PublishResult, error) {
	with := []centrifuge.PublishOption{centrifuge.WithIdempotencyKey(key)}
	if options.hasHistory() {
		with = append(with, centrifuge.WithHistory(
			options.HistorySize, options.HistoryTTL.std(), h.config.Channel.HistoryMetaTTL.std()))
	}
	return h.node.Publish(channel, data, with...)
}

// answerable is the error that a client may see: the engine's or the venue's own, else 100, which means try again.
func (h *hub) answerable(what string, err error) error {
	var reply *centrifuge.Error
	var disconnect centrifuge.Disconnect
	if errors.As(err, &reply) || errors.As(err, &disconnect) {
		return err
	}
	h.log.Error("failed", slog.String("what", what), slog.String("error", err.Error()))
	return centrifuge.ErrorInternal
}

func level(of centrifuge.LogLevel) slog.Level {
	switch of {
	case centrifuge.LogLevelError:
		return slog.LevelError
	case centrifuge.LogLevelWarn:
		return slog.LevelWarn
	case centrifuge.LogLevelInfo:
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}
