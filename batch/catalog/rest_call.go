package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A statusError is an answer that is not the one that was asked for.
type statusError struct {
	method, path string
	status       int
	says         string
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("iceberg catalogue: %s %s: %d %s", e.method, e.path, e.status, http.StatusText(e.status))
	if e.says != "" {
		text += ": " + e.says
	}
	if e.status == http.StatusUnauthorized || e.status == http.StatusForbidden || e.status == statusTokenExpired {
		text += "; set " + TokenVariable + " to a token that may write namespace daybook"
	}
	return text
}

// Is makes an answer that may be another one soon a reason to try again: after an error of
// the server nobody knows whether a commit was made.
func (e *statusError) Is(target error) bool {
	if target != errAgain {
		return false
	}
	switch e.status {
	case http.StatusConflict, http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

const (
	statusTokenExpired = 419 // as the protocol says it
	saysMax            = 500 // bytes of an error that are shown
)

func statusOf(err error) int {
	var e *statusError
	if errors.As(err, &e) {
		return e.status
	}
	return 0
}

func isAgain(err error) bool { return errors.Is(err, errAgain) }

// call asks the server, and reads its answer into out where that is not nil.
func (r *rest) call(ctx context.Context, method, path string, body, out any) error {
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		send = bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(ctx, method, r.uri+"/v1/"+path, send)
	if err != nil {
		return err
	}
	q.Header.Set("Accept", "application/json")
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		q.Header.Set("Authorization", "Bearer "+r.token)
	}
	a, err := r.client.Do(q)
	if err != nil {
		return broken(ctx, method, path, err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(io.LimitReader(a.Body, fileMax+1))
	if err != nil {
		return broken(ctx, method, path, err)
	}
	if a.StatusCode < 200 || a.StatusCode > 299 {
		return &statusError{method, path, a.StatusCode, said(b)}
	}
	if out == nil {
		return nil
	}
	if len(b) > fileMax {
		return fmt.Errorf("iceberg catalogue: %s %s: the answer has more than %d bytes", method, path, fileMax)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("iceberg catalogue: %s %s: the answer is not what the protocol says: %w", method, path, err)
	}
	return nil
}

// broken is the error of a connection that could not be made, or broke, unless the caller gave up.
func broken(ctx context.Context, method, path string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &brokenError{method, path, err}
}

// A brokenError says that the server was not heard: whatever was asked for may have been done, so that it is tried again.
type brokenError struct {
	method, path string
	err          error
}

func (e *brokenError) Error() string {
	return fmt.Sprintf("iceberg catalogue: %s %s: %v; see that the server is there and can be reached", e.method, e.path, e.err)
}

func (e *brokenError) Unwrap() error { return e.err }

func (e *brokenError) Is(target error) bool { return target == errAgain }

// said is what a server says of an error, in one line.
func said(b []byte) string {
	var answer struct {
		Error struct {
			Message string `json:"message"`
			Type    string `json:"type"`
		} `json:"error"`
	}
	text := string(b)
	if json.Unmarshal(b, &answer) == nil && answer.Error.Message != "" {
		text = strings.TrimPrefix(answer.Error.Type+": "+answer.Error.Message, ": ")
	}
	text = strings.ToValidUTF8(text[:min(len(text), saysMax)], "")
	return strings.Join(strings.Fields(text), " ")
}
