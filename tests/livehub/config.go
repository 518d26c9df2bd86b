package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Duration is written as Centrifugo writes it: "25s", "10m".
type Duration time.Duration

func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a duration is a text such as \"25s\": %w", err)
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	if parsed < 0 {
		return fmt.Errorf("%q is less than nothing", text)
	}
	*d = Duration(parsed)
	return nil
}

func (d Duration) std() time.Duration { return time.Duration(d) }

// Config is the part of Centrifugo v6's configuration that a venue needs, by the same names. An option that is not
// here is refused, so that a file which this program takes means the same to Centrifugo.
type Config struct {
	HTTP struct {
		Address string `json:"address"`
		Port    int    `json:"port"`
	} `json:"http_server"`
	Health struct {
		Enabled bool `json:"enabled"`
	} `json:"health"`
	Log struct {
		Level string `json:"level"`
	} `json:"log"`
	Engine struct {
		Type  string `json:"type"`
		Redis struct {
			Address []string `json:"address"`
			Prefix  string   `json:"prefix"`
		} `json:"redis"`
	} `json:"engine"`
	Client struct {
		Token struct {
			HMACSecretKey string `json:"hmac_secret_key"`
		} `json:"token"`
		PingInterval                Duration `json:"ping_interval"`
		PongTimeout                 Duration `json:"pong_timeout"`
		StaleCloseDelay             Duration `json:"stale_close_delay"`
		ExpiredCloseDelay           Duration `json:"expired_close_delay"`
		ExpiredSubCloseDelay        Duration `json:"expired_sub_close_delay"`
		ChannelLimit                int      `json:"channel_limit"`
		HistoryMaxPublicationLimit  int      `json:"history_max_publication_limit"`
		RecoveryMaxPublicationLimit int      `json:"recovery_max_publication_limit"`
		ChannelPositionCheckDelay   Duration `json:"channel_position_check_delay"`
	} `json:"client"`
	WebSocket struct {
		MessageSizeLimit int `json:"message_size_limit"`
	} `json:"websocket"`
	HTTPAPI struct {
		Key string `json:"key"`
	} `json:"http_api"`
	Channel struct {
		MaxLength      int      `json:"max_length"`
		HistoryMetaTTL Duration `json:"history_meta_ttl"`
		Proxy          struct {
			Subscribe Proxy `json:"subscribe"`
			Publish   Proxy `json:"publish"`
		} `json:"proxy"`
		WithoutNamespace ChannelOptions `json:"without_namespace"`
		Namespaces       []Namespace    `json:"namespaces"`
	} `json:"channel"`
	RPC struct {
		Proxy            Proxy `json:"proxy"`
		WithoutNamespace struct {
			ProxyEnabled bool `json:"proxy_enabled"`
		} `json:"without_namespace"`
	} `json:"rpc"`
}

// Proxy is one hook of the venue.
type Proxy struct {
	Endpoint string   `json:"endpoint"`
	Timeout  Duration `json:"timeout"`
	HTTP     struct {
		StaticHeaders map[string]string `json:"static_headers"`
	} `json:"http"`
}

// ChannelOptions say how the channels of one namespace behave.
type ChannelOptions struct {
	HistorySize               int      `json:"history_size"`
	HistoryTTL                Duration `json:"history_ttl"`
	ForceRecovery             bool     `json:"force_recovery"`
	ForcePositioning          bool     `json:"force_positioning"`
	AllowSubscribeForClient   bool     `json:"allow_subscribe_for_client"`
	AllowHistoryForSubscriber bool     `json:"allow_history_for_subscriber"`
	SubscribeProxyEnabled     bool     `json:"subscribe_proxy_enabled"`
	PublishProxyEnabled       bool     `json:"publish_proxy_enabled"`
}

// Namespace is what stands before a channel's first colon, and its options.
type Namespace struct {
	Name string `json:"name"`
	ChannelOptions
}

// hasHistory says whether publications are kept and numbered.
func (o *ChannelOptions) hasHistory() bool { return o.HistorySize > 0 && o.HistoryTTL > 0 }

// defaults are Centrifugo's own.
func defaults() *Config {
	config := &Config{}
	config.HTTP.Port = 8000
	config.Log.Level = "info"
	config.Engine.Type = "memory"
	config.Engine.Redis.Address = []string{"redis://127.0.0.1:6379"}
	config.Engine.Redis.Prefix = "centrifugo"
	config.Client.PingInterval = Duration(25 * time.Second)
	config.Client.PongTimeout = Duration(8 * time.Second)
	config.Client.StaleCloseDelay = Duration(10 * time.Second)
	config.Client.ExpiredCloseDelay = Duration(25 * time.Second)
	config.Client.ExpiredSubCloseDelay = Duration(25 * time.Second)
	config.Client.ChannelLimit = 128
	config.Client.HistoryMaxPublicationLimit = 300
	config.Client.RecoveryMaxPublicationLimit = 300
	config.Client.ChannelPositionCheckDelay = Duration(40 * time.Second)
	config.WebSocket.MessageSizeLimit = 65536
	config.Channel.MaxLength = 255
	config.Channel.HistoryMetaTTL = Duration(720 * time.Hour)
	return config
}

// readConfig reads a file, then the environment over it, then looks whether it makes sense.
func readConfig(path string, getenv func(string) string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	config := defaults()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := config.overlay(getenv); err != nil {
		return nil, err
	}
	return config, config.check()
}

