// Command duckdb is the bench's peer: it closes the same night as Daybook from
// the same files, as set-based SQL over a persistent DuckDB book, and compares
// the two loan tapes. It is a module of its own: the project does not depend
// on DuckDB.
//
//	duckdb close -book FILE -in DIR -out DIR -date 2026-11-24
//	duckdb compare OUT OTHER
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	if err := run(context.Background(), os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say close or compare")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	var n Night
	memory := flags.String("memory", "4GiB", "memory limit")
	threads := flags.Int("threads", 2, "threads")
	flags.StringVar(&n.Book, "book", "", "the book's file")
	flags.StringVar(&n.In, "in", "", "the night's folder")
	flags.StringVar(&n.Out, "out", "", "where the outputs go")
	flags.StringVar(&n.Date, "date", "", "the business date")
	flags.BoolVar(&n.Rewrite, "rewrite", false, "write the loans anew instead of updating those that change")
	flags.StringVar(&n.Compression, "compression", "uncompressed", "codec of the Parquet files")
	flags.StringVar(&n.Parquet, "parquet", "V2", "version of the Parquet files")
	set := flags.String("set", settings, "statements to run first")
	trace := flags.Bool("trace", false, "print the time of each statement")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *trace {
		n.Trace = os.Stderr
	}
	db, conn, err := open(ctx, n.Book, *memory, *threads)
	if err != nil {
		return err
	}
	defer db.Close()
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, *set); *set != "" && err != nil {
		return err
	}
	switch args[0] {
	case "close":
		r, err := closeNight(ctx, conn, n)
		if err != nil {
			return err
		}
		return json.NewEncoder(stdout).Encode(r)
	case "compare":
		if flags.NArg() != 2 {
			return fmt.Errorf("compare two folders")
		}
		return compare(ctx, conn, stdout, flags.Arg(0), flags.Arg(1))
	}
	return fmt.Errorf("%q is not close or compare", args[0])
}

// settings are those that were fastest. Texts are stored plain: ids hardly
// shrink, and looking for a dictionary or a symbol table for each of their
// segments took a third of the night's processor time. Everything else is
// compressed as DuckDB chooses.
const settings = "SET disabled_compression_methods = 'fsst,dictionary,dict_fsst,zstd'"

// open opens a book, or a database in memory for an empty path.
func open(ctx context.Context, book, memory string, threads int) (*sql.DB, *sql.Conn, error) {
	db, err := sql.Open("duckdb", book)
	if err != nil {
		return nil, nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	// The rows' order is of no use here, and keeping it costs parallelism.
	settings := fmt.Sprintf("SET memory_limit = '%s'; SET threads = %d; SET preserve_insertion_order = false", memory, threads)
	if _, err := conn.ExecContext(ctx, settings); err != nil {
		conn.Close()
		db.Close()
		return nil, nil, err
	}
	return db, conn, nil
}
