package objects

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
)

// TestMessages says what to do about what goes wrong, and no secret.
func TestMessages(t *testing.T) {
	setEnvironment(t)
	const look = "read s3://lender/root/a: "
	answer := func(status int, code string) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			if code != "" {
				fmt.Fprintf(w, "<Error><Code>%s</Code><Message>some\ntext\u009b31m</Message></Error>", code)
			}
		}
	}
	for _, x := range []struct {
		answer func(w http.ResponseWriter, r *http.Request)
		want   string
		calls  int
	}{
		{answer(404, "NoSuchBucket"), "there is no bucket lender at HOST; make it, or look at its name, AWS_REGION and AWS_ENDPOINT_URL", 1},
		{answer(404, "NoSuchKey"), "file does not exist", 1},
		{answer(403, "AccessDenied"), `access to bucket lender is denied; its policy must let these credentials list the bucket, and get, put and delete objects below "root/" (key, secret and AWS_REGION may be wrong, too): permission denied`, 1},
		{answer(403, "InvalidAccessKeyId"), "HOST does not know the access key; look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, or AWS_PROFILE", 1},
		{answer(403, "SignatureDoesNotMatch"), "the signature is wrong; look at AWS_SECRET_ACCESS_KEY and AWS_REGION, and whether a proxy changes requests", 1},
		{answer(403, "RequestTimeTooSkewed"), "this machine's clock is off by more than the store allows; set it", 1},
		{answer(400, "ExpiredToken"), "the session's credentials have expired; get new ones and run again", 1},
		{answer(301, "PermanentRedirect"), "the bucket lender is in another region; set AWS_REGION, or AWS_ENDPOINT_URL to that region's endpoint", 1},
		{answer(400, "InvalidRequest"), "HOST answers 400, InvalidRequest: some text?31m", 1},
		{answer(501, "NotImplemented"), "HOST can't do this (NotImplemented); use a store that knows S3 fully", 1},
		{answer(503, "SlowDown"), "HOST answers 503, SlowDown: some text?31m", attemptsMax},
		{answer(429, ""), "HOST answers 429, 429 Too Many Requests: 429 Too Many Requests", attemptsMax},
	} {
		calls := 0
		s := newServer(t)
		s.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { calls++; x.answer(w, r) })
		store := s.open(t, "root")
		_, err := store.Read(t.Context(), "a", 10)
		want := look + strings.ReplaceAll(x.want, "HOST", store.endpoint)
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if calls != x.calls {
			t.Errorf("%v: %d calls, want %d", err, calls, x.calls)
		}
	}

	s := newServer(t)
	s.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>Welcome!<br></html>") })
	if _, err := s.open(t, "root").List(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "does not answer as S3 does; look at AWS_ENDPOINT_URL") {
		t.Errorf("a web server: %v", err)
	}
	gone := newServer(t)
	store := gone.open(t, "root")
	gone.Close()
	if _, err := store.List(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "can't be reached; look at AWS_ENDPOINT_URL, AWS_REGION and the network") {
		t.Errorf("no server: %v", err)
	}
	for what, err := range map[string]error{"put": store.Put(t.Context(), "a", nil), "put if absent": store.PutIfAbsent(t.Context(), "a", nil)} {
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s, no server: %v", what, err)
		}
	}
	s.next = http.NotFoundHandler()
	store = s.open(t, "root")
	for what, err := range map[string]error{"put": store.Put(t.Context(), "a", nil), "put if absent": store.PutIfAbsent(t.Context(), "a", nil)} {
		if err == nil || !strings.Contains(err.Error(), "has no place for it; look at the bucket's name and at AWS_ENDPOINT_URL") {
			t.Errorf("%s, another server: %v", what, err)
		}
	}
	secure := httptest.NewUnstartedServer(s.next)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	t.Setenv("AWS_ENDPOINT_URL", secure.URL)
	other, err := Open(t.Context(), "s3://lender/root")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Read(t.Context(), "a", 1); err == nil || !strings.Contains(err.Error(), "is not trusted here; SSL_CERT_FILE may name that of its authority") {
		t.Errorf("an unknown authority: %v", err)
	}
}

