package iceberg

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/hamba/avro/v2"
)

var errContent = errors.New("it lists delete files, which are not read")

const (
	magic      = "Obj\x01"
	markLength = 16

	blockMax = 1 << 30   // bytes of a block that is not compressed any more
	valueMax = 64 << 20  // bytes of one text of a record
	sliceMax = 256 << 20 // bytes of one list of a record
)

// reading has limits, as lengths in a file that is broken can be anything.
var reading = avro.Config{MaxByteSliceSize: valueMax, MaxSliceAllocSize: sliceMax}.Freeze()

// encode writes records as an Avro file, in one block without compression: some readers of
// Iceberg know no deflate. The library's own writer of files has them say what they say of
// themselves in an order that it draws, and a mark after each block that it draws; here the
// same records give the same bytes, so that a commit that is made again writes the same
// files.
func encode[T any](schema string, about map[string]string, records []T) ([]byte, error) {
	parsed, err := parse(schema)
	if err != nil {
		return nil, err
	}
	about = maps.Clone(about)
	about["avro.schema"], about["avro.codec"] = schema, "null"
	head := []byte(magic)
	head = binary.AppendVarint(head, int64(len(about)))
	for _, key := range slices.Sorted(maps.Keys(about)) {
		head = appendText(appendText(head, key), about[key])
	}
	head = append(head, 0) // no more of what it says
	mark := sha256.Sum256(head)
	head = append(head, mark[:markLength]...)
	if len(records) == 0 {
		return head, nil
	}
	var block []byte
	for i := range records {
		b, err := avro.Marshal(parsed, &records[i])
		if err != nil {
			return nil, err
		}
		block = append(block, b...)
	}
	head = binary.AppendVarint(head, int64(len(records)))
	head = binary.AppendVarint(head, int64(len(block)))
	return append(append(head, block...), mark[:markLength]...), nil
}

// The schemas that are written are parsed once: to parse one takes as long as to read or
// write some hundred entries, and most manifests have one.
var (
	ofEntries   = sync.OnceValues(func() (avro.Schema, error) { return avro.ParseWithCache(entrySchema(), "", &avro.SchemaCache{}) })
	ofManifests = sync.OnceValues(func() (avro.Schema, error) { return avro.ParseWithCache(manifestSchema(), "", &avro.SchemaCache{}) })
)

func parse(schema string) (avro.Schema, error) {
	switch schema {
	case entrySchema():
		return ofEntries()
	case manifestSchema():
		return ofManifests()
	}
	return avro.ParseWithCache(schema, "", &avro.SchemaCache{}) // none of another file
}

// appendText appends a text as Avro writes it; its numbers are those of [binary.AppendVarint].
func appendText(b []byte, s string) []byte {
	return append(binary.AppendVarint(b, int64(len(s))), s...)
}

// decode reads an Avro file, whoever wrote it, record by record. The library's own reader
// of files makes room for whatever length a broken file says.
func decode[T any](b []byte, each func(*T) error) (err error) {
	defer func() {
		if r := recover(); r != nil { // the library trusts the schema of a broken file
			err = fmt.Errorf("a broken avro file: %v", r)
		}
	}()
	c := container{left: b}
	about := c.head()
	if c.broken {
		return errBroken
	}
	schema, err := parse(about["avro.schema"])
	if err != nil {
		return fmt.Errorf("the schema of an avro file: %w", err)
	}
	for len(c.left) > 0 {
		count, block, err := c.block(about["avro.codec"])
		if err != nil {
			return err
		}
		d := reading.NewDecoder(schema, bytes.NewReader(block))
		for range count {
			var record T
			if err := d.Decode(&record); err != nil {
				return fmt.Errorf("a record of an avro file: %w", err)
			}
			if err := each(&record); err != nil {
				return err
			}
		}
	}
	return nil
}

var errBroken = errors.New("it is no avro file, or a part of one")

// container is an Avro file that is being read.
type container struct {
	left   []byte
	mark   []byte
	broken bool
}

// head reads what a file says of itself.
func (c *container) head() map[string]string {
	about := map[string]string{}
	if string(c.take(int64(len(magic)))) != magic {
		c.broken = true
	}
	for !c.broken {
		n := c.number()
		if n == 0 {
			break
		}
		if n < 0 { // its length in bytes follows
			n = -n
			c.number()
		}
		for ; n > 0 && !c.broken; n-- {
			key := string(c.take(c.number()))
			about[key] = string(c.take(c.number()))
		}
	}
	c.mark = c.take(markLength)
	return about
}

// block reads the next block, and returns how many records it has.
func (c *container) block(codec string) (count int64, block []byte, err error) {
	count = c.number()
	block = c.take(c.number())
	if mark := c.take(markLength); c.broken || !bytes.Equal(mark, c.mark) {
		return 0, nil, errBroken
	}
	switch codec {
	case "", "null":
	case "deflate":
		block, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(block)), blockMax+1))
		if err == nil && len(block) > blockMax {
			err = fmt.Errorf("a block of more than %d bytes", blockMax)
		}
	default:
		err = fmt.Errorf("it is compressed with %q, which is not read; have its writer use gzip or none (write.avro.compression-codec)", codec)
	}
	if err == nil && (count < 0 || count > int64(len(block))) { // no record is empty
		err = errBroken
	}
	return count, block, err
}

func (c *container) number() int64 {
	v, n := binary.Varint(c.left)
	if n <= 0 {
		c.broken, n = true, 0
	}
	c.left = c.left[n:]
	return v
}

func (c *container) take(n int64) []byte {
	if n < 0 || n > int64(len(c.left)) {
		c.broken = true
	}
	if c.broken {
		return nil
	}
	b := c.left[:n]
	c.left = c.left[n:]
	return b
}
