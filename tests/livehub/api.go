package main

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/centrifugal/centrifuge"
)

// Largest body of an API request.
const apiBodyMax = 4 << 20

// Most commands in one batch.
const batchMax = 1000

// apiError stands in a reply; the HTTP status stays 200, as with Centrifugo.
type apiError struct {
	Code    uint32 `json:"code"`
	Message string `json:"message"`
}

// reply of one API call: one of both.
type reply struct {
	Error  *apiError `json:"error,omitempty"`
	Result any       `json:"result,omitempty"`
}

type publishRequest struct {
	Channel        string          `json:"channel"`
	Data           json.RawMessage `json:"data"`
	IdempotencyKey string          `json:"idempotency_key"`
}

type broadcastRequest struct {
	Channels       []string        `json:"channels"`
	Data           json.RawMessage `json:"data"`
	IdempotencyKey string          `json:"idempotency_key"`
}

type streamPosition struct {
	Offset uint64 `json:"offset,omitempty"`
	Epoch  string `json:"epoch,omitempty"`
}

type historyRequest struct {
	Channel string          `json:"channel"`
	Limit   int             `json:"limit"`
	Since   *streamPosition `json:"since"`
	Reverse bool            `json:"reverse"`
}

type publication struct {
	Data   json.RawMessage `json:"data"`
	Offset uint64          `json:"offset"`
}

type historyResult struct {
	Publications []publication `json:"publications"`
	streamPosition
}

type channelRequest struct {
	Channel string `json:"channel"`
}

type unsubscribeRequest struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
}

type disconnectRequest struct {
	User       string                 `json:"user"`
	Disconnect *centrifuge.Disconnect `json:"disconnect"`
}

type nodeResult struct {
	UID         string `json:"uid"`
	Name        string `json:"name"`
	NumClients  uint32 `json:"num_clients"`
	NumUsers    uint32 `json:"num_users"`
	NumChannels uint32 `json:"num_channels"`
}

type infoResult struct {
	Nodes []nodeResult `json:"nodes"`
}

// batchRequest holds commands, each an object with one member that is named as its method.
type batchRequest struct {
	Commands []map[string]json.RawMessage `json:"commands"`
	Parallel bool                         `json:"parallel"`
}

var errBadBody = errors.New("not what this method takes")

// api answers POST /api/METHOD for whoever has the key.
func (h *hub) api() http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if !h.hasKey(request) {
			http.Error(answer, "Unauthorized", http.StatusUnauthorized)
			return
		}
		var body json.RawMessage
		if err := json.NewDecoder(http.MaxBytesReader(answer, request.Body, apiBodyMax)).Decode(&body); err != nil {
			http.Error(answer, "Bad Request", http.StatusBadRequest)
			return
		}
		var said any
		var err error
		if method := request.PathValue("method"); method == "batch" {
			said, err = h.batch(body)
		} else {
			var result any
			result, err = h.do(method, body)
			said = replyOf(result, err)
		}
		if errors.Is(err, errBadBody) {
			http.Error(answer, "Bad Request", http.StatusBadRequest)
			return
		}
		if errors.Is(err, errNoMethod) {
			http.Error(answer, "Not Found", http.StatusNotFound)
			return
		}
		answer.Header().Set("Content-Type", "application/json")
		// Whoever asked is gone: there is nobody to tell.
		_ = json.NewEncoder(answer).Encode(said)
	})
}

func (h *hub) hasKey(request *http.Request) bool {
	given := request.Header.Get("X-API-Key")
	if given == "" {
		kind, key, _ := strings.Cut(request.Header.Get("Authorization"), " ")
		if strings.EqualFold(kind, "apikey") {
			given = key
		}
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(h.config.HTTPAPI.Key)) == 1
}

// batch does its commands one after the other, or all at once if it may.
func (h *hub) batch(body json.RawMessage) (any, error) {
	var request batchRequest
	if json.Unmarshal(body, &request) != nil || len(request.Commands) > batchMax {
		return nil, errBadBody
	}
	replies := make([]map[string]any, len(request.Commands))
	do := func(at int) {
		replies[at] = map[string]any{"error": apiErrorOf(centrifuge.ErrorBadRequest)}
		for method, body := range request.Commands[at] {
			if result, err := h.do(method, body); err != nil {
				replies[at] = map[string]any{"error": apiErrorOf(err)}
			} else {
				replies[at] = map[string]any{method: result}
			}
		}
	}
	var all sync.WaitGroup
	for at := range request.Commands {
		if request.Parallel {
			all.Go(func() { do(at) })
		} else {
			do(at)
		}
	}
	all.Wait()
	return map[string]any{"replies": replies}, nil
}

var errNoMethod = errors.New("there is no such method")

func (h *hub) do(method string, body json.RawMessage) (any, error) {
	switch method {
	case "publish":
		return with(body, h.apiPublish)
	case "broadcast":
		return with(body, h.apiBroadcast)
	case "history":
		return with(body, h.apiHistory)
	case "history_remove":
		return with(body, h.apiHistoryRemove)
	case "unsubscribe":
		return with(body, h.apiUnsubscribe)
	case "disconnect":
		return with(body, h.apiDisconnect)
	case "info":
		return h.apiInfo()
	default:
		return nil, errNoMethod
	}
}

