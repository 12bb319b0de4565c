package objects

import (
	"context"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	attemptsMax = 6
	pauseFirst  = 200 * time.Millisecond
	pauseMax    = 20 * time.Second

	// Slower than this a request is given up, and sent again.
	bytesPerSecondMin = 64 << 10
)

// A permanent error is one that the same request gets again.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// try sends a request, a few times if need be. The library's own retries are off: they know
// neither what the server asks for nor an answer that is cut after its head.
func (s *S3) try(ctx context.Context, what, name string, bytes int64, send func(ctx context.Context) error) error {
	for n := 1; ; n++ {
		var a attempt
		within := s.patience + time.Duration(bytes/bytesPerSecondMin)*time.Second
		once, cancel := s.limit(context.WithValue(ctx, attemptKey{}, &a), within)
		err := send(once)
		slow := once.Err() != nil
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return s.fault(what, name, context.Cause(ctx))
		case slow:
			err = slowError{within, err}
		}
		if n == attemptsMax || !isTransient(err) {
			return s.fault(what, name, err)
		}
		if err := s.pause(ctx, backoff(n, a.after)); err != nil {
			return s.fault(what, name, err)
		}
	}
}

// backoff is how long to wait after so many attempts: longer each time, by chance so that
// many clients do not come back at once, and no less than the server asks for.
func backoff(attempts int, after time.Duration) time.Duration {
	most := pauseFirst << attempts
	return max(min(after, pauseMax), most/2+rand.N(most/2))
}

// sleep waits, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// isTransient reports whether a request may go better when it is sent again. What is no answer
// of S3 is: a cut connection has many faces.
func isTransient(err error) bool {
	var answer minio.ErrorResponse
	var p permanent
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &p), errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &invalid):
		return false
	case !errors.As(err, &answer):
		return true
	}
	switch answer.Code {
	case "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling", "ThrottlingException",
		"RequestLimitExceeded", "RequestThrottled", "OperationAborted", "ConditionalRequestConflict",
		"BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch": // the last: damaged on the way
		return true
	}
	switch code := answer.StatusCode; code {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented:
		return false
	default:
		return code >= 500
	}
}

// is reports whether an error is an answer with a status.
func is(err error, status int) bool {
	var answer minio.ErrorResponse
	return errors.As(err, &answer) && answer.StatusCode == status
}

// An attempt is one sending of a request.
type attempt struct {
	after time.Duration // the server asks to wait so long
}

type attemptKey struct{}

// A listener notes what the library does not pass on of an answer.
type listener struct{ http.RoundTripper }

func (l listener) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if a, ok := r.Context().Value(attemptKey{}).(*attempt); ok && err == nil {
		// Servers of objects say it in seconds; a date is not heeded.
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds < 1<<20 {
			a.after = time.Duration(seconds) * time.Second
		}
	}
	return resp, err
}
