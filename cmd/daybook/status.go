package main

import (
	"context"
	"math"
	"strconv"

	"daybook/batch/lookup"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/store"

	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var book, out string
	c := a.command(cobra.Command{
		Use:   "status --book DIR [--out DIR]",
		Short: "Say which nights are closed, how many loans there are, and the last digests",
	}, func(_ context.Context, _ []string) error { return a.status(book, out) })
	c.Flags().StringVar(&book, "book", "", "folder of the book")
	c.Flags().StringVar(&out, "out", "", "folder of the published nights: say whether the last one is there, whole")
	completeFolders(c, "book", "out")
	return must(a.json(c), "book")
}

// statusJSON is what status --json prints.
type statusJSON struct {
	Book      string      `json:"book"`
	LastNight *civil.Date `json:"last_night"`
	Published *bool       `json:"last_night_published,omitempty"` // only where --out says where
	*lookup.Status
}

func (a *app) status(dir, out string) error {
	v, recent := statusJSON{Book: dir}, nightsShown
	if a.asJSON {
		recent = math.MaxInt
	}
	err := open(dir, func(b *store.Book) (err error) {
		if v.Status, err = lookup.StatusOf(b, recent); err != nil || out == "" {
			return err
		}
		published, err := publish.LastIsThere(b, out)
		v.Published = &published
		return err
	})
	if err != nil {
		return err
	}
	if n := len(v.Nights); n > 0 {
		v.LastNight = &v.Nights[n-1].Date
	}
	a.print(v, func() { a.printStatus(&v) })
	return nil
}

// nightsShown is how many of the last nights are listed for people; --json has
// all of them.
const nightsShown = 10

func (a *app) printStatus(v *statusJSON) {
	if len(v.Nights) == 0 {
		a.printf("book %s has not closed a night yet\npolicy %s %s\n", v.Book, v.Policy, v.PolicyDigest)
		return
	}
	last := v.Nights[len(v.Nights)-1]
	published := ""
	switch {
	case v.Published != nil && *v.Published:
		published = "published, whole"
	case v.Published != nil:
		published = "NOT published there: run its close again, or daybook report"
	default:
		published = "see with --out DIR"
	}
	locked := "nothing"
	if v.Locked != nil {
		locked = "days up to " + v.Locked.String()
	}
	a.printf(`book          %s
last night    %s
published     %s
locked        %s
nights        %s
loans         %s
held          %s
policy        %s %s
inputs        %s
journal root  %s

`, v.Book, last.Date, published, locked, count(v.Closed), count(v.Loans), count(v.Held), last.Policy, last.PolicyDigest,
		last.InputsDigest, last.JournalRoot)
	var rows [][]string
	for _, n := range v.Nights {
		above := ""
		if n.Above {
			above = "rejects above the threshold"
		}
		rows = append(rows, []string{
			n.Date.String(), strconv.Itoa(n.Files), count(n.Rows), count(n.Loans), count(n.Entries), count(n.Postings), above,
		})
	}
	if v.Closed > len(rows) {
		a.printf("the last %d of %d nights\n", len(rows), v.Closed)
	}
	a.table([]column{
		words("night"), figures("files"), figures("rows"), figures("loans"), figures("entries"), figures("postings"), words(""),
	}, rows)
	a.printLocks(v.Locks)
}

// printLocks lists locks and what moved them back, the last ones.
func (a *app) printLocks(locks []lookup.LockStatus) {
	if len(locks) == 0 {
		return
	}
	var rows [][]string
	for _, l := range locks[max(len(locks)-nightsShown, 0):] {
		forced := ""
		if l.Forced {
			forced = "forced"
		}
		rows = append(rows, []string{l.When, l.Action, "through " + l.Through.String(), forced, l.Root, l.Reason})
	}
	if hidden := len(locks) - len(rows); hidden > 0 {
		a.printf("\nthe last %d of %d locks\n", len(rows), len(locks))
	} else {
		a.printf("\n")
	}
	a.table([]column{words("when"), words(""), words(""), words(""), words("journal root"), words("reason")}, rows)
}