// TestEnvironment reads where a store is and how it is asked.
func TestEnvironment(t *testing.T) {
	for _, x := range []struct {
		env   map[string]string
		want  endpoint
		fault string
	}{
		{map[string]string{}, endpoint{"s3.amazonaws.com", true, "", minio.BucketLookupAuto}, ""},
		{map[string]string{"AWS_DEFAULT_REGION": "eu-west-1"}, endpoint{"s3.amazonaws.com", true, "eu-west-1", minio.BucketLookupAuto}, ""},
		{map[string]string{"AWS_ENDPOINT_URL": "http://minio.lender.example:9000/", "DAYBOOK_S3_PATH_STYLE": "1"},
			endpoint{"minio.lender.example:9000", false, "us-east-1", minio.BucketLookupPath}, ""},
		{map[string]string{"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "https://b", "AWS_REGION": "x", "DAYBOOK_S3_PATH_STYLE": "0"},
			endpoint{"b", true, "x", minio.BucketLookupDNS}, ""},
		{map[string]string{"AWS_ENDPOINT_URL": "minio:9000"}, endpoint{}, "AWS_ENDPOINT_URL is no address; it is http://host:port or https://host:port"},
		{map[string]string{"AWS_ENDPOINT_URL": "https://me:s3cr3t@host"}, endpoint{}, "AWS_ENDPOINT_URL has more than a host and a port"},
		{map[string]string{"AWS_ENDPOINT_URL": "https://host/path"}, endpoint{}, "AWS_ENDPOINT_URL has more than a host and a port"},
		{map[string]string{"DAYBOOK_S3_PATH_STYLE": "yes"}, endpoint{}, `DAYBOOK_S3_PATH_STYLE is "yes"`},
	} {
		got, err := readEndpoint(func(name string) string { return x.env[name] })
		if x.fault != "" {
			if err == nil || !strings.HasPrefix(err.Error(), x.fault) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%v: %v", x.env, err)
			}
		} else if err != nil || got != x.want {
			t.Errorf("%v: got %+v (%v), want %+v", x.env, got, err, x.want)
		}
	}
}

