// Package queue writes the collection queue of a night: who is to be contacted and by
// which channel, who is not and why, and what each channel's systems take. What is decided
// of one borrower comes from outside; here all candidates are ranked together, and each
// takes the first channel of his step that has capacity left.
//
// Neither the candidates nor any table is ever in memory as a whole: each is sorted in runs
// that go to the disk past a budget, and streamed.
package queue

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/channel"
)

// A Step is what is done about a borrower, as tasks have it.
type Step struct {
	Segment   string
	Arm       string
	From      int32 // delinquent days; below zero where the step has none
	Tone      string
	Template  string
	Education string
}

// Options configures [Collector.Queue].
type Options struct {
	Form         *reports.Form // of the tables
	BusinessDate civil.Date
	Scale        int    // digits of the amounts
	Steps        []Step // that candidates name by their place
	// Formats are the files of each channel: none of a channel that the policy does not name.
	Formats  [borrower.Channels][]*channel.Format
	Capacity [borrower.Channels]int64 // below zero: no limit
	NightKey []byte                   // what the night's keys are made with
	DNC      bool                     // a dialler takes a list of who is not to be called
	Workers  int                      // who write at once, as far as the collector's budget has room for them; 0 means one
	// Sink takes what becomes of candidates; one for each worker. Nil: nobody asks.
	Sink func() Sink
	// Beside is done beside the tables that follow the tasks, when every sink is closed; nil: there is nothing to do.
	Beside func(ctx context.Context) error
}

// A Sink is told what became of candidates.
type Sink interface {
	// Task is told of a task; covered are the ids of its loans, ascending.
	Task(borrower []byte, key string, way borrower.Channel, attempts int32, covered [][]byte) error
	// Below is told of a borrower for whom no channel had capacity left.
	Below(borrower []byte) error
	Close() error
}

var keyText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NightKey returns what a night's keys are made with: HMAC-SHA-256 of a secret, which only
// its owner has, over the date. Without a secret anybody can guess a key from an id.
func NightKey(secret []byte, date civil.Date) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write(date.Append(nil))
	return mac.Sum(nil)
}

// KeyID names a secret without giving it away; empty where there is none.
func KeyID(secret []byte) string {
	if len(secret) == 0 {
		return ""
	}
	sum := sha256.Sum256(append([]byte("id"), secret...))
	return hex.EncodeToString(sum[:4])
}

// keys makes the keys of a night: SHA-256 over the night's own key and what the key is of,
// cut to 100 bits. Between ids is a zero; one within an id has a byte behind it that no
// UTF-8 has, so that no two lists of ids are hashed as one text.
type keys struct{ text []byte } // begins with the night's key

// keySize is what the narrowest dialler has room for: letters and digits.
const keySize = 20

func (k *keys) of(parts ...[]byte) (key [keySize]byte) {
	k.text = k.text[:sha256.Size]
	for i, part := range parts {
		if i > 0 {
			k.text = append(k.text, 0)
		}
		for bytes.IndexByte(part, 0) >= 0 {
			at := bytes.IndexByte(part, 0) + 1
			k.text = append(append(k.text, part[:at]...), 0xff)
			part = part[at:]
		}
		k.text = append(k.text, part...)
	}
	sum := sha256.Sum256(k.text)
	var out [24]byte
	keyText.Encode(out[:], sum[:15])
	copy(key[:], out[:])
	return key
}