func with[R any](body json.RawMessage, do func(R) (any, error)) (any, error) {
	var request R
	if json.Unmarshal(body, &request) != nil {
		return nil, errBadBody
	}
	return do(request)
}

func replyOf(result any, err error) reply {
	if err != nil {
		return reply{Error: apiErrorOf(err)}
	}
	return reply{Result: result}
}

func apiErrorOf(err error) *apiError {
	var own *centrifuge.Error
	switch {
	case errors.As(err, &own):
		return &apiError{Code: own.Code, Message: own.Message}
	case errors.Is(err, errBadBody):
		return &apiError{Code: centrifuge.ErrorBadRequest.Code, Message: centrifuge.ErrorBadRequest.Message}
	case errors.Is(err, errNoMethod):
		return &apiError{Code: centrifuge.ErrorMethodNotFound.Code, Message: centrifuge.ErrorMethodNotFound.Message}
	default:
		return &apiError{Code: centrifuge.ErrorInternal.Code, Message: centrifuge.ErrorInternal.Message}
	}
}

func (h *hub) apiPublish(request publishRequest) (any, error) {
	if request.Channel == "" || len(request.Data) == 0 {
		return nil, centrifuge.ErrorBadRequest
	}
	options := h.config.options(request.Channel)
	if options == nil {
		return nil, centrifuge.ErrorUnknownChannel
	}
	result, err := h.say(request.Channel, options, request.Data, request.IdempotencyKey)
	if err != nil {
		return nil, h.answerable("publish", err)
	}
	return streamPosition{Offset: result.Offset, Epoch: result.Epoch}, nil
}

func (h *hub) apiBroadcast(request broadcastRequest) (any, error) {
	if len(request.Channels) == 0 || len(request.Data) == 0 {
		return nil, centrifuge.ErrorBadRequest
	}
	responses := make([]reply, len(request.Channels))
	for at, channel := range request.Channels {
		responses[at] = replyOf(h.apiPublish(publishRequest{
			Channel: channel, Data: request.Data, IdempotencyKey: request.IdempotencyKey,
		}))
	}
	return map[string]any{"responses": responses}, nil
}

func (h *hub) apiHistory(request historyRequest) (any, error) {
	options := h.config.options(request.Channel)
	switch {
	case request.Channel == "":
		return nil, centrifuge.ErrorBadRequest
	case options == nil:
		return nil, centrifuge.ErrorUnknownChannel
	case !options.hasHistory():
		return nil, centrifuge.ErrorNotAvailable
	}
	optional := []centrifuge.HistoryOption{
		centrifuge.WithLimit(request.Limit), centrifuge.WithReverse(request.Reverse),
		centrifuge.WithHistoryMetaTTL(h.config.Channel.HistoryMetaTTL.std()),
	}
	if request.Since != nil {
		optional = append(optional, centrifuge.WithSince(&centrifuge.StreamPosition{
			Offset: request.Since.Offset, Epoch: request.Since.Epoch,
		}))
	}
	history, err := h.node.History(request.Channel, optional...)
	if err != nil {
		return nil, h.answerable("history", err)
	}
	result := historyResult{
		Publications:   make([]publication, len(history.Publications)),
		streamPosition: streamPosition{Offset: history.Offset, Epoch: history.Epoch},
	}
	for at, one := range history.Publications {
		result.Publications[at] = publication{Data: one.Data, Offset: one.Offset}
	}
	return result, nil
}

func (h *hub) apiHistoryRemove(request channelRequest) (any, error) {
	options := h.config.options(request.Channel)
	switch {
	case request.Channel == "":
		return nil, centrifuge.ErrorBadRequest
	case options == nil:
		return nil, centrifuge.ErrorUnknownChannel
	case !options.hasHistory():
		return nil, centrifuge.ErrorNotAvailable
	}
	if err := h.node.RemoveHistory(request.Channel); err != nil {
		return nil, h.answerable("history_remove", err)
	}
	return struct{}{}, nil
}

func (h *hub) apiUnsubscribe(request unsubscribeRequest) (any, error) {
	if request.User == "" || request.Channel == "" {
		return nil, centrifuge.ErrorBadRequest
	}
	if err := h.node.Unsubscribe(request.User, request.Channel); err != nil {
		return nil, h.answerable("unsubscribe", err)
	}
	return struct{}{}, nil
}

func (h *hub) apiDisconnect(request disconnectRequest) (any, error) {
	if request.User == "" {
		return nil, centrifuge.ErrorBadRequest
	}
	code := centrifuge.DisconnectForceNoReconnect
	if request.Disconnect != nil {
		code = *request.Disconnect
	}
	if err := h.node.Disconnect(request.User, centrifuge.WithCustomDisconnect(code)); err != nil {
		return nil, h.answerable("disconnect", err)
	}
	return struct{}{}, nil
}

func (h *hub) apiInfo() (any, error) {
	info, err := h.node.Info()
	if err != nil {
		return nil, h.answerable("info", err)
	}
	result := infoResult{Nodes: make([]nodeResult, len(info.Nodes))}
	for at, node := range info.Nodes {
		result.Nodes[at] = nodeResult{
			UID: node.UID, Name: node.Name, NumClients: node.NumClients, NumUsers: node.NumUsers,
			NumChannels: node.NumChannels,
		}
	}
	return result, nil
}
