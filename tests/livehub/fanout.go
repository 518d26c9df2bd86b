package main

import (
	"context"
	"errors"
)

func runFanout(context.Context, []string) error { return errors.New("not yet") }
