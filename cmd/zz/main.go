package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"time"

	"daybook/batch"
	"daybook/bench/portfolio"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
)

func main() {
	ctx := context.Background()
	switch os.Args[1] {
	case "gen":
		n, _ := strconv.Atoi(os.Args[3])
		k, _ := strconv.Atoi(os.Args[4])
		pr, err := portfolio.ParseProfile(os.Args[5])
		if err != nil {
			panic(err)
		}
		if err := portfolio.Generate(ctx, os.Args[2], portfolio.Options{Loans: n, Nights: k, Seed: 1, Profile: pr}); err != nil {
			panic(err)
		}
	case "close":
		d, _ := civil.Parse(os.Args[5])
		t := time.Now()
		if f := os.Getenv("PROF"); f != "" {
			w, _ := os.Create(f)
			pprof.StartCPUProfile(w)
			defer pprof.StopCPUProfile()
		}
		s, err := batch.Close(ctx, batch.Options{Book: os.Args[2], In: os.Args[3], Out: os.Args[4], Date: d})
		if err != nil {
			fmt.Println("ERR", err)
			os.Exit(1)
		}
		if s.Page != nil && os.Getenv("Q") == "" {
			reports.Summary(os.Stdout, s.Page)
		}
		fmt.Println(time.Since(t), s.Again, s.Published, s.Above, s.Loans, s.Postings, s.Replayed, s.Manifest.Timings)
	case "verify":
		b, err := store.OpenReadOnly(os.Args[2], store.Options{})
		if err != nil {
			panic(err)
		}
		t := time.Now()
		v, err := batch.Verify(ctx, b, 0)
		fmt.Println(v, err, time.Since(t))
	}
}
