package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// codecs expands pages into exactly the space that their headers claim: one
// byte more or less is an error, so that no input expands without limit.
type codecs struct {
	input  bytes.Reader
	zstd   *zstd.Decoder
	gzip   *gzip.Reader
	brotli *brotli.Reader
}

var errSize = errors.New("it does not expand to the size in its header")

// expand fills dst from src.
func (c *codecs) expand(codec format.CompressionCodec, dst, src []byte) error {
	if len(dst) == 0 {
		return nil
	}
	switch codec {
	case format.Uncompressed:
		if copy(dst, src) != len(dst) || len(src) != len(dst) {
			return errSize
		}
		return nil
	case format.Snappy:
		// Snappy allocates what its first bytes claim, where dst is too small.
		if n, k := binary.Uvarint(src); k <= 0 || n != uint64(len(dst)) {
			return errSize
		}
		_, err := snappy.Decode(dst, src)
		return err
	case format.Lz4Raw:
		n, err := lz4.UncompressBlock(src, dst)
		if err == nil && n != len(dst) {
			err = errSize
		}
		return err
	case format.Zstd:
		return c.expandZstd(dst, src)
	case format.Gzip:
		c.input.Reset(src)
		var err error
		if c.gzip == nil {
			c.gzip, err = gzip.NewReader(&c.input)
		} else {
			err = c.gzip.Reset(&c.input)
		}
		if err != nil {
			return err
		}
		return fill(c.gzip, dst)
	case format.Brotli:
		c.input.Reset(src)
		if c.brotli == nil {
			c.brotli = brotli.NewReader(&c.input)
		} else if err := c.brotli.Reset(&c.input); err != nil {
			return err
		}
		return fill(c.brotli, dst)
	}
	return fmt.Errorf("the codec %v is not supported; write snappy, zstd, gzip, lz4_raw, brotli or none", codec)
}

func (c *codecs) expandZstd(dst, src []byte) error {
	if c.zstd == nil {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return err
		}
		c.zstd = d
	}
	out, err := c.zstd.DecodeAll(src, dst[:0:len(dst)])
	if err == nil && len(out) != len(dst) {
		err = errSize
	}
	return err
}

// fill reads exactly dst from r.
func fill(r io.Reader, dst []byte) error {
	if _, err := io.ReadFull(r, dst); err != nil {
		return err
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n > 0 || err != nil && err != io.EOF {
		return errSize
	}
	return nil
}
