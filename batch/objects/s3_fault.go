package objects

import (
	"context"
	"crypto/md5"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/minio/minio-go/v7"
)

// A slowError says that a request was given up.
type slowError struct {
	after time.Duration
	err   error
}

func (e slowError) Error() string { return fmt.Sprintf("no whole answer within %v", e.after) }
func (e slowError) Unwrap() error { return e.err }

// fault says what could not be done with which object, and what to do about it.
func (s *S3) fault(what, name string, err error) error {
	return fmt.Errorf("%s %s: %w", what, s.URL(name), s.explain(err))
}

func (s *S3) explain(err error) error {
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return s.explainSilence(err)
	}
	region := ""
	if answer.Region != "" {
		region = " (the store says: " + answer.Region + ")"
	}
	switch answer.Code {
	case "NoSuchBucket":
		return fmt.Errorf("there is no bucket %s at %s; make it, or look at its name, AWS_REGION and AWS_ENDPOINT_URL", s.bucket, s.endpoint)
	case "InvalidAccessKeyId", "InvalidToken":
		return fmt.Errorf("%s does not know the access key; look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, or AWS_PROFILE", s.endpoint)
	case "ExpiredToken", "ExpiredTokenException":
		return errors.New("the session's credentials have expired; get new ones and run again")
	case "SignatureDoesNotMatch":
		return errors.New("the signature is wrong; look at AWS_SECRET_ACCESS_KEY and AWS_REGION, and whether a proxy changes requests")
	case "RequestTimeTooSkewed":
		return errors.New("this machine's clock is off by more than the store allows; set it")
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect", "InvalidRegion", "IllegalLocationConstraintException":
		return fmt.Errorf("the bucket %s is in another region%s; set AWS_REGION, or AWS_ENDPOINT_URL to that region's endpoint", s.bucket, region)
	case "InvalidBucketName":
		return fmt.Errorf("%q can't name a bucket; look at s3://bucket/prefix", s.bucket)
	case "NoSuchKey":
		return fs.ErrNotExist
	case "PreconditionFailed":
		return fs.ErrExist
	}
	switch answer.StatusCode {
	case http.StatusNotFound:
		return fs.ErrNotExist
	case http.StatusForbidden, http.StatusUnauthorized:
		return fmt.Errorf("access to bucket %s is denied; its policy must let these credentials list the bucket, and get, put and delete objects below %q (key, secret and AWS_REGION may be wrong, too): %w",
			s.bucket, s.prefix, fs.ErrPermission)
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusFound:
		return fmt.Errorf("the bucket %s is in another region%s; set AWS_REGION, or AWS_ENDPOINT_URL to that region's endpoint", s.bucket, region)
	case http.StatusNotImplemented, http.StatusMethodNotAllowed:
		return fmt.Errorf("%s can't do this (%s); use a store that knows S3 fully", s.endpoint, plain(answer.Code))
	}
	return fmt.Errorf("%s answers %d, %s: %s", s.endpoint, answer.StatusCode, plain(answer.Code), plain(answer.Message))
}

// noPlace is of a write whose answer is 404. That is no absence of an object, which callers
// may take well: the server is another, or the bucket went.
func (s *S3) noPlace(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("write %s: %s has no place for it; look at the bucket's name and at AWS_ENDPOINT_URL", s.URL(name), s.endpoint)
}

// explainSilence says what to do where there was no answer of S3.
func (s *S3) explainSilence(err error) error {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var lookup *net.DNSError
	var dial *net.OpError
	var p permanent
	switch {
	case errors.As(err, &p):
		return p.error
	case !errors.As(err, new(slowError)) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		return err
	case strings.HasPrefix(err.Error(), "XML syntax error"), strings.HasPrefix(err.Error(), "expected element type"):
		return fmt.Errorf("%s does not answer as S3 does; look at AWS_ENDPOINT_URL: %w", s.endpoint, err)
	case errors.As(err, &unknown), errors.As(err, &host):
		return fmt.Errorf("the certificate of %s is not trusted here; SSL_CERT_FILE may name that of its authority: %w", s.endpoint, err)
	case errors.As(err, &lookup), errors.As(err, &dial) && dial.Op == "dial":
		return fmt.Errorf("%s can't be reached; look at AWS_ENDPOINT_URL, AWS_REGION and the network: %w", s.endpoint, err)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s does not speak https; say http:// in AWS_ENDPOINT_URL if that is meant", s.endpoint)
	}
	return fmt.Errorf("%s gives no answer that can be used: %w", s.endpoint, err)
}

// plain is a text of a server, in one line that a terminal can show.
func plain(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

var errDamaged = errors.New("its bytes have not the digest that the store says")

// checkMD5 compares the bytes of a whole object with its ETag where that is an MD5.
func checkMD5(info minio.ObjectInfo, b []byte) error {
	if !isMD5(info) {
		return nil
	}
	if sum := md5.Sum(b); hex.EncodeToString(sum[:]) != strings.ToLower(info.ETag) {
		return errDamaged
	}
	return nil
}

// isMD5 reports whether an ETag is the MD5 of the object: not of one uploaded in parts, nor of
// one encrypted with a key that is not the store's own.
func isMD5(info minio.ObjectInfo) bool {
	const algorithm = "X-Amz-Server-Side-Encryption"
	by := info.Metadata.Get(algorithm)
	if info.Metadata.Get(algorithm+"-Customer-Algorithm") != "" || by != "" && by != "AES256" {
		return false
	}
	sum, err := hex.DecodeString(info.ETag)
	return err == nil && len(sum) == md5.Size
}
