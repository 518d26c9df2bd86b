package main

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

var (
	errTokenExpired = errors.New("token expired")
	errTokenInvalid = errors.New("token invalid")
)

// claims are those the venue's tokens have: `sub` and `exp`, and `channel` in a subscription token.
type claims struct {
	jwt.RegisteredClaims
	Channel  string   `json:"channel"`
	Channels []string `json:"channels"`
}

// expireAt is in seconds since the epoch; 0: never.
func (c *claims) expireAt() int64 {
	if c.ExpiresAt == nil {
		return 0
	}
	return c.ExpiresAt.Unix()
}

// verifyToken checks algorithm, signature and age.
func verifyToken(secret, token string) (*claims, error) {
	said := &claims{}
	_, err := jwt.ParseWithClaims(token, said, func(*jwt.Token) (any, error) { return []byte(secret), nil },
		jwt.WithValidMethods([]string{"HS256"}))
	switch {
	case err == nil:
		return said, nil
	// Whoever forged an old token is told no more than whoever forged a new one.
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return nil, errTokenExpired
	default:
		return nil, errTokenInvalid
	}
}

// verifyConnection takes connection tokens only: one made for a channel lets nobody connect.
func verifyConnection(secret, token string) (*claims, error) {
	said, err := verifyToken(secret, token)
	if err == nil && said.Channel != "" {
		return nil, errTokenInvalid
	}
	return said, err
}
