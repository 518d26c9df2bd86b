package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"
)

const (
	// A hook's answer is one snapshot of a room at most.
	proxyAnswerMax = 4 << 20
	// Centrifugo's default.
	proxyTimeout = time.Second
)

// proxyRequest is the body of every hook, in the shapes of Centrifugo's proxy protocol.
type proxyRequest struct {
	Client    string          `json:"client"`
	Transport string          `json:"transport"`
	Protocol  string          `json:"protocol"`
	Encoding  string          `json:"encoding"`
	User      string          `json:"user"`
	Method    string          `json:"method,omitempty"`
	Channel   string          `json:"channel,omitempty"`
	Data      json.RawMessage `json:"data,omitempty"`
}

// proxyReply is what the venue answers: one of its members is there.
type proxyReply struct {
	Result *struct {
		Data json.RawMessage `json:"data"`
	} `json:"result"`
	Error *struct {
		Code      uint32 `json:"code"`
		Message   string `json:"message"`
		Temporary bool   `json:"temporary"`
	} `json:"error"`
	Disconnect *struct {
		Code   uint32 `json:"code"`
		Reason string `json:"reason"`
	} `json:"disconnect"`
}

// hook asks the venue at one endpoint.
type hook struct {
	proxy  Proxy
	client *http.Client
}

func newHook(proxy Proxy) *hook {
	timeout := proxy.Timeout.std()
	if timeout == 0 {
		timeout = proxyTimeout
	}
	// As Centrifugo does: many calls wait for one backend.
	transport := &http.Transport{MaxIdleConnsPerHost: 255}
	return &hook{proxy: proxy, client: &http.Client{Timeout: timeout, Transport: transport}}
}

// ask gives the data of the venue's result, or the error or disconnect that it answered with.
func (h *hook) ask(client *centrifuge.Client, request proxyRequest) (json.RawMessage, error) {
	request.Client = client.ID()
	request.User = client.UserID()
	request.Transport = client.Transport().Name()
	request.Protocol = string(client.Transport().Protocol())
	request.Encoding = "json"
	reply, err := h.post(client.Context(), &request)
	if err != nil {
		return nil, fmt.Errorf("the venue did not answer: %w", err)
	}
	switch {
	case reply.Disconnect != nil:
		return nil, centrifuge.Disconnect{Code: reply.Disconnect.Code, Reason: reply.Disconnect.Reason}
	case reply.Error != nil:
		return nil, &centrifuge.Error{
			Code: reply.Error.Code, Message: reply.Error.Message, Temporary: reply.Error.Temporary,
		}
	case reply.Result != nil:
		return reply.Result.Data, nil
	default:
		return nil, nil
	}
}

func (h *hook) post(ctx context.Context, request *proxyRequest) (*proxyReply, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, h.proxy.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range h.proxy.HTTP.StaticHeaders {
		post.Header.Set(name, value)
	}
	post.Header.Set("Content-Type", "application/json")
	answer, err := h.client.Do(post)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, proxyAnswerMax+1))
	if err != nil {
		return nil, err
	}
	if len(text) > proxyAnswerMax {
		return nil, fmt.Errorf("more than %d bytes", proxyAnswerMax)
	}
	reply := &proxyReply{}
	return reply, json.Unmarshal(text, reply)
}