// overlay takes what differs between nodes, and what is secret, from Centrifugo's own variables.
func (c *Config) overlay(getenv func(string) string) error {
	texts := map[string]*string{
		"CENTRIFUGO_HTTP_SERVER_ADDRESS":              &c.HTTP.Address,
		"CENTRIFUGO_LOG_LEVEL":                        &c.Log.Level,
		"CENTRIFUGO_ENGINE_TYPE":                      &c.Engine.Type,
		"CENTRIFUGO_ENGINE_REDIS_PREFIX":              &c.Engine.Redis.Prefix,
		"CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY":     &c.Client.Token.HMACSecretKey,
		"CENTRIFUGO_HTTP_API_KEY":                     &c.HTTPAPI.Key,
		"CENTRIFUGO_CHANNEL_PROXY_SUBSCRIBE_ENDPOINT": &c.Channel.Proxy.Subscribe.Endpoint,
		"CENTRIFUGO_CHANNEL_PROXY_PUBLISH_ENDPOINT":   &c.Channel.Proxy.Publish.Endpoint,
		"CENTRIFUGO_RPC_PROXY_ENDPOINT":               &c.RPC.Proxy.Endpoint,
	}
	for name, place := range texts {
		if value := getenv(name); value != "" {
			*place = value
		}
	}
	if value := getenv("CENTRIFUGO_ENGINE_REDIS_ADDRESS"); value != "" {
		c.Engine.Redis.Address = strings.Fields(strings.ReplaceAll(value, ",", " "))
	}
	if value := getenv("CENTRIFUGO_HTTP_SERVER_PORT"); value != "" {
		port, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("CENTRIFUGO_HTTP_SERVER_PORT: %w", err)
		}
		c.HTTP.Port = port
	}
	headers := map[string]*Proxy{
		"CENTRIFUGO_CHANNEL_PROXY_SUBSCRIBE_HTTP_STATIC_HEADERS": &c.Channel.Proxy.Subscribe,
		"CENTRIFUGO_CHANNEL_PROXY_PUBLISH_HTTP_STATIC_HEADERS":   &c.Channel.Proxy.Publish,
		"CENTRIFUGO_RPC_PROXY_HTTP_STATIC_HEADERS":               &c.RPC.Proxy,
	}
	for name, proxy := range headers {
		if value := getenv(name); value != "" {
			if err := json.Unmarshal([]byte(value), &proxy.HTTP.StaticHeaders); err != nil {
				return fmt.Errorf("%s is no JSON object of texts: %w", name, err)
			}
		}
	}
	return nil
}

func (c *Config) check() error {
	switch {
	case c.Client.Token.HMACSecretKey == "":
		return errors.New("client.token.hmac_secret_key is missing: without it nobody can connect")
	case c.HTTPAPI.Key == "":
		return errors.New("http_api.key is missing: without it anybody could publish")
	case c.Engine.Type != "memory" && c.Engine.Type != "redis":
		return fmt.Errorf("engine.type is memory or redis, not %q", c.Engine.Type)
	case c.Engine.Type == "redis" && len(c.Engine.Redis.Address) == 0:
		return errors.New("engine.redis.address is missing")
	case !slices.Contains([]string{"debug", "info", "warn", "error", "none"}, c.Log.Level):
		return fmt.Errorf("log.level is debug, info, warn, error or none, not %q", c.Log.Level)
	case c.Client.PongTimeout >= c.Client.PingInterval:
		return errors.New("client.pong_timeout has to be shorter than client.ping_interval")
	case c.RPC.WithoutNamespace.ProxyEnabled && c.RPC.Proxy.Endpoint == "":
		return errors.New("rpc.proxy.endpoint is missing")
	}
	seen := map[string]bool{}
	for _, namespace := range c.Channel.Namespaces {
		if namespace.Name == "" || strings.Contains(namespace.Name, ":") {
			return fmt.Errorf("%q is no name of a namespace", namespace.Name)
		}
		if seen[namespace.Name] {
			return fmt.Errorf("there are two namespaces %q", namespace.Name)
		}
		seen[namespace.Name] = true
		if err := c.checkOptions(&namespace.ChannelOptions); err != nil {
			return fmt.Errorf("namespace %s: %w", namespace.Name, err)
		}
	}
	return c.checkOptions(&c.Channel.WithoutNamespace)
}

func (c *Config) checkOptions(options *ChannelOptions) error {
	switch {
	case options.ForceRecovery && !options.hasHistory():
		return errors.New("recovery needs history_size and history_ttl")
	case options.SubscribeProxyEnabled && c.Channel.Proxy.Subscribe.Endpoint == "":
		return errors.New("channel.proxy.subscribe.endpoint is missing")
	case options.PublishProxyEnabled && c.Channel.Proxy.Publish.Endpoint == "":
		return errors.New("channel.proxy.publish.endpoint is missing")
	}
	return nil
}

// options are those of the channel's namespace; nil if there is no such namespace.
func (c *Config) options(channel string) *ChannelOptions {
	name, _, has := strings.Cut(channel, ":")
	if !has {
		return &c.Channel.WithoutNamespace
	}
	for at := range c.Channel.Namespaces {
		if c.Channel.Namespaces[at].Name == name {
			return &c.Channel.Namespaces[at].ChannelOptions
		}
	}
	return nil
}
