package batch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// promisers makes a lender of so many loans, whose borrowers of names that of says, and files of a night on which each of them
// promises something and something is paid on each loan.
func promisers(t *testing.T, first, second string, loans int, of func(i int) string) *lender {
	t.Helper()
	l := newLender(t)
	l.policy(retentionPolicy)
	var booked []loanFile
	var paid []repaymentFile
	var promised []cqContactsFile
	known := map[string]bool{}
	at := time.Unix(int64(day(t, second))*86400, 0).UTC()
	for i := range loans {
		x := aLoan(t, fmt.Sprintf("L%04d", i), "2026-01-01", "2026-02-01")
		x.BorrowerID = of(i)
		booked = append(booked, x)
		paid = append(paid, pays(t, fmt.Sprintf("R%04d", i), x.LoanID, second, "5.00"))
		if !known[x.BorrowerID] {
			known[x.BorrowerID] = true
			promised = append(promised, cqContactsFile{
				ContactID: "P" + x.BorrowerID, BorrowerID: ptr(x.BorrowerID), Kind: "promise", Amount: ptr(int64(30000)), Currency: ptr("CNY"),
				PromisedOn: ptr(int32(day(t, second) + 5)), At: at,
			})
		}
	}
	write(t, l.in(first), "loans-a", booked)
	l.close(first)
	l.o.Policy = nil
	write(t, l.in(second), "repayments-a", paid)
	write(t, l.in(second), "contacts-a", promised)
	return l
}

// A promise of somebody with more loans than a night looks at rows of an id is held to all that is paid on them: what the night
// itself says of a loan is no row of a file that there could be too many of.
func TestPromiseOfVeryManyLoans(t *testing.T) {
	smallLimits(t, 20, eventsMax, eventsLifeMax, heldMax, specialsMax)
	const first, second = "2026-04-10", "2026-04-11"
	l := promisers(t, first, second, 60, func(int) string { return "everybody" })
	l.close(second)
	promises := l.cqQueue(second, "promises")
	if len(promises) != 1 || promises[0]["paid_amount"] != "300.00" || promises[0]["status"] != "kept" {
		t.Errorf("promises are %v, want one of which 300.00 is paid", promises)
	}
	if list := l.rejects(second); len(list) > 0 {
		t.Errorf("rejects are %v", list)
	}
	verifySilent(t, l)
}

// A close that is stopped while borrowers are worked says so, and not that its book can't be closed; the same close does it all.
func TestStoppedAmongBorrowers(t *testing.T) {
	const first, second = "2026-04-10", "2026-04-11"
	l := promisers(t, first, second, 600, func(i int) string { return fmt.Sprintf("B%04d", i) })
	for _, workers := range []int{1, 2} {
		ctx, cancel := context.WithCancel(t.Context())
		o := l.o
		o.In, o.Date, o.Workers = l.in(second), day(t, second), workers
		var seen atomic.Bool
		o.Progress = func(stage string, done, _ int64) {
			if stage == "meet" && done >= 100 {
				seen.Store(true)
				cancel()
			}
		}
		_, err := Close(ctx, o)
		cancel()
		if !seen.Load() || !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "internal error") || strings.Contains(err.Error(), "references") {
			t.Fatalf("%d workers: %v, and the pass was seen: %v", workers, err, seen.Load())
		}
	}
	l.close(second)
	if promises := l.cqQueue(second, "promises"); len(promises) != 600 {
		t.Errorf("%d promises, want 600", len(promises))
	}
	verifySilent(t, l)
}

// What ended the posting is said: of workers that were stopped because a file could not be closed, the file.
func TestWhatEndedThePosting(t *testing.T) {
	full, other := errors.New("no space left"), errors.New("another")
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for _, x := range []struct {
		ctx              context.Context
		working, closing error
		want             string
	}{
		{t.Context(), nil, nil, "<nil>"},
		{t.Context(), context.Canceled, full, "no space left"},
		{t.Context(), fmt.Errorf("partition 07: %w", context.Canceled), full, "no space left"},
		{t.Context(), other, full, "another\nno space left"},
		{t.Context(), other, nil, "another"},
		{stopped, context.Canceled, nil, "context canceled"},
		{stopped, context.Canceled, full, "context canceled\nno space left"},
	} {
		if got := fmt.Sprint(firstOf(x.ctx, x.working, x.closing)); got != x.want {
			t.Errorf("%v and %v: %q, want %q", x.working, x.closing, got, x.want)
		}
	}
}
