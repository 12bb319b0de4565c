package reports

import (
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Zstd is the codec of a [Form] whose pages are compressed by Zstandard at the library's default level.
// TestZstdStays holds its bytes: a release of the library that writes others is another codec.
const Zstd = "zstd"

// zstdEncoder compresses for all goroutines; the bytes follow from the page alone.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		panic("reports: internal error: " + err.Error())
	}
	return e
})
