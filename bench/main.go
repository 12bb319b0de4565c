// Command bench measures a night against a peer: it generates a lender once,
// closes the same night from the same files with Daybook and with DuckDB (as
// set-based SQL over a persistent book, see bench/duckdb), fails where the two
// loan tapes differ, and prints and keeps what each took.
//
//	go run ./bench -loans 1000000 -profile everyone
//	go run ./bench -loans 10000000 -profile ordinary -memory 3GiB
//	go run ./bench -packs -loans 1000000 -profile ordinary    # what packs cost
//	go run ./bench -packs -only five-rates -loans 10000000 -profile ordinary    # what one policy's do
//	go run ./bench -warehouse -before OLD -loans 1000000 -profile ordinary    # what the warehouse and its evidence cost
//	go run ./bench -reconcile -loans 1000000                  # what it takes to tie the bank to the ledger
//
// Both books hold the lender's nights before, an ordinary one among them where the
// measured one is; it is closed on a fresh copy of the books each time, the two sides in
// alternating order. Files are in
// the page cache for both. Progress goes to stderr, the table to stdout.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"daybook/bench/portfolio"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Stderr, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// Settings are what a measurement depends on, beside the machine and the commit.
type Settings struct {
	Loans       int               `json:"loans"`
	Profile     portfolio.Profile `json:"-"`
	Night       string            `json:"night"` // the profile's name
	Seed        uint64            `json:"seed"`
	Repetitions int               `json:"repetitions"`
	Nights      int               `json:"nights,omitempty"` // closed one after the other; 1 for one night on a fresh copy
	Workers     int               `json:"workers"`
	Memory      string            `json:"memory"`
	PeerMemory  string            `json:"peer_memory"`
	Cache       string            `json:"page_cache"` // warm: files were written or read just before
}

// bench is one run of the command.
type bench struct {
	Settings
	root    string // of the repository
	data    string // inboxes, books and binaries: all can be made again
	results string
	only    string // one side, or policy with packs, alone; "" for all
	packs   bool   // their cost is measured, and no peer
	// peerBytes is the peer's budget of memory.
	peerBytes int64
	// policies are those that differ in packs, of which the cost is measured.
	policies []packPolicy
	log      io.Writer
}

func run(ctx context.Context, stdout, stderr io.Writer, args []string) error {
	b := bench{log: stderr}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&b.Loans, "loans", 1_000_000, "loans of the lender")
	flags.StringVar(&b.Night, "profile", "everyone", "the night: everyone pays, or ordinary (about 5 % pay)")
	flags.Uint64Var(&b.Seed, "seed", 7, "seed of the lender")
	flags.IntVar(&b.Repetitions, "reps", 3, "repetitions; medians are reported")
	flags.IntVar(&b.Nights, "nights", 1, "above 1: close so many nights one after the other on the same books, instead of one on a fresh copy")
	flags.IntVar(&b.Workers, "workers", 2, "threads of each side")
	flags.StringVar(&b.Memory, "memory", "", "memory budget of each side; by default 1GiB up to a million loans, else 4GiB (everyone) or 3GiB")
	flags.StringVar(&b.PeerMemory, "peer-memory", "", "memory budget of DuckDB; by default Daybook's")
	flags.StringVar(&b.data, "data", "", "where inboxes and books are kept; by default bench/data")
	flags.StringVar(&b.results, "results", "", "where results are kept; by default bench/results")
	flags.StringVar(&b.only, "only", "", "measure daybook or duckdb alone; with -packs, one policy beside the first")
	flags.BoolVar(&b.packs, "packs", false, "measure what packs cost instead, Daybook against itself under policies that differ in them")
	reconcile := flags.Bool("reconcile", false, "measure how long it takes to tie the bank to the ledger instead, on the night on which everyone pays")
	warehouse := flags.Bool("warehouse", false, "measure what the warehouse and its evidence cost instead, Daybook against itself")
	before := flags.String("before", "", "with -warehouse: the program of an earlier release, which the others are compared with")
	asJSON := flags.Bool("json", false, "print the result as JSON instead of a table")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := b.complete(); err != nil {
		return err
	}
	show := func(result any, asTable func(io.Writer) error) error {
		if *asJSON {
			return writeJSON(stdout, result)
		}
		return asTable(stdout)
	}
	if b.packs {
		result, err := b.measurePacks(ctx)
		if err != nil {
			return err
		}
		return errors.Join(result.keep(b.results), show(result, result.write))
	}
	if *warehouse {
		result, err := b.measureWarehouse(ctx, *before)
		if err != nil {
			return err
		}
		return errors.Join(result.keep(b.results), show(result, result.write))
	}
	if *reconcile {
		result, err := b.measureReconcile(ctx)
		if err != nil {
			return err
		}
		return errors.Join(result.keep(b.results), show(result, result.write))
	}
	result, err := b.measure(ctx)
	if err != nil {
		return err
	}
	if b.only == "" {
		if err := result.keep(b.results); err != nil {
			return err
		}
		if own := filepath.Join(b.root, "bench"); b.results == filepath.Join(own, "results") {
			if err := keepChart(filepath.Join(own, "README.md"), b.results); err != nil {
				return err
			}
		}
	}
	return show(result, result.writeTable)
}

// nightsMax keeps every loan within 90 days past due: of the bench's lender the
// oldest unpaid instalment fell due 47 days before the first night.
const nightsMax = 30

// complete fills in the defaults and refuses what can't be measured.
func (b *bench) complete() (err error) {
	b.Cache = "warm"
	if b.Profile, err = portfolio.ParseProfile(b.Night); err != nil {
		return err
	}
	switch {
	case b.Profile == portfolio.Retail:
		return errors.New("the retail profile has terms that the SQL does not state; take everyone or ordinary")
	case b.Nights < 1 || b.Nights > nightsMax:
		return fmt.Errorf("-nights is 1 to %d: later, loans are more than 90 days past due, which the SQL does not state", nightsMax)
	case b.Nights > 1 && b.only != "":
		return errors.New("-nights compares both sides; leave out -only")
	case b.Repetitions < 1:
		return errors.New("-reps must be at least 1")
	case b.only != "" && b.only != "daybook" && b.only != "duckdb" && !b.packs:
		return fmt.Errorf("-only is daybook or duckdb, not %q", b.only)
	}
	if b.packs {
		if b.policies, err = policiesOf(b.only); err != nil {
			return err
		}
	}
	if b.Memory == "" {
		switch {
		case b.Loans <= 1_000_000:
			b.Memory = "1GiB"
		case b.Profile == portfolio.Everyone:
			b.Memory = "4GiB"
		default:
			b.Memory = "3GiB"
		}
	}
	if b.PeerMemory == "" {
		b.PeerMemory = b.Memory
	}
	if b.peerBytes, err = bytesOf(b.PeerMemory); err != nil {
		return err
	}
	if b.root, err = repository(); err != nil {
		return err
	}
	if b.data == "" {
		b.data = filepath.Join(b.root, "bench", "data")
	}
	if b.results == "" {
		b.results = filepath.Join(b.root, "bench", "results")
	}
	if err := os.MkdirAll(b.data, 0o700); err != nil {
		return err
	}
	return os.WriteFile(b.policy(), []byte(likePeer), 0o600)
}

// repository returns the root of the module, looking upwards.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "bench", "duckdb", "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("run the bench inside the repository")
		}
		dir = up
	}
}
