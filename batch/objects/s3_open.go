package objects

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

const (
	defaultEndpoint = "s3.amazonaws.com"
	defaultRegion   = "us-east-1" // what a store that is not Amazon's is asked with
	patience        = time.Minute
)

// openS3 opens bucket/prefix as the environment says.
func openS3(ctx context.Context, place string) (*S3, error) {
	bucket, prefix, err := bucketAndPrefix(place)
	if err != nil {
		return nil, err
	}
	e, err := readEndpoint(os.Getenv)
	if err != nil {
		return nil, err
	}
	transport, err := minio.DefaultTransport(e.secure)
	if err != nil {
		return nil, err
	}
	transport.MaxIdleConnsPerHost = 4 * lanes
	keys, err := findCredentials(ctx, os.Getenv)
	if err != nil {
		return nil, err
	}
	client, err := minio.NewCore(e.host, &minio.Options{
		Creds:        keys,
		Secure:       e.secure,
		Region:       e.region,
		BucketLookup: e.lookup,
		Transport:    listener{transport},
		MaxRetries:   1, // see try
	})
	if err != nil {
		return nil, fmt.Errorf("%s is no endpoint of S3; look at AWS_ENDPOINT_URL: %w", e.host, err)
	}
	return &S3{
		client: client, bucket: bucket, prefix: prefix, endpoint: e.host, secure: e.secure,
		partBytes: pieceBytes, patience: patience, pause: sleep, limit: context.WithTimeout,
	}, nil
}

// bucketAndPrefix splits what follows s3://. A prefix has a slash at its end or not.
func bucketAndPrefix(place string) (bucket, prefix string, err error) {
	bucket, prefix, _ = strings.Cut(place, "/")
	if strings.ContainsAny(bucket, "@:") {
		// It is not said again: it may be a password.
		return "", "", errors.New("s3://bucket/prefix has only a bucket and a prefix; credentials and endpoint are in the environment")
	}
	if err := s3utils.CheckValidBucketNameStrict(bucket); err != nil {
		return "", "", fmt.Errorf("%q can't name a bucket: %w", bucket, err)
	}
	if s3utils.IsS3ExpressBucket(bucket) {
		return "", "", fmt.Errorf("%s is a directory bucket, which lists in no order; use a general purpose bucket", bucket)
	}
	prefix = strings.TrimSuffix(prefix, "/")
	if prefix == "" {
		return bucket, "", nil
	}
	if fault := nameFault(prefix); fault != "" {
		return "", "", fmt.Errorf("%q can't be a prefix: %s", prefix, fault)
	}
	return bucket, prefix + "/", nil
}

// An endpoint is where a store answers, and how it is asked.
type endpoint struct {
	host   string
	secure bool
	region string
	lookup minio.BucketLookupType
}

// readEndpoint reads the endpoint from the environment.
func readEndpoint(env func(string) string) (endpoint, error) {
	e := endpoint{host: defaultEndpoint, secure: true, region: firstOf(env, "AWS_REGION", "AWS_DEFAULT_REGION")}
	if at := firstOf(env, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"); at != "" {
		u, err := url.Parse(at)
		switch {
		// It is not said: it may have a password.
		case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
			return endpoint{}, errors.New("AWS_ENDPOINT_URL is no address; it is http://host:port or https://host:port")
		case u.User != nil, strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "":
			return endpoint{}, errors.New("AWS_ENDPOINT_URL has more than a host and a port; a bucket and a prefix are in s3://bucket/prefix, credentials in variables of their own")
		}
		e.host, e.secure = u.Host, u.Scheme == "https"
		if e.region == "" && !s3utils.IsAmazonEndpoint(*u) {
			e.region = defaultRegion // to ask such a store for it would be one more right to give
		}
	}
	switch style := env("DAYBOOK_S3_PATH_STYLE"); style {
	case "":
		e.lookup = minio.BucketLookupAuto
	case "1":
		e.lookup = minio.BucketLookupPath
	case "0":
		e.lookup = minio.BucketLookupDNS
	default:
		return endpoint{}, fmt.Errorf("DAYBOOK_S3_PATH_STYLE is %q; it is 1 for http://host/bucket/key, 0 for http://bucket.host/key", style)
	}
	return e, nil
}

func firstOf(env func(string) string, names ...string) string {
	for _, name := range names {
		if v := env(name); v != "" {
			return v
		}
	}
	return ""
}

// findCredentials finds keys where the usual tools do: the environment, the shared file, the
// role of a machine or container. It is an error if there are none: without them a store
// says of everything that access is denied.
func findCredentials(ctx context.Context, env func(string) string) (*credentials.Credentials, error) {
	if (env("AWS_ACCESS_KEY_ID") == "") != (env("AWS_SECRET_ACCESS_KEY") == "") {
		return nil, errors.New("only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set; set both")
	}
	chain := []credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}}
	if !strings.EqualFold(env("AWS_EC2_METADATA_DISABLED"), "true") || env("AWS_WEB_IDENTITY_TOKEN_FILE") != "" ||
		firstOf(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI") != "" {
		chain = append(chain, &credentials.IAM{})
	}
	keys := credentials.NewChainCredentials(chain)
	// A machine with no role has nobody who answers.
	const within = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	value, err := keys.GetWithContext(&credentials.CredContext{Client: http.DefaultClient, Context: ctx})
	if err != nil {
		return nil, errors.New("the credentials can't be read; look at AWS_PROFILE and the shared credentials file")
	}
	if value.SignerType.IsAnonymous() {
		return nil, errors.New("there are no credentials for S3; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with a shared credentials file, or run with a role")
	}
	return keys, nil
}
