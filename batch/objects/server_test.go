package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
)

// TestMain takes the library's own wait after a failure out of the tests' time.
func TestMain(m *testing.M) {
	minio.DefaultRetryUnit = time.Microsecond
	os.Exit(m.Run())
}

// A fault is what goes wrong with a call.
type fault int

const (
	none       fault = iota
	broken           // 500
	busy             // 503 with Retry-After
	slow             // no answer until the client gives up
	cutAnswer        // it is done, and the answer is cut in the middle of its body
	lostAnswer       // it is done, and there is no answer
	cutRequest       // the connection ends in the middle of the request's body
	faults
)

func (f fault) String() string {
	return [...]string{"none", "broken", "busy", "slow", "cut answer", "lost answer", "cut request"}[f]
}

const bucketName = "lender"

// A server is S3 in memory, with faults.
type server struct {
	*httptest.Server
	next http.Handler

	mu       sync.Mutex
	calls    int
	waited   []time.Duration
	attempts []context.CancelFunc // of requests that may be under way
	fault    func(call int) fault
	rewrite  func(r *http.Request)                // of requests
	answer   func(r *http.Request, h http.Header) // of answers
}

func newServer(t *testing.T) *server {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucketName); err != nil {
		t.Fatal(err)
	}
	s := &server{next: gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// setEnvironment is that of a user who has set all that is needed but the endpoint.
func setEnvironment(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s3cr3t-s3cr3t", "AWS_SESSION_TOKEN": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": "", "AWS_PROFILE": "", "AWS_SHARED_CREDENTIALS_FILE": "", "AWS_CONFIG_FILE": "",
		"AWS_EC2_METADATA_DISABLED": "true", "DAYBOOK_S3_PATH_STYLE": "", "HTTP_PROXY": "", "http_proxy": "",
	} {
		t.Setenv(name, value)
	}
}

// open opens a store below a prefix of the server. Its environment has to be set.
func (s *server) open(t *testing.T, prefix string) *S3 {
	t.Helper()
	environmentOnce.Lock()
	defer environmentOnce.Unlock()
	os.Setenv("AWS_ENDPOINT_URL", s.URL) // restored by setEnvironment
	store, err := Open(t.Context(), "s3://"+bucketName+"/"+prefix)
	if err != nil {
		t.Fatal(err)
	}
	x := store.(*S3)
	x.limit = s.limit
	x.partBytes = 20 << 10
	x.pause = func(ctx context.Context, d time.Duration) error {
		s.mu.Lock()
		s.waited = append(s.waited, d)
		s.mu.Unlock()
		return ctx.Err()
	}
	return x
}

// limit gives up attempts when the server has a slow call, and not by a clock: machines that
// run tests are slow themselves. Those that are under way beside it are given up, too.
func (s *server) limit(ctx context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts = append(s.attempts, cancel)
	return ctx, cancel
}

func (s *server) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cancel := range s.attempts {
		cancel()
	}
	s.attempts = nil
}

var environmentOnce sync.Mutex

// begin counts calls anew, and has faults from now on.
func (s *server) begin(fault func(call int) fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.waited, s.fault = 0, nil, fault
}

// end returns how many calls there were, and has no more faults.
func (s *server) end() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = nil
	return s.calls
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls++
	f := none
	if s.fault != nil {
		f = s.fault(s.calls)
	}
	rewrite, answer := s.rewrite, s.answer
	s.mu.Unlock()
	if rewrite != nil {
		rewrite(r)
	}
	switch f {
	case broken, busy:
		io.Copy(io.Discard, r.Body)
		status := http.StatusInternalServerError
		if f == busy {
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "7")
		}
		w.WriteHeader(status)
		return
	case slow:
		io.Copy(io.Discard, r.Body)
		s.giveUp()
		<-r.Context().Done()
		return
	case cutRequest:
		// What arrived is given on as if it were all that there is.
		half, _ := io.ReadAll(io.LimitReader(r.Body, r.ContentLength/2))
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(half), cut{}))
		s.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	record := httptest.NewRecorder()
	s.next.ServeHTTP(record, r)
	if f == lostAnswer {
		panic(http.ErrAbortHandler)
	}
	for key, values := range record.Header() {
		w.Header()[key] = values
	}
	if answer != nil {
		answer(r, w.Header())
	}
	body := record.Body.Bytes()
	if f == cutAnswer {
		if len(body) == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(record.Code)
		w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(record.Code)
	w.Write(body)
}

// A cut connection gives an error where a body should go on.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// contents returns all that a store has, for comparison: a line with the name, the size and
// the first bytes of each object.
func contents(t *testing.T, s Store) string {
	t.Helper()
	list, err := s.List(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, o := range list {
		data, err := s.Read(context.Background(), o.Name, 1<<30)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a server may do later what a client has given up
		}
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(data)) != o.Size {
			t.Errorf("%s: %d bytes are read, %d are listed", o.Name, len(data), o.Size)
		}
		fmt.Fprintf(&b, "%s %d %.12q\n", o.Name, len(data), data)
	}
	return b.String()
}