// TestCredentials finds keys in the environment, in the shared file by its profile, or nowhere.
func TestCredentials(t *testing.T) {
	setEnvironment(t)
	var used string
	s := newServer(t)
	s.rewrite = func(r *http.Request) { used, _, _ = strings.Cut(r.Header.Get("Authorization"), "/") }
	if _, err := s.open(t, "").List(t.Context(), ""); err != nil || used != "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE" {
		t.Errorf("%q: %v", used, err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	if _, err := Open(t.Context(), "s3://lender"); err == nil || err.Error() != "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set; set both" {
		t.Errorf("%v", err)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[default]\naws_access_key_id = ONE\naws_secret_access_key = x\n[night]\naws_access_key_id = TWO\naws_secret_access_key = y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_CONFIG_FILE", file+".none")
	t.Setenv("AWS_PROFILE", "night")
	if _, err := s.open(t, "").List(t.Context(), ""); err != nil || used != "AWS4-HMAC-SHA256 Credential=TWO" {
		t.Errorf("%q: %v", used, err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file+".none")
	if _, err := Open(t.Context(), "s3://lender"); err == nil || !strings.HasPrefix(err.Error(), "there are no credentials for S3; set ") {
		t.Errorf("%v", err)
	}
}

// TestProbeFindsOut has a store that ignores If-None-Match, and one that refuses it.
func TestProbeFindsOut(t *testing.T) {
	setEnvironment(t)
	server := newServer(t)
	s := server.open(t, "root")
	if err := Probe(t.Context(), s); err != nil {
		t.Errorf("one that heeds it: %v", err)
	}
	server.rewrite = func(r *http.Request) { r.Header.Del("If-None-Match") }
	if err := Probe(t.Context(), s); !errors.Is(err, ErrOverwrites) {
		t.Errorf("one that ignores it: %v", err)
	}
	server.rewrite = nil
	server.next = refusing{server.next}
	if err := Probe(t.Context(), s); err == nil || !strings.Contains(err.Error(), "can't do this") {
		t.Errorf("one that refuses it: %v", err)
	}
	if all, err := s.listed(t.Context(), ""); err != nil || len(all) != 0 {
		t.Errorf("there is %v (%v)", all, err)
	}
}

// refusing answers a condition of a put with 501.
type refusing struct{ http.Handler }

func (h refusing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("If-None-Match") != "" {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	h.Handler.ServeHTTP(w, r)
}

// TestDamageOnTheWay changes a byte of what is sent: the store finds it by the digest sent, and
// the next attempt goes well. If it always does, it is an error and nothing is there.
func TestDamageOnTheWay(t *testing.T) {
	setEnvironment(t)
	b := bytes.Repeat([]byte("0123456789"), 5000) // three parts
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, always := range []bool{false, true} {
		for what, do := range map[string]func(s *S3) error{
			"put":           func(s *S3) error { return s.Put(t.Context(), "a", b) },
			"put if absent": func(s *S3) error { return s.PutIfAbsent(t.Context(), "a", b) },
			"put file":      func(s *S3) error { return s.PutFile(t.Context(), "a", file) },
		} {
			server := newServer(t)
			s := server.open(t, "root")
			damaged := false
			server.rewrite = func(r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				server.mu.Lock()
				if r.Method == http.MethodPut && len(body) > 0 && (always || !damaged) { // a request that was cut is tried again
					body[len(body)/2] ^= 1
					damaged = true
				}
				server.mu.Unlock()
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
			err := do(s)
			server.rewrite = nil
			want := fmt.Sprintf("a %d %.12q\n", len(b), b)
			if always {
				want = ""
			}
			if got := contents(t, s); (err != nil) != always || got != want || !damaged {
				t.Errorf("%s, always %v: %v, got %q", what, always, err, got)
			}
		}
	}
}

// TestLargeObject is one that is uploaded in many parts, and read in ranges of all kinds.
func TestLargeObject(t *testing.T) {
	setEnvironment(t)
	const size = 9<<20 + 12345
	want := make([]byte, size)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range want {
		want[i] = byte(random.Uint32())
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, want, 0o600); err != nil {
		t.Fatal(err)
	}
	server := newServer(t)
	s := server.open(t, "root")
	s.partBytes = 1 << 20
	server.begin(nil)
	if err := s.PutFile(t.Context(), "in/large", file); err != nil {
		t.Fatal(err)
	}
	if got, want := server.end(), 1+1+10+1; got != want { // a look, the begin, the parts, the end
		t.Errorf("%d calls, want %d", got, want)
	}
	r, err := s.Open(t.Context(), "in/large")
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		from, length := random.IntN(size), 1+random.IntN(1<<uint(1+random.IntN(23)))
		b := make([]byte, length)
		n, err := r.ReadAt(b, int64(from))
		if ends := from+length > size; ends != (err == io.EOF) || !ends && err != nil || !bytes.Equal(b[:n], want[from:min(from+length, size)]) {
			t.Errorf("%d bytes at %d: %d (%v)", length, from, n, err)
		}
	}
	server.begin(nil)
	if got, err := io.ReadAll(bufferless{io.NewSectionReader(r, 0, size)}); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read in small pieces: %d bytes (%v)", len(got), err)
	}
	if calls := server.end(); calls > 10 {
		t.Errorf("read in small pieces: %d calls", calls)
	}
	dir := filepath.Join(t.TempDir(), "inbox")
	if _, err := Fetch(t.Context(), s, "in/", dir); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "large")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("fetched: %d bytes (%v)", len(got), err)
	}
}

// bufferless reads in pieces of at most 4 kB, as a Parquet reader does.
type bufferless struct{ r io.Reader }

func (b bufferless) Read(p []byte) (int, error) { return b.r.Read(p[:min(len(p), 4096)]) }

// TestPartBytes has no more parts than S3 allows, for all sizes up to its largest object.
func TestPartBytes(t *testing.T) {
	for _, size := range []int64{1, pieceBytes, pieceBytes + 1, pieceBytes * partsMax, pieceBytes*partsMax + 1, 5 << 40} {
		each := partBytes(size, pieceBytes)
		if parts := (size + each - 1) / each; parts > partsMax || each < pieceBytes || each > 5<<30 {
			t.Errorf("%d bytes: %d parts of %d", size, parts, each)
		}
	}
}

// TestManyObjects lists more than one answer has.
func TestManyObjects(t *testing.T) {
	setEnvironment(t)
	server := newServer(t)
	s := server.open(t, "root")
	var want []Info
	for i := range 2300 {
		name := fmt.Sprintf("n/%04d", i)
		want = append(want, Info{Name: name})
		r := httptest.NewRequest(http.MethodPut, "/"+bucketName+"/root/"+name, nil)
		r.Header.Set("Content-Length", "0")
		w := httptest.NewRecorder()
		server.next.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	for n := range 4 { // without a fault, and with one in each answer
		server.begin(func(call int) fault {
			if call == n {
				return cutAnswer
			}
			return none
		})
		got, err := s.List(t.Context(), "n/")
		if server.end(); err != nil || !slices.Equal(got, want) {
			t.Errorf("call %d: %d objects (%v)", n, len(got), err)
		}
	}
}

// TestChangedMeanwhile notices an object that is written anew while it is read.
func TestChangedMeanwhile(t *testing.T) {
	setEnvironment(t)
	s := newServer(t).open(t, "root")
	if err := s.Put(t.Context(), "a", []byte("before")); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"behind", "short", "longer than it was"} {
		if err := s.Put(t.Context(), "a", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if n, err := r.ReadAt(make([]byte, 6), 0); n != 0 || !errors.Is(err, errChanged) {
			t.Errorf("%s: %d bytes, %v", text, n, err)
		}
	}
}

// TestDigests takes the digest that a store has of a whole object, and none that is of parts.
func TestDigests(t *testing.T) {
	setEnvironment(t)
	b := []byte("the object")
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	crc := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
	other := md5.Sum([]byte("another"))
	for _, x := range []struct {
		headers map[string]string
		fails   bool
	}{
		{nil, false},
		{map[string]string{"Etag": fmt.Sprintf(`"%x"`, other)}, true},
		{map[string]string{"Etag": fmt.Sprintf(`"%x-3"`, other)}, false},
		{map[string]string{"Etag": fmt.Sprintf(`"%x"`, other), "X-Amz-Server-Side-Encryption": "aws:kms"}, false},
		{map[string]string{"Etag": fmt.Sprintf(`"%x"`, other), "X-Amz-Server-Side-Encryption": "AES256"}, true},
		{map[string]string{"Etag": `"x"`, "X-Amz-Checksum-Crc32c": crc, "X-Amz-Checksum-Type": "FULL_OBJECT"}, false},
		{map[string]string{"Etag": `"x"`, "X-Amz-Checksum-Crc32c": "AAAAAA==", "X-Amz-Checksum-Type": "FULL_OBJECT"}, true},
		{map[string]string{"Etag": `"x"`, "X-Amz-Checksum-Crc32c": "AAAAAA==-3", "X-Amz-Checksum-Type": "COMPOSITE"}, false},
	} {
		server := newServer(t)
		s := server.open(t, "root")
		if err := s.Put(t.Context(), "in/a", b); err != nil {
			t.Fatal(err)
		}
		server.answer = func(r *http.Request, h http.Header) {
			if r.URL.Query().Get("list-type") != "" {
				return
			}
			for key, value := range x.headers {
				h.Set(key, value)
			}
		}
		list, err := s.listed(context.Background(), "in/")
		if err != nil {
			t.Fatal(err)
		}
		list[0].etag = "" // a real store's list has what its answers have
		r, err := s.Open(t.Context(), "in/a")
		if err != nil {
			t.Fatal(err)
		}
		err = r.(*s3Reader).verify(t.Context(), bytes.NewReader(b))
		if errors.Is(err, errDamaged) != x.fails {
			t.Errorf("%v: %v", x.headers, err)
		}
		if err := r.(*s3Reader).verify(t.Context(), bytes.NewReader([]byte("the 0bject"))); x.headers == nil && !errors.Is(err, errDamaged) {
			t.Errorf("another byte: %v", err)
		}
	}
	if errors.Is(errDamaged, fs.ErrNotExist) {
		t.Error("damage is no absence")
	}
}

// TestBackoff waits longer each time, and no less than the server asks for, within a bound.
func TestBackoff(t *testing.T) {
	for n := 1; n < attemptsMax; n++ {
		most := pauseFirst << n
		if got := backoff(n, 0); got < most/2 || got >= most {
			t.Errorf("attempt %d: %v", n, got)
		}
		if got := backoff(n, 10*time.Second); got != 10*time.Second {
			t.Errorf("attempt %d: %v, the server asked for 10s", n, got)
		}
		if got := backoff(n, time.Hour); got != pauseMax {
			t.Errorf("attempt %d: %v, the server asked for an hour", n, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
