package record

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"

	"pgregory.net/rapid"
)

// readAll reads a piece of a summary.
func readAll(piece []byte) (all string, err error) {
	var n LoanNight
	err = ReadSummary(piece, night, &n, func() error {
		all += text(&n)
		return nil
	})
	return all, err
}

// withoutVersions is a piece as format 1 has it.
func withoutVersions(t *rapid.T, piece []byte) []byte {
	var e encoder
	for d := (decoder{b: piece[1:]}); len(d.b) > 0; {
		entry := d.bytes()
		if d.bad {
			t.Fatalf("%x is no piece", piece)
		}
		e.bytes(entry[2:])
	}
	return e.b
}

// TestSummaryComesBack: a piece is read as it was written, and so is one of format 1.
func TestSummaryComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var piece []byte
		var want string
		for range rapid.IntRange(1, 4).Draw(t, "logs") {
			currency, log := rapid.Uint16().Draw(t, "currency"), drawLog(t)
			piece = AppendSummary(piece, currency, log)
			want += textOf(civil.None, currency, nil, log)
		}
		if piece[0] != summaryVersion {
			t.Fatalf("%x has no version", piece)
		}
		for _, piece := range [][]byte{piece, withoutVersions(t, piece)} {
			if got, err := readAll(piece); err != nil || got != want {
				t.Fatalf("%x is read as\n%swant\n%s(%v)", piece, got, want, err)
			}
		}
	})
}

// oldSummary is a piece that the program before versions wrote: accruals in two
// currencies.
const oldSummary = "180000000101028dc00208706572736f6e616c02880e08870e180001000101028dc00208706572736f6e616c02880e08870e"

func goldenAccruals() *loan.Log {
	log := &loan.Log{}
	log.Begin(ledger.Accrual, 20486, []byte("personal"))
	log.Post(ledger.InterestReceivable, 900)
	log.Post(ledger.InterestIncome, -900)
	return log
}

// TestSummaryBytes: the bytes themselves, of format 1 and now.
func TestSummaryBytes(t *testing.T) {
	old, err := hex.DecodeString(oldSummary)
	if err != nil {
		t.Fatal(err)
	}
	log := goldenAccruals()
	want := textOf(civil.None, 0, nil, log) + textOf(civil.None, 1, nil, log)
	if got, err := readAll(old); err != nil || got != want {
		t.Errorf("%x is read as\n%swant\n%s(%v)", old, got, want, err)
	}
	const now = "011a81000000000101028dc00208706572736f6e616c02880e08870e1a81000001000101028dc00208706572736f6e616c02880e08870e"
	if got, _ := hex.DecodeString(now); !bytes.Equal(AppendSummary(AppendSummary(nil, 0, log), 1, log), got) {
		t.Errorf("%x, want %s", AppendSummary(AppendSummary(nil, 0, log), 1, log), now)
	}
	if got, err := readAll(nil); got != "" || err != nil {
		t.Errorf("a night without entries of no loan: %q, %v", got, err)
	}
	for _, version := range []byte{0, 2, 3} {
		if _, err := readAll([]byte{version}); !errors.Is(err, errNewer) {
			t.Errorf("version %d: %v", version, err)
		}
	}
	if least := AppendLoanNight(nil, civil.None, 0, nil, &loan.Log{})[2:]; len(least) != entryLeast {
		t.Errorf("the least entry of format 1 has %d bytes, want %d", len(least), entryLeast)
	}
	stop := errors.New("stop")
	if err := ReadSummary(old, night, &LoanNight{}, func() error { return stop }); err != stop {
		t.Errorf("stopped: %v", err)
	}
}

func TestDamagedSummary(t *testing.T) {
	piece := AppendSummary(nil, 0, goldenAccruals())
	checkDamage(t, piece, func(rec []byte) error {
		if len(rec) < 2 {
			_, err := readAll(rec)
			return errors.Join(err, errSummary) // nothing is no entry
		}
		_, err := readAll(rec)
		return err
	})
}

// FuzzReadSummary: no bytes make the decoder panic.
func FuzzReadSummary(f *testing.F) {
	f.Add(AppendSummary(nil, 0, goldenAccruals()))
	f.Add([]byte{4, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, piece []byte) { _, _ = readAll(piece) })
}
